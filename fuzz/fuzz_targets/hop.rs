//! What belongs to one hop: framing, what `Connection` names, and both ends of a socket's handshake.
//!
//! A request's head; its headers are read as a vendor's answer to a wish for a socket, too.
#![no_main]

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};
use libfuzzer_sys::fuzz_target;
use privet::proxy::{handshake, hop};
use privet::upstream::socket::is_correct;
use privet_fuzz::head;
use sha1::{Digest, Sha1};

/// RFC 6455 §1.3, the key of its example and what stands behind every key.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const BEHIND: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const OFFERED: [HeaderValue; 2] =
    [HeaderValue::from_static("graphql-ws, json"), HeaderValue::from_static("v1")];

/// What ends at a hop, named or not (RFC 9110 §7.6.1), and what stays though it is named.
const OF_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const DECIDED_BY: [&str; 7] =
    ["host", "content-length", "content-type", "content-encoding", "origin", "dnt", "sec-gpc"];

/// What sixteen bytes were written as; bits that no byte needs may be anything.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

fuzz_target!(|data: &[u8]| {
    let Some(head) = head::request(data) else { return };
    framing(&head);
    leaving(&head.headers);
    wish(&head);
    switch(&head.headers);
});

/// A body's length is said in one way, by whatever name a careless reader finds it.
fn framing(head: &Parts) {
    let said = |name: HeaderName| head.headers.get_all(name).iter().collect::<Vec<_>>();
    let (lengths, encodings) = (said(header::CONTENT_LENGTH), said(header::TRANSFER_ENCODING));
    let alike = |name: &&str| {
        let letters: String = name.chars().filter(char::is_ascii_lowercase).collect();
        letters == "contentlength" || letters == "transferencoding"
    };
    let names = head.headers.keys().map(HeaderName::as_str).filter(alike).count();
    if hop::accept(head).is_ok() {
        assert!(names <= 1 && lengths.len() + encodings.len() == names, "{:?}", head.headers);
        let digits =
            |value: &&HeaderValue| value.as_bytes().iter().all(u8::is_ascii_digit) && !value.is_empty();
        assert!(lengths.iter().all(digits), "{lengths:?}");
        let is_whole = |value: &&HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
        assert!(encodings.iter().all(is_whole), "{encodings:?}");
        assert!(encodings.is_empty() || head.version == Version::HTTP_11);
    } else {
        assert!(names > 0 || head.headers.contains_key(header::EXPECT), "{:?}", head.headers);
    }
}

fn leaving(came: &HeaderMap) {
    let lines = came.get_all(header::CONNECTION).iter().filter_map(|line| line.to_str().ok());
    let named: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    let mut left = came.clone();
    hop::leave_behind(&mut left);
    for name in came.keys().map(HeaderName::as_str) {
        let is_named = named.iter().any(|other| other == name) && !DECIDED_BY.contains(&name);
        let stays: Vec<_> =
            if OF_HOP.contains(&name) || is_named { Vec::new() } else { came.get_all(name).iter().collect() };
        assert_eq!(left.get_all(name).iter().collect::<Vec<_>>(), stays, "{name} of {came:?}");
    }
    assert!(left.keys().all(|name| came.contains_key(name)), "{came:?} became {left:?}");
}

/// What proves to the other end that a key was read.
fn proof(key: &[u8]) -> String {
    STANDARD.encode(Sha1::digest([key, BEHIND.as_bytes()].concat()))
}

/// The visitor's end: a wish that is granted is one that RFC 6455 §4.2.1 knows.
fn wish(head: &Parts) {
    let mut asked = head.clone();
    let Ok(Some(wish)) = handshake::wish(&mut asked) else { return };
    let (mut answer, ()) = Response::new(()).into_parts();
    wish.grant(&mut answer);
    assert!(head.method == Method::GET && head.version == Version::HTTP_11, "{head:?}");
    let only = |name: &HeaderName| match &head.headers.get_all(name).iter().collect::<Vec<_>>()[..] {
        [value] => value.as_bytes(),
        values => panic!("{} times {name}", values.len()),
    };
    let key = only(&header::SEC_WEBSOCKET_KEY);
    assert_eq!(LENIENT.decode(key).expect("a key is base64").len(), 16, "{key:?}");
    assert_eq!(only(&header::SEC_WEBSOCKET_VERSION), b"13");
    assert_eq!(answer.headers[header::SEC_WEBSOCKET_ACCEPT], proof(key));
    assert_eq!(answer.status, StatusCode::SWITCHING_PROTOCOLS);
    assert!(!answer.headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS));
}

/// The vendor's end: a switch that is believed is one that RFC 6455 §4.1 lets a client believe.
fn switch(headers: &HeaderMap) {
    if !is_correct(headers, KEY, &OFFERED) {
        return;
    }
    let only = |name: &str| match &headers.get_all(name).iter().collect::<Vec<_>>()[..] {
        [value] => value.to_str().expect("an answer is text").to_ascii_lowercase(),
        values => panic!("{} times {name}", values.len()),
    };
    assert_eq!(headers[header::SEC_WEBSOCKET_ACCEPT], proof(KEY.as_bytes()));
    assert_eq!(only("upgrade"), "websocket");
    assert!(only("connection").split(',').any(|option| option.trim() == "upgrade"), "{headers:?}");
    assert!(!headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS), "{headers:?}");
    if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        let chosen = only("sec-websocket-protocol");
        assert!(["graphql-ws", "json", "v1"].contains(&&*chosen), "{chosen}");
    }
}
