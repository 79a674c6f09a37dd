//! Frames one by one: sizes, pings, reserved bits and opcodes, lengths, masks, limits.

use super::case::{By, Case, case};
use super::wire::{BINARY, CLOSE, PING, TEXT, binary, frame, more, ping, pong, text};

/// The largest message that the stage's route takes.
pub const LIMIT: usize = 65_536;

pub fn cases() -> Vec<Case> {
    let mut cases = sizes();
    cases.extend(pings());
    cases.extend(reserved_bits());
    cases.extend(reserved_opcodes());
    cases.extend(lengths());
    cases.extend(masks());
    cases.extend(limits());
    cases
}

/// As Autobahn's group 1.
fn sizes() -> Vec<Case> {
    let sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536];
    let mut cases = Vec::new();
    for size in sizes {
        let says = |kind: &str| format!("a {kind} of {size} bytes passes");
        cases.push(case("5.6", says("text"), [text("*".repeat(size))]).hears_text("*".repeat(size)));
        cases.push(
            case("5.6", says("binary"), [binary([0xfe].repeat(size))]).hears_binary([0xfe].repeat(size)),
        );
    }
    for (size, cut) in [(126, 1), (128, 1), (65_535, 997), (65_536, 997), (65_536, 16_384)] {
        let says = format!("a text of {size} bytes that comes {cut} at a time passes");
        cases.push(case("5.2", says, [text("*".repeat(size))]).cut(cut).hears_text("*".repeat(size)));
    }
    let both = [text("one"), binary("two"), text("three")];
    cases.push(
        case("5.6", "messages of both kinds stay in order", both)
            .hears_text("one")
            .hears_binary("two")
            .hears_text("three"),
    );
    cases
}

/// As Autobahn's group 2.
fn pings() -> Vec<Case> {
    let mut cases = Vec::new();
    let noise = [0, 0xff, 0xfe, 0xfd, 0x80];
    for (says, payload) in [
        ("an empty ping is answered by an empty pong", &[][..]),
        ("a ping is answered with its own payload", &b"Hello, world!"[..]),
        ("a ping of any bytes is answered with the same", &noise[..]),
        ("a ping of 125 bytes is answered", &[0xfe; 125][..]),
    ] {
        cases.push(case("5.5.3", says, [ping(payload)]).pong(payload));
    }
    let whole = [0xfe; 125];
    cases.push(case("5.5.2", "a ping that comes byte by byte is answered", [ping(whole)]).cut(1).pong(whole));
    cases.push(case("5.5", "a ping of 126 bytes is refused", [ping([0xfe; 126])]).fails(1002));
    cases.push(case("5.5", "a pong of 126 bytes is refused", [pong([0xfe; 126])]).fails(1002));
    cases.push(case("5.5.3", "an empty pong that nobody asked for is heeded by nobody", [pong("")]));
    cases.push(case("5.5.3", "a pong that nobody asked for is heeded by nobody", [pong("unasked")]));
    cases.push(case("5.5.3", "a pong before a ping is no answer", [pong("no"), ping("yes")]).pong("yes"));
    let ten: Vec<_> = (0..10).map(|number| format!("ping {number}")).collect();
    for cut in [0, 1] {
        let says = format!("ten pings are answered in order{}", if cut == 1 { ", though cut" } else { "" });
        let pings: Vec<_> = ten.iter().map(|payload| ping(payload.clone())).collect();
        cases.push(
            ten.iter().fold(case("5.5.3", says, pings).cut(cut), |case, payload| case.pong(payload.clone())),
        );
    }
    let around = [text("before"), ping("p"), text("after")];
    cases.push(
        case("5.5.2", "a ping between messages is answered and not passed on", around)
            .pong("p")
            .hears_text("before")
            .hears_text("after"),
    );
    cases
}

