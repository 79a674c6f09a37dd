//! The opening handshake, from both ends: the tables of `handshakes`, line by line.
//!
//! Invariant: privet's own handshake with a vendor is plain, whatever the visitor's is.

use super::case::By;
use super::handshakes::Then::{self, Opens, Ordinary, Refused};
use super::handshakes::{ANSWERED, ASKED, Change, STREAMS, VERSION};
use super::wire::{Heard, TEXT, close, text};
use super::wires::{ACCEPT, ANSWERS, ASKS, Wires};
use crate::support::Received;

/// A plain handshake's lines, changed.
fn changed(plain: &str, lines: &[&str]) -> String {
    let mut all: Vec<_> = plain.lines().map(|line| line.trim().to_owned()).collect();
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_ascii_lowercase();
    for line in lines {
        if line.contains(" HTTP/1.") || line.starts_with("HTTP/1.") || !line.contains([':', '-', '+']) {
            all[0] = (*line).to_owned();
        } else if let Some(added) = line.strip_prefix('+') {
            all.push(added.to_owned());
        } else if let Some(gone) = line.strip_prefix('-') {
            all.retain(|other| name(other) != name(gone));
        } else {
            let found = all.iter_mut().find(|other| name(other) == name(line));
            *found.unwrap_or_else(|| panic!("{line} is not there")) = (*line).to_owned();
        }
    }
    all.join("\n")
}

#[tokio::test]
async fn a_visitors_wish_is_read_as_the_rfc_says() {
    let wires = Wires::lay("").await;
    let mut wrong = Vec::new();
    for Change { section, says, lines, then } in &ASKED {
        let ordinary = *then == Ordinary;
        wires.answer_with(if ordinary { "HTTP/1.1 204 No Content\nConnection: close" } else { ANSWERS }, &[]);
        wires.stage.backend.forget();
        let (head, _socket) = wires.ask(&changed(ASKS, lines), &[]).await;
        let requests = wires.stage.backend.requests();
        let tells_version = head.to_ascii_lowercase().contains("\r\nsec-websocket-version: 13\r\n");
        let is_right = is_answer(&head, *then)
            && tells_version == (*then == Refused(426))
            && requests.len() == usize::from(!matches!(then, Refused(_)))
            && requests.iter().all(|request| is_plain(request, *then == Opens));
        if !is_right {
            wrong.push(format!("§{section} {says}: {head}{requests:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_vendors_answer_is_read_as_the_rfc_says() {
    let wires = Wires::lay("").await;
    let mut wrong = Vec::new();
    for Change { section, says, lines, then } in &ANSWERED {
        wires.answer_with(&changed(ANSWERS, lines), &[]);
        let (head, _socket) = wires.ask(ASKS, &[]).await;
        let is_right = is_answer(&head, *then);
        if !is_right {
            wrong.push(format!("§{section} {says}: {head}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a head is the answer to a wish, and nothing in it promises what it does not keep.
fn is_answer(head: &str, then: Then) -> bool {
    let status: u16 = match then {
        Opens => 101,
        Ordinary => 204,
        Refused(status) => status,
    };
    let lower = head.to_ascii_lowercase();
    let proves = [lower.contains("\r\nupgrade: websocket\r\n"), head.contains(ACCEPT)];
    head.split(' ').nth(1) == Some(&*status.to_string())
        && proves == [then == Opens; 2]
        && !lower.contains("\r\nsec-websocket-extensions:")
}

/// Whether a request is privet's own handshake, or none.
fn is_plain(request: &Received, opens: bool) -> bool {
    let fields = [
        ("upgrade", Some("websocket")),
        ("connection", Some("Upgrade")),
        ("sec-websocket-version", Some("13")),
        ("sec-websocket-accept", None),
        ("sec-websocket-extensions", None),
    ];
    let key = request.field("sec-websocket-key");
    fields.iter().all(|(name, value)| request.field(name) == value.filter(|_| opens))
        && key.map(str::len) == opens.then_some(24)
        && key.is_none_or(|key| !ASKS.contains(key))
}

#[tokio::test]
async fn a_streams_wish_is_read_as_the_rfc_says() {
    let mut wires = Wires::lay("").await;
    for (section, says, fields, then) in STREAMS {
        let asked = wires.ask_http2("websocket", fields).await;
        if let Ok((head, _)) = &asked {
            // §5: what proves and names the switch in HTTP/1.1 has no place here.
            for absent in ["sec-websocket-accept", "upgrade", "connection"] {
                assert!(!head.contains_key(absent), "§{section} {says}: {absent}");
            }
        }
        assert_eq!(asked.map(drop), then, "§{section} {says}");
    }
    for protocol in ["connect-udp", "webtransport", "WebSocket2"] {
        let status = wires.ask_http2(protocol, &[VERSION]).await.err();
        assert!(status.is_some_and(|status| (400..=501).contains(&status)), "§8441 4 {protocol}: {status:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_socket_over_either_version() {
    let mut wires = Wires::lay("site_origins = [\"https://www.example.com\"]").await;
    for (origin, status) in [
        ("https://www.example.com", 101),
        ("https://vendor.test", 101),
        ("https://evil.example", 403),
        ("https://www.example.com.evil.example", 403),
        ("null", 403),
    ] {
        let (head, _socket) = wires.ask(&format!("{ASKS}\nOrigin: {origin}"), &[]).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {head}");
        let over_http2 = wires.ask_http2("websocket", &[VERSION, ("origin", origin)]).await;
        assert_eq!(over_http2.err(), (status == 403).then_some(403), "{origin}");
    }
    assert_eq!(wires.stage.backend.requests().len(), 4);
}

#[tokio::test]
async fn what_is_said_right_behind_a_handshake_is_heard() {
    let mut wires = Wires::lay("").await;
    let frames =
        |from_client| [text("early"), close(1000, "")].map(|frame| frame.bytes(from_client)).concat();
    // The visitor's words come with the wish, the vendor's with the answer.
    for (by, to_vendor, to_visitor) in
        [(By::Visitor, frames(true), vec![]), (By::Vendor, vec![], frames(false))]
    {
        wires.answer_with(ANSWERS, &to_visitor);
        let (head, mut visitor) = wires.ask(ASKS, &to_vendor).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let mut vendor = wires.vendor().await;
        let heard = match by {
            By::Visitor => Heard::all(&mut vendor, false).await,
            _ => Heard::all(&mut visitor, true).await,
        };
        assert_eq!(heard.messages, [(TEXT, b"early".to_vec())], "{by:?}");
        assert_eq!(heard.close, Some(1000u16.to_be_bytes().to_vec()), "{by:?}");
    }
}
