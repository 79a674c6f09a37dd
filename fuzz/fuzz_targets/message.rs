//! Messages of text on a socket, in the framings of Engine.IO, SockJS, STOMP, SignalR and others: what was one packet,
//! record or frame leaves as one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::{Message, Refusal};
use privet_fuzz::send::is_json;
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, text)) = Stage::of(data) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok((left, treated)) = leaving(&stage, text) else { return };
    laws::nobody_in_frames(left.as_bytes(), stage.address);
    laws::bounded(text.len(), left.len());
    if stage.is_open() {
        laws::untouched(treated, text.as_bytes(), left.as_bytes());
    }
    framed_alike(text, &left);
    if stage.is_idempotent() {
        laws::settles(left.as_bytes(), |text| {
            let text = std::str::from_utf8(text).expect("a text leaves as text");
            Ok(leaving(&stage, text)?.0.into_bytes())
        });
    }
});

fn leaving(stage: &Stage, text: &str) -> Result<(String, u64), Refusal> {
    let treated = stage.message(Message::Text(text.to_owned()))?;
    match treated.message.expect("a message is refused or leaves").into_inner() {
        Message::Text(left) => Ok((left, treated.tally.treated())),
        Message::Binary(_) => panic!("a text became binary"),
    }
}

/// As many records, JSON where it was JSON; a packet of the same type; a frame as long as it says.
fn framed_alike(came: &str, left: &str) {
    let records = |text: &str| -> Vec<String> { text.split('\u{1e}').map(str::to_owned).collect() };
    let (came, left) = (records(came), records(left));
    assert_eq!(came.len(), left.len(), "{came:?} became {left:?}");
    for (came, left) in came.iter().zip(&left) {
        if is_json(came) {
            assert!(is_json(left), "{came:?} became {left:?}");
        }
        if let Some((head, document)) = packet(came)
            && is_json(document)
        {
            let left = left.strip_prefix(head);
            assert!(left.is_some_and(is_json), "{came:?} became {left:?}");
        }
    }
}

/// A packet of Socket.IO, cut before its document.
fn packet(text: &str) -> Option<(&str, &str)> {
    let document = text.find(['[', '{'])?;
    let head = &text[..document];
    (text.starts_with("42") && head.bytes().all(|byte| byte.is_ascii_digit()) && head.len() < 9)
        .then(|| text.split_at(document))
}
