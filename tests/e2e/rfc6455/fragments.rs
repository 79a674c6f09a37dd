//! Messages in pieces, as Autobahn's group 5: joined, with control frames in between, or refused.

use super::case::{Case, case};
use super::wire::{CLOSE, Frame, binary, frame, more, ping, pong, text};

pub fn cases() -> Vec<Case> {
    let mut cases = joined();
    cases.extend(interrupted());
    cases.extend(refused());
    cases
}

fn joined() -> Vec<Case> {
    let mut cases = Vec::new();
    for cut in [0, 1] {
        let how = if cut == 1 { ", byte by byte" } else { "" };
        let sends = [text("Hel").unfinished(), more("lo")];
        let says = format!("a text in two frames is one message{how}");
        cases.push(case("5.4", says, sends).cut(cut).hears_text("Hello"));
        let sends = [binary([1, 2]).unfinished(), more([3])];
        let says = format!("a binary in two frames is one message{how}");
        cases.push(case("5.4", says, sends).cut(cut).hears_binary([1, 2, 3]));
    }
    let letters: Vec<_> =
        (0..100).map(|at| if at == 0 { text("x") } else { more("x") }.unfinished()).collect();
    let sends = [letters, vec![more("")]].concat();
    cases.push(case("5.4", "a hundred frames are one message", sends).hears_text("x".repeat(100)));
    let sends = [text("").unfinished(), more("").unfinished(), more("")];
    cases.push(case("5.4", "empty frames are an empty message", sends).hears_text(""));
    let sends = [text("").unfinished(), more("middle").unfinished(), more("")];
    cases.push(case("5.4", "an empty first and last frame add nothing", sends).hears_text("middle"));
    let sends = [text("a").unfinished(), more("b"), binary("c").unfinished(), more("d"), text("e")];
    cases.push(
        case("5.4", "one message in pieces may follow another", sends)
            .hears_text("ab")
            .hears_binary("cd")
            .hears_text("e"),
    );
    cases
}

fn interrupted() -> Vec<Case> {
    let mut cases = Vec::new();
    for cut in [0, 1] {
        let how = if cut == 1 { ", byte by byte" } else { "" };
        let sends = [text("Hel").unfinished(), ping("p"), more("lo")];
        let says = format!("a ping between two frames is answered{how}");
        cases.push(case("5.4", says, sends).cut(cut).pong("p").hears_text("Hello"));
    }
    let sends = [
        text("a").unfinished(),
        more("b").unfinished(),
        ping("1"),
        more("c").unfinished(),
        more("d").unfinished(),
        ping("2"),
        more("e"),
    ];
    cases.push(
        case("5.4", "pings between five frames are answered", sends).pong("1").pong("2").hears_text("abcde"),
    );
    let sends = [text("a").unfinished(), pong("?"), more("b")];
    cases.push(case("5.4", "a pong between two frames changes nothing", sends).hears_text("ab"));
    let sends = [text("a").unfinished(), frame(CLOSE, 1000u16.to_be_bytes())];
    cases.push(case("5.5.1", "a close ends a message that is not whole", sends).closes(1000));
    cases
}

fn refused() -> Vec<Case> {
    let refused = |says: &str, sends: Vec<Frame>| case("5.4", says, sends).fails(1002);
    let mut cases = vec![
        refused("a fragmented ping is refused", vec![ping("a").unfinished(), more("b")]),
        refused("a fragmented pong is refused", vec![pong("a").unfinished(), more("b")]),
        refused("a fragmented close is refused", vec![frame(CLOSE, [3, 232]).unfinished(), more("b")]),
        refused("an unfinished empty ping is refused", vec![ping("").unfinished()]),
        refused("a last continuation of nothing is refused", vec![more("a"), text("b")]),
        refused("a first continuation of nothing is refused", vec![more("a").unfinished(), text("b")]),
        refused("an empty continuation of nothing is refused", vec![more("")]),
        refused("a text inside of a text is refused", vec![text("a").unfinished(), text("b")]),
        refused("a binary inside of a text is refused", vec![text("a").unfinished(), binary("b")]),
        refused("a text inside of a binary is refused", vec![binary("a").unfinished(), text("b")]),
        refused(
            "an unfinished text inside of a text is refused",
            vec![text("a").unfinished(), text("b").unfinished(), more("c")],
        ),
    ];
    let after = vec![text("a").unfinished(), more("b"), more("c")];
    cases.push(refused("a continuation after the last one is refused", after).hears_text("ab"));
    let between = vec![text("a").unfinished(), ping("p"), text("b")];
    cases.push(refused("a text inside of a text is refused, after a ping too", between).pong("p"));
    cases.push(
        refused("a continuation after a whole text is refused", vec![text("a"), more("b")]).hears_text("a"),
    );
    let cut = vec![more("a").unfinished(), text("b")];
    cases.push(refused("a continuation of nothing is refused, byte by byte", cut).cut(1));
    cases
}