/// As Autobahn's group 3, and RFC 7692 §6: no extension is ever agreed upon that gives these bits a meaning.
fn reserved_bits() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 1..8 {
        let says = |what: &str| format!("{what} with reserved bits {bits:03b} is refused");
        cases.push(case("5.2", says("a text"), [text("hello").reserved(bits)]).fails(1002));
        cases.push(case("5.2", says("a binary"), [binary("hello").reserved(bits)]).fails(1002));
        cases.push(case("5.2", says("a ping"), [ping("hello").reserved(bits)]).fails(1002));
    }
    for cut in [0, 1] {
        let how = if cut == 1 { ", byte by byte" } else { "" };
        let says = format!("a reserved bit after a good message is refused, and that one passed on{how}");
        let sends = [text("good"), text("bad").reserved(2)];
        cases.push(case("5.2", says, sends).cut(cut).hears_text("good").fails(1002));
    }
    cases.push(case("5.2", "a pong with a reserved bit is refused", [pong("").reserved(4)]).fails(1002));
    let sends = [text("a").unfinished(), more("b").reserved(1)];
    cases.push(case("5.2", "a continuation with a reserved bit is refused", sends).fails(1002));
    let sends = [frame(CLOSE, 1000u16.to_be_bytes()).reserved(2)];
    cases.push(case("5.2", "a close with a reserved bit is refused", sends).fails(1002));
    cases
}

/// As Autobahn's group 4.
fn reserved_opcodes() -> Vec<Case> {
    let mut cases = Vec::new();
    for opcode in (3..8).chain(11..16) {
        let says = |how: &str| format!("opcode {opcode} {how} is refused");
        cases.push(case("5.2", says("alone"), [frame(opcode, "")]).fails(1002));
        cases.push(case("5.2", says("with a payload"), [frame(opcode, "reserved")]).fails(1002));
        let after = [text("good"), frame(opcode, "reserved"), ping("late")];
        cases.push(case("5.2", says("after a message"), after.clone()).hears_text("good").fails(1002));
        let says = says("after a message, byte by byte,");
        cases.push(case("5.2", says, after).cut(1).hears_text("good").fails(1002));
        let says = format!("opcode {opcode} inside of a message is refused");
        cases.push(case("5.4", says, [text("a").unfinished(), frame(opcode, ""), more("b")]).fails(1002));
    }
    cases
}

fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    for (size, bytes) in [(0, 2), (5, 2), (125, 2), (0, 8), (125, 8), (126, 8), (65_535, 8)] {
        // The sender is at fault and the reader need not mind; what leaves has the shortest form.
        let says = format!("a length of {size} told in {bytes} bytes leaves in the fewest");
        let sends = [text("*".repeat(size)).length_in(bytes)];
        cases.push(case("5.2", says, sends).hears_text("*".repeat(size)));
    }
    for claimed in [LIMIT as u64 + 1, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX] {
        let says = format!("a length of {claimed} is refused before its payload comes");
        cases.push(case("7.4.1", says.clone(), [text("x").claiming(claimed)]).fails(1009));
        cases
            .push(case("7.4.1", format!("{says}, of a ping too"), [ping("x").claiming(claimed)]).fails(1009));
    }
    cases
}

fn masks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (by, says) in [(By::Visitor, "that a client does not mask"), (By::Vendor, "that a server masks")] {
        for (name, opcode, payload) in [("text", TEXT, "hi"), ("binary", BINARY, "hi"), ("ping", PING, "")] {
            let wrong = frame(opcode, payload).wrongly_masked();
            cases.push(case("5.1", format!("a {name} {says} is refused"), [wrong]).by(by).fails(1002));
        }
        let wrong = frame(CLOSE, 1000u16.to_be_bytes()).wrongly_masked();
        cases.push(case("5.1", format!("a close {says} is refused"), [wrong]).by(by).fails(1002));
        let wrong = [text("a").unfinished(), more("b").wrongly_masked()];
        cases.push(case("5.1", format!("a continuation {says} is refused"), wrong).by(by).fails(1002));
    }
    cases
}

fn limits() -> Vec<Case> {
    let half = "*".repeat(LIMIT / 2);
    let whole = "*".repeat(LIMIT);
    vec![
        case("10.4", "a text past the limit is refused", [text("*".repeat(LIMIT + 1))]).fails(1009),
        case("10.4", "a binary past the limit is refused", [binary([1].repeat(LIMIT + 1))]).fails(1009),
        case("10.4", "fragments up to the limit pass", [text(half.clone()).unfinished(), more(half.clone())])
            .hears_text(whole.clone()),
        case(
            "10.4",
            "fragments that are past the limit together are refused",
            [text(half.clone()).unfinished(), more(half).unfinished(), more("*")],
        )
        .fails(1009),
        case("10.4", "a message before one past the limit passes", [text("small"), text(whole + "*")])
            .hears_text("small")
            .fails(1009),
    ]
}
