//! A session recording with a mark in each text that it shows or that is typed into it.
//!
//! Written by hand in the form of rrweb's events. Invariant: a page, what changes in it and what is typed are there.

use serde_json::{Value, json};

use super::expected::Word;
use super::mark::Marks;
use super::place::ANY;
use super::probe::{Carried, Letter, Probe};
use crate::privacy::Category;

/// What stands where, told in words: no selector leads into a recording.
const PLACES: [(&str, Category); 5] = [
    ("a text of a recorded page", Category::PageText),
    ("a field of a recorded page", Category::TypedText),
    ("a password in a recorded page", Category::Secret),
    ("a change of a recorded page", Category::PageText),
    ("a keystroke in a recorded page", Category::TypedText),
];

pub fn probes(word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let carried = PLACES.map(|(place, category)| Carried {
        mark: marks.next(category),
        place: place.to_owned(),
        expected: word.category(category),
    });
    let said = carried.each_ref().map(|carried| carried.mark.value.as_str());
    let letter = Letter::json(&json!({ ANY: events(said) }));
    vec![Probe { surface: "recordings", carried: carried.into(), letter }]
}

/// A snapshot of a page with a text, a field and a password; a text that changes; a keystroke.
fn events([text, field, password, change, stroke]: [&str; 5]) -> Value {
    let input = |id: u32, kind: &str, value: &str| {
        json!({
            "type": 2, "id": id, "tagName": "input", "childNodes": [],
            "attributes": { "type": kind, "value": value },
        })
    };
    let body = json!({
        "type": 2, "id": 2, "tagName": "body", "attributes": {},
        "childNodes": [{ "type": 3, "id": 3, "textContent": text }, input(4, "text", field), input(5, "password", password)],
    });
    let page = json!({ "type": 0, "id": 1, "childNodes": [body] });
    let event =
        |kind: u32, data: Value| json!({ "type": kind, "timestamp": 1_700_000_000_000_u64, "data": data });
    json!([
        event(2, json!({ "node": page, "initialOffset": { "left": 0, "top": 0 } })),
        event(
            3,
            json!({
                "source": 0, "attributes": [], "removes": [], "adds": [], "texts": [{ "id": 3, "value": change }],
            })
        ),
        event(3, json!({ "source": 5, "id": 4, "text": stroke, "isChecked": false })),
    ])
}
