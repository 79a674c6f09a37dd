//! No extension is agreed upon (RFC 6455 §9.1, RFC 7692 §5), so none that is in use is ever unread.
//!
//! Knows offers as browsers and others spell them. Invariant: whatever is offered, the vendor hears of no offer and
//! the visitor of no agreement.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use http::header::SEC_WEBSOCKET_EXTENSIONS;

use super::By;
use super::case::{Case, case};
use super::wire::{Frame, binary, more, text};
use super::wires::{ANSWERS, ASKS, Wires};

/// What may be offered, and is declined.
const OFFERED: [(&str, &str); 27] = [
    ("7692 7", "permessage-deflate"),
    ("7692 7", "Permessage-Deflate"),
    ("7692 7.1.1.1", "permessage-deflate; server_no_context_takeover"),
    ("7692 7.1.1.2", "permessage-deflate; client_no_context_takeover"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=8"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=15"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=\"10\""),
    ("7692 7.1.2.2", "permessage-deflate; client_max_window_bits"),
    ("7692 7.1.2.2", "permessage-deflate; client_max_window_bits=8"),
    ("7692 7.1.2.2", "permessage-deflate;client_max_window_bits=9;server_max_window_bits=9"),
    ("7692 7.1.3", "permessage-deflate; client_no_context_takeover; server_no_context_takeover"),
    ("7692 5.1", "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate"),
    ("7692 5.1", "permessage-deflate, permessage-deflate; client_max_window_bits"),
    // What a server must decline: parameters that are unknown, doubled or out of range (§7.1).
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=7"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=16"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=08"),
    ("7692 7.1.2.1", "permessage-deflate; server_max_window_bits=ten"),
    ("7692 7.1.2.2", "permessage-deflate; client_max_window_bits=0"),
    ("7692 7.1.1.1", "permessage-deflate; server_no_context_takeover=1"),
    ("7692 7.1", "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"),
    ("7692 7.1", "permessage-deflate; unknown"),
    ("9.1", "x-webkit-deflate-frame"),
    ("9.1", "deflate-frame; max_window_bits=10"),
    ("9.1", "permessage-bzip2, permessage-snappy, x-any; a=1; b=\"c\""),
    ("9.1", "mux; max-channels=4; flow-control, deflate-stream"),
    ("9.1", ""),
];

/// What no grammar has: the handshake fails (§9.1).
const MALFORMED: [&str; 10] = [
    "permessage-deflate;",
    "permessage-deflate; ; client_max_window_bits",
    "; client_max_window_bits",
    "permessage-deflate; =8",
    "permessage-deflate; server_max_window_bits=",
    "permessage-deflate; server_max_window_bits=\"1 0\"",
    "permessage-deflate; server_max_window_bits=\"10",
    "permessage-deflate; server_max_window_bits=10=10",
    "permessage deflate",
    "permessage/deflate",
];

/// What a vendor may not answer, since nothing was offered.
const AGREED: [&str; 5] = [
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; client_max_window_bits=15",
    "x-webkit-deflate-frame",
    "permessage-deflate, x-any",
];

/// `Hello`, deflated (RFC 7692 §7.2.3.1).
const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

/// What is compressed though nothing was agreed upon.
fn compressed() -> Vec<Case> {
    let mut bomb = DeflateEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&[0; 8 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    let refused = |section, says: &str, sends: &[Frame]| case(section, says, sends).fails(1002);
    vec![
        refused("7692 6", "a compressed text is refused", &[text(HELLO).reserved(4)]),
        refused("7692 6", "a compressed binary is refused", &[binary(HELLO).reserved(4)]),
        refused(
            "7692 6.1",
            "a compressed text in pieces is refused",
            &[text(&HELLO[..3]).reserved(4).unfinished(), more(&HELLO[3..])],
        ),
        refused("7692 7.2.3.6", "an empty compressed text is refused", &[text([0]).reserved(4)]),
        refused("7692 8", "a compressed bomb is refused before it is one", &[binary(bomb).reserved(4)]),
        // Without the bit it is a message like any other, and no text.
        case("7692 6", "compressed bytes without the bit are bytes", [binary(HELLO)]).hears_binary(HELLO),
    ]
}

pub fn told() -> impl Iterator<Item = (&'static str, String)> {
    let malformed = MALFORMED.iter().map(|offer| ("9.1", format!("{offer} is malformed")));
    let agreed = AGREED.iter().map(|answer| ("4.1", format!("{answer} was not offered")));
    let compressed = compressed().into_iter().map(|case| (case.section, case.says));
    let offered = OFFERED.iter().map(|(section, offer)| (*section, format!("{offer} is declined")));
    offered.chain(malformed).chain(agreed).chain(compressed)
}

#[tokio::test]
async fn every_offer_is_declined_on_both_legs_over_both_versions() {
    let mut wires = Wires::lay("").await;
    for (section, offer) in OFFERED {
        let (head, _socket) = wires.ask(&format!("{ASKS}\nSec-WebSocket-Extensions: {offer}"), &[]).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "§{section} {offer}: {head}");
        assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{offer}: {head}");
        let fields = [("sec-websocket-version", "13"), ("sec-websocket-extensions", offer)];
        let (head, _stream) = wires.ask_http2("websocket", &fields).await.unwrap();
        assert!(!head.contains_key(SEC_WEBSOCKET_EXTENSIONS), "§{section} {offer}");
    }
    let requests = wires.stage.backend.requests();
    assert_eq!(requests.len(), 2 * OFFERED.len());
    assert!(requests.iter().all(|request| request.field("sec-websocket-extensions").is_none()));
}

#[tokio::test]
async fn a_malformed_offer_fails_over_both_versions() {
    let mut wires = Wires::lay("").await;
    for offer in MALFORMED {
        let (head, _socket) = wires.ask(&format!("{ASKS}\nSec-WebSocket-Extensions: {offer}"), &[]).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{offer}: {head}");
        let fields = [("sec-websocket-version", "13"), ("sec-websocket-extensions", offer)];
        assert_eq!(wires.ask_http2("websocket", &fields).await.err(), Some(400), "{offer}");
    }
    assert!(wires.stage.backend.requests().is_empty());
}

#[tokio::test]
async fn a_vendor_that_agrees_to_what_was_not_offered_is_no_vendor() {
    let wires = Wires::lay("").await;
    for answer in AGREED {
        wires.answer_with(&format!("{ANSWERS}\nSec-WebSocket-Extensions: {answer}"), &[]);
        // Though the visitor offers the same.
        let (head, _socket) = wires.ask(&format!("{ASKS}\nSec-WebSocket-Extensions: {answer}"), &[]).await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{answer}: {head}");
    }
}

#[tokio::test]
async fn what_is_compressed_all_the_same_is_refused() {
    super::all_hold(compressed()).await;
    // And after an offer, which is no agreement.
    let mut wires = Wires::lay("").await;
    for case in compressed() {
        let offer = format!("{ASKS}\nSec-WebSocket-Extensions: permessage-deflate");
        let (_, visitor) = wires.ask(&offer, &[]).await;
        super::judge(&case, By::Visitor, visitor, wires.vendor().await).await.unwrap();
    }
}
