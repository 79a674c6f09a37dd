//! What a vendor says, where rules speak of answers: documents, events, lines and messages.
//!
//! After the stage, a byte chooses which it is, and how much of it comes at a time. Cut anywhere the pieces are the same;
//! what comes home is JSON where JSON came, and does not tell the visitor's own address.
#![no_main]

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use privet::privacy::surface::response::{Cut, Pieces};
use privet::privacy::{Left, Message, Refusal, Returned};
use privet_fuzz::send::is_json;
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, rest)) = Stage::of(data) else { return };
    let Some((choice, said)) = rest.split_first() else { return };
    let step = usize::from(choice >> 2) + 1;
    match choice & 3 {
        0 => document(&stage, said),
        1 => pieces(&stage, Cut::Events, said, step),
        2 => pieces(&stage, Cut::Lines, said, step),
        _ => message(&stage, said),
    }
});

fn document(stage: &Stage, said: &[u8]) {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let returned = stage.homeward(|policy, homeward| policy.scrub_answer(&headers, said, homeward));
    let Some(home) = home(said, returned, |new| new.to_vec()) else { return };
    let texts = [said, &home].map(|text| std::str::from_utf8(text).is_ok_and(is_json));
    assert_eq!(texts[0], texts[1], "{:?} came home as {:?}", show(said), show(&home));
    laws::nobody(&home, stage.address);
}

fn pieces(stage: &Stage, cut: Cut, said: &[u8], step: usize) {
    let whole = taken(cut, said, said.len().max(1));
    assert_eq!(taken(cut, said, step), whole, "{step} at a time");
    assert_eq!(whole.concat(), said);
    for piece in whole {
        let returned = stage.homeward(|policy, homeward| policy.scrub_piece(cut, &piece, homeward));
        home(&piece, returned, |new| new.to_vec());
    }
}

fn taken(cut: Cut, said: &[u8], step: usize) -> Vec<Bytes> {
    let (mut pieces, mut taken) = (Pieces::new(cut), Vec::new());
    for chunk in said.chunks(step) {
        pieces.push(chunk);
        while let Some(piece) = pieces.complete() {
            taken.push(piece);
        }
    }
    taken.push(pieces.rest());
    taken
}

fn message(stage: &Stage, said: &[u8]) {
    let Ok(text) = std::str::from_utf8(said) else { return };
    let message = Message::Text(text.to_owned());
    let returned = stage.homeward(|policy, homeward| policy.scrub_returning(&message, homeward));
    home(said, returned, |new| match new {
        Message::Text(text) => text.into_bytes(),
        Message::Binary(bytes) => bytes.to_vec(),
    });
}

/// What comes home, if anything does: in proportion, and nothing changed without being counted.
fn home<T>(said: &[u8], returned: Result<Returned<T>, Refusal>, bytes: fn(T) -> Vec<u8>) -> Option<Vec<u8>> {
    let returned = returned.ok()?;
    let home = match returned.left {
        Left::AsItCame => said.to_vec(),
        Left::Changed(new) => bytes(new),
        Left::Nothing => return None,
    };
    laws::bounded(said.len(), home.len());
    laws::untouched(returned.tally.treated(), said, &home);
    Some(home)
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
