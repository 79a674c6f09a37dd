//! The closing handshake, as Autobahn's group 7: codes and reasons carried, refused, and nothing said after.

use super::case::{Case, case};
use super::wire::{CLOSE, close, frame, more, ping, text};

/// Codes that may be said: RFC 6455 §7.4.1, and those that IANA and applications added.
const LEGAL: [u16; 16] =
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4001, 4999];

/// Codes that may not: §7.4.2, and those that only tell of what was not said (1005, 1006, 1015).
const ILLEGAL: [u16; 14] = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 5001, 65_535];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for code in LEGAL {
        cases.push(case("7.4.1", format!("{code} is carried"), [close(code, "")]).closes(code));
        let says = format!("{code} is carried after a message, with a reason");
        let sends = [text("last"), close(code, "so long")];
        cases.push(case("7.1.6", says, sends).hears_text("last").closes(code));
    }
    for code in ILLEGAL {
        let says = format!("{code} may not be said");
        cases.push(case("7.4.2", says, [close(code, "")]).misspoken(1002));
    }
    cases.extend(payloads());
    cases.extend(afterwards());
    cases
}

fn payloads() -> Vec<Case> {
    let reason = |reason: &[u8]| frame(CLOSE, [&1000u16.to_be_bytes()[..], reason].concat());
    vec![
        case("7.1.5", "a close without a code is carried without one", [frame(CLOSE, "")]).closes(None),
        case("5.5.1", "a close of one byte is refused", [frame(CLOSE, [3])]).fails(1002),
        case("5.5.1", "a close that comes byte by byte is one", [close(1000, "bye")]).cut(1).closes(1000),
        case("5.5", "a reason of 123 bytes is the longest", [close(1000, &"r".repeat(123))]).closes(1000),
        case("5.5", "a reason of 124 bytes is refused", [close(1000, &"r".repeat(124))]).fails(1002),
        case("5.5.1", "a reason in UTF-8 is one", [close(1000, "κόσμε")]).closes(1000),
        case("8.1", "a reason that is no UTF-8 is refused", [reason(b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80")])
            .fails(1007),
        case("8.1", "a reason with half a character is refused", [reason(b"\xf0\x90\x80")]).fails(1007),
        case("8.1", "a reason with a slash in two bytes is refused", [reason(b"\xc0\xaf")]).fails(1007),
    ]
}

fn afterwards() -> Vec<Case> {
    let bye = || close(1000, "");
    vec![
        case("5.5.1", "a message after a close is not heard", [bye(), text("late")]).closes(1000),
        case("5.5.1", "a ping after a close is not answered", [bye(), ping("late")]).closes(1000),
        case("5.5.1", "a second close is not heard", [bye(), close(4000, "")]).closes(1000),
        case("5.5.1", "what is wrong after a close is not heard", [bye(), frame(15, "late")]).closes(1000),
        case(
            "5.5.1",
            "a message's end after a close is not heard",
            [text("a").unfinished(), bye(), more("b")],
        )
        .closes(1000),
        case("5.5.1", "a large message after a close is not heard", [bye(), text("*".repeat(60_000))])
            .closes(1000),
    ]
}
