//! Forms before and after, through the engine.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http::Request;
use proptest::prelude::*;

use crate::privacy::fixture::{open, parts, policy, scrub};
use crate::privacy::{Files, Format, Policy, PolicyParts, Refusal, Undecodable};

const LABEL: &str = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// A small picture with words in it, and the same without.
const PICTURE: [&[u8]; 2] = [
    b"GIF89a\x01\0\x01\0\0\0\0\x21\xfe\x04jane\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b",
    b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b",
];

/// A body of parts: the end of each `Content-Disposition` line with the lines after it, and a content.
fn form(boundary: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (head, content) in parts {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name={head}\r\n\r\n");
        bytes.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    bytes.extend(format!("--{boundary}--\r\n").into_bytes());
    bytes
}

fn sent(policy: &Policy, label: &str, body: Vec<u8>) -> Result<(String, Vec<u8>), Refusal> {
    let request = Request::post("/e").header("content-type", label).body(Bytes::from(body)).unwrap();
    let request = scrub(policy, request)?.request.into_inner();
    let label = request.headers().get("content-type").map_or("", |label| label.to_str().unwrap()).to_owned();
    Ok((label, request.into_body().to_vec()))
}

/// What leaves for a form of these parts.
fn left(policy: &Policy, parts: &[(&str, &[u8])]) -> Result<Vec<u8>, Refusal> {
    let (label, body) = sent(policy, LABEL, form("----WebKitFormBoundary7MA4YWxkTrZu0gW", parts))?;
    assert_eq!(label, "multipart/form-data; boundary=----privet");
    Ok(body)
}

fn assert_left(policy: &Policy, before: &[(&str, &[u8])], after: &[(&str, &[u8])]) {
    let [left, after] = [left(policy, before).unwrap(), form("----privet", after)];
    assert_eq!(String::from_utf8_lossy(&left), String::from_utf8_lossy(&after));
    assert_eq!(left, after);
}

fn any_site() -> Policy {
    open(parts("strict", ""))
}

#[test]
fn a_form_loses_the_person_and_keeps_the_rest_byte_for_byte() {
    assert_left(
        &any_site(),
        &[
            ("\"topic\"", b"two words & more\r\nlines\xe2\x82\xac"),
            ("\"email\"", b"jane@example.org"),
            ("\"user[email]\"", b"jane"),
            ("\"note\"", b"from 203.0.113.77, thanks"),
            ("\"203.0.113.77\"", b"1"),
            ("\"a%3325256727\"", b"1"),
            ("\"empty\"", b""),
        ],
        &[
            ("\"topic\"", b"two words & more\r\nlines\xe2\x82\xac"),
            ("\"note\"", b"from [address], thanks"),
            ("\"empty\"", b""),
        ],
    );
    assert_left(&any_site(), &[("\"password\"", b"Hunter2")], &[]);
}

#[test]
fn rules_name_parts_and_where_a_vendor_is_mapped_the_others_go() {
    let mapped = policy(
        "strict",
        "part:text -> message\npart:k* -> service\npart:x%20y -> message\njson:/id -> service",
    );
    assert_left(
        &mapped,
        &[
            ("\"text\"", b"call me: jane@example.org"),
            ("\"key\"", b"12"),
            ("\"x y\"", b"unmapped"),
            ("\"x%20y\"", b"mapped"),
            ("\"other\"", b"12"),
            ("\"doc\"", br#"{"id":1,"name":"jane"}"#),
            ("\"picture\"; filename=\"file.gif\"", PICTURE[0]),
            ("\"blob\"; filename=\"file.zip\"", b"PK\x03\x04\0\0"),
        ],
        &[
            ("\"text\"", b"call me: jane@example.org"),
            ("\"key\"", b"12"),
            ("\"x%20y\"", b"mapped"),
            ("\"doc\"", br#"{"id":1}"#),
        ],
    );
}

#[test]
fn documents_in_parts_are_documents_of_their_own() {
    let before = br#"{"ip":"203.0.113.77","a":[1]}"#;
    let after = br#"{"a":[1]}"#;
    for head in [
        "\"d\"",
        "\"d\"\r\nContent-Type: application/json",
        "\"d\"; filename=\"blob\"\r\nContent-Type: application/json;charset=utf-8",
        "\"d\"; filename=\"blob\"\r\nContent-Type: application/octet-stream",
        "\"d\"; filename=\"file.txt\"\r\nContent-Type: image/png",
    ] {
        assert_left(&any_site(), &[(head, before)], &[(head, after)]);
    }
    let label = "\"d\"\r\nContent-Type: application/x-www-form-urlencoded";
    assert_left(&any_site(), &[(label, b"a=1&email=jane")], &[(label, b"a=1")]);
    let broken = [("\"d\"\r\nContent-Type: application/json", &b"{"[..])];
    assert_eq!(left(&any_site(), &broken), Err(Refusal::Invalid(Format::Json)));
}

#[test]
fn a_file_is_what_its_bytes_say_and_its_name_is_only_its_kind() {
    let mapped = policy("strict", "part:file -> message");
    for policy in [any_site(), mapped] {
        for kind in ["image/gif", "application/octet-stream", "text/plain"] {
            let head = |name| format!("\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}");
            let (before, after) = (head("Jane at home.GIF"), head("file.gif"));
            assert_left(&policy, &[(&before, PICTURE[0])], &[(&after, PICTURE[1])]);
        }
        let half = [("\"file\"; filename=\"a.gif\"", &PICTURE[0][..20])];
        assert_eq!(left(&policy, &half), Err(Refusal::Invalid(Format::Image)));
        let text = ("\"file\"; filename=\"file.csv\"\r\nContent-Type: text/csv", &b"a;b\n1;caf\xe9\n"[..]);
        assert_left(&policy, &[text], &[text]);
    }
}

#[test]
fn a_file_that_cannot_be_looked_into_leaves_only_where_the_route_says_so() {
    let holes = open(PolicyParts { files: Files::Keep, ..parts("strict", "") });
    for (kind, content) in [
        ("video/mp4", &b"\0\0\0\x18ftypisom"[..]),
        ("image/tiff", b"II*\0\x08\0\0\0"),
        ("image/svg+xml", b"<?xml version=\"1.0\"?><svg onload=\"\"/>"),
        ("text/xml", b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>"),
        ("application/pdf", b"%PDF-1.7 text"),
        ("application/zip", b"PK\x03\x04\0"),
        ("application/octet-stream", b"caf\xe9"),
        ("text/plain;charset=utf-7", b"+AGo-ane"),
        ("text/plain;charset=utf-16le", b"j\0a\0"),
    ] {
        let head = format!("\"f\"; filename=\"file\"\r\nContent-Type: {kind}");
        let file = [(head.as_str(), content)];
        assert_eq!(left(&any_site(), &file), Err(Refusal::UnknownFile), "{kind}");
        assert_left(&holes, &file, &file);
    }
    let broken = [("\"f\"; filename=\"file.png\"", &b"\x89PNG\r\n\x1a\nnothing"[..])];
    assert_eq!(left(&holes, &broken), Err(Refusal::Invalid(Format::Image)));
}

#[test]
fn the_boundary_that_leaves_is_the_same_for_every_browser() {
    let part = [("\"a\"", &b"1"[..])];
    for boundary in ["x", "---------------------------735323031399963166993862150", "jane@example"] {
        let label = format!("multipart/form-data; charset=utf-8; boundary=\"{boundary}\"");
        let sent = sent(&any_site(), &label, form(boundary, &part));
        if boundary.contains('@') {
            assert_eq!(sent, Err(Refusal::Invalid(Format::Multipart)));
        } else {
            assert_eq!(
                sent.unwrap(),
                ("multipart/form-data; boundary=----privet".to_owned(), form("----privet", &part))
            );
        }
    }
    let holds = [("\"a\"", &b"--\r\n------privet--\r\n"[..])];
    assert_eq!(
        sent(&any_site(), "multipart/form-data; boundary=x", form("x", &holds)).unwrap(),
        ("multipart/form-data; boundary=----privet1".to_owned(), form("----privet1", &holds))
    );
    let all: String = (0..super::MOST_BOUNDARIES).map(|count| format!("----privet{count} ")).collect();
    assert_eq!(left(&any_site(), &[("\"a\"", all.as_bytes())]), Err(Refusal::Invalid(Format::Multipart)));
}

#[test]
fn what_stands_around_the_parts_does_not_leave() {
    let body = b"203.0.113.77\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\njane";
    let (_, left) = sent(&any_site(), "multipart/form-data; boundary=x", body.to_vec()).unwrap();
    assert_eq!(left, form("----privet", &[("\"a\"", b"1")]));
}

#[test]
fn a_body_without_one_clear_boundary_is_refused() {
    for label in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x; boundary=y",
        "multipart/form-data; boundary=\"x",
        "multipart/form-data; boundary=y",
    ] {
        assert_eq!(
            sent(&any_site(), label, form("x", &[])),
            Err(Refusal::Invalid(Format::Multipart)),
            "{label}"
        );
    }
    let mixed = sent(&any_site(), "multipart/mixed; boundary=x", form("x", &[]));
    assert_eq!(mixed, Err(Refusal::UnknownType));
}

/// What forms are made of, to be put together in any order.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"--x",
    b"--x\r\n",
    b"\r\n--x\r\n",
    b"\r\n--x--",
    b"Content-Disposition: form-data; name=\"a\"",
    b"; filename=\"jane.png\"",
    b"Content-Type: application/json",
    b"\r\n\r\n",
    b"{\"email\":1}",
    b"203.0.113.77",
    b"\xff\xd8\xff",
    b"\0",
    b"\"",
    b"\\",
    b"%22",
    b"----privet",
];

#[test]
fn a_form_that_a_route_keeps_unread_keeps_its_boundary() {
    let undecodable = Undecodable::Keep;
    let hole = Policy::compile(PolicyParts { undecodable, ..parts("strict", "") });
    let broken = b"--x y\r\n".to_vec();
    assert_eq!(
        sent(&hole, "multipart/form-data; boundary=\"x y\"", broken.clone()),
        Ok(("multipart/form-data; boundary=\"x y\"".to_owned(), broken))
    );
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_leave_as_a_form_that_a_second_look_does_not_change(
        pieces in proptest::collection::vec(
            proptest::sample::select(PIECES),
            0..24,
        ),
        whole in any::<bool>(),
    ) {
        let mut body = pieces.concat();
        if whole {
            body = form("x", &[("\"a\"", &body), ("\"password\"", b"hunter2"), ("\"b\"", &body)]);
        }
        if let Ok((label, once)) = sent(&any_site(), "multipart/form-data; boundary=x", body) {
            prop_assert!(memchr::memmem::find(&once, b"hunter2").is_none());
            let again = sent(&any_site(), &label, once.clone());
            prop_assert_eq!(again, Ok((label, once)));
        }
    }
}
