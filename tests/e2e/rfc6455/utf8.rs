//! Text is UTF-8, as Autobahn's group 6: whole, in pieces, cut inside of a character; all else is refused.

use super::case::{Case, case};
use super::wire::{Frame, binary, more, text};

/// What is UTF-8, at the bounds of each length of a character (RFC 3629 §3).
const VALID: [&str; 20] = [
    "κόσμε",
    "\u{80}",
    "\u{7f}",
    "\u{7ff}",
    "\u{800}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10ffff}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{fdd0}",
    "\u{1fffe}",
    "\u{10fffe}",
    "\u{feff}",
    "a\u{308}",
    "日本語のテキスト",
    "Ünïcödé, ungebrochen",
    "🌿👩‍👩‍👧‍👦",
];

/// What is not, and why not.
const INVALID: [(&[u8], &str); 36] = [
    (b"\x80", "a continuation byte alone"),
    (b"\xbf", "the last continuation byte alone"),
    (b"\x80\xbf\x80\xbf", "continuation bytes alone"),
    (b"\xc0 ", "a lone first byte of two, never in use"),
    (b"\xc2 ", "a lone first byte of two"),
    (b"\xe1 ", "a lone first byte of three"),
    (b"\xf1 ", "a lone first byte of four"),
    (b"\xf9 ", "a first byte of five"),
    (b"\xfd ", "a first byte of six"),
    (b"\xc3", "two bytes without the last"),
    (b"\xe0\xa0", "three bytes without the last"),
    (b"\xef\xbf", "three bytes without the last, at their end"),
    (b"\xf0\x90\x80", "four bytes without the last"),
    (b"\xf4\x8f\xbf", "four bytes without the last, at their end"),
    (b"\xc3\xa9\xc3", "a second character without its end"),
    (b"\xfe", "a byte that is never in use"),
    (b"\xff", "the last byte, never in use"),
    (b"\xfe\xfe\xff\xff", "bytes that are never in use"),
    (b"\xc0\xaf", "a slash in two bytes"),
    (b"\xe0\x80\xaf", "a slash in three bytes"),
    (b"\xf0\x80\x80\xaf", "a slash in four bytes"),
    (b"\xf8\x80\x80\x80\xaf", "a slash in five bytes"),
    (b"\xc1\xbf", "U+007F in two bytes"),
    (b"\xe0\x9f\xbf", "U+07FF in three bytes"),
    (b"\xf0\x8f\xbf\xbf", "U+FFFF in four bytes"),
    (b"\xc0\x80", "U+0000 in two bytes"),
    (b"\xed\xa0\x80", "the first surrogate"),
    (b"\xed\xad\xbf", "the last high surrogate"),
    (b"\xed\xb0\x80", "the first low surrogate"),
    (b"\xed\xbf\xbf", "the last surrogate"),
    (b"\xed\xa0\x80\xed\xb0\x80", "a pair of surrogates"),
    (b"\xf4\x90\x80\x80", "U+110000"),
    (b"\xf7\xbf\xbf\xbf", "U+1FFFFF"),
    (b"\xf5\x80\x80\x80", "a first byte past U+10FFFF"),
    (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", "a surrogate within a text"),
    (b"plain, then \xff", "a bad byte at the end"),
];

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for valid in VALID {
        let says = format!("{} is a text", valid.escape_unicode());
        cases.push(case("8.1", says, [text(valid)]).hears_text(valid));
    }
    for (bytes, why) in INVALID {
        cases.push(case("8.1", format!("{why} is no text"), [text(bytes)]).fails(1007));
    }
    let whole = "κόσμε 🌿";
    let says = "a text may be cut inside of a character, at every byte";
    cases.push(case("5.6", says, letters(whole.as_bytes())).hears_text(whole));
    cases.push(
        case("8.1", "a text that comes byte by byte is a text", [text(whole)]).cut(1).hears_text(whole),
    );
    let parts = [text(&whole[..6]).unfinished(), more(&whole[6..])];
    cases.push(case("5.6", "a text may be cut between characters", parts).hears_text(whole));
    for (bytes, why) in INVALID.into_iter().filter(|(bytes, _)| bytes.len() > 1) {
        let says = format!("{why} is no text, in frames of a byte");
        cases.push(case("8.1", says, letters(bytes)).fails(1007));
    }
    let late = [text("a good beginning").unfinished(), more(b"\xff"), more("late")];
    cases.push(case("8.1", "a bad byte in a later frame is refused", late).fails(1007));
    let late = [text("good"), text(b"\xc0\xaf"), text("late")];
    cases
        .push(case("8.1", "a good text passes before one that is none", late).hears_text("good").fails(1007));
    cases.push(
        case("5.6", "a binary need not be UTF-8", [binary(b"\xc0\xaf\xff")]).hears_binary(b"\xc0\xaf\xff"),
    );
    let halves = [text(b"\xce").unfinished(), more(b"\xce")];
    cases.push(case("8.1", "two first bytes in two frames are no text", halves).fails(1007));
    cases
}

/// A frame for each byte.
fn letters(bytes: &[u8]) -> Vec<Frame> {
    let frame = |(at, byte): (usize, &u8)| {
        let frame = if at == 0 { text([*byte]) } else { more([*byte]) };
        if at + 1 == bytes.len() { frame } else { frame.unfinished() }
    };
    bytes.iter().enumerate().map(frame).collect()
}
