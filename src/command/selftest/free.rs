//! Places that no rule names: free text that says something personal, the visitor's own address in any spelling, and
//! what nobody can read.
//!
//! Knows what a detector must find; does not know how it looks. Invariant: a value in free text is expected to be
//! treated like one of its category anywhere, unless a map names whatever stands there.

use bytes::Bytes;
use serde_json::json;

use super::expected::{Expected, Word};
use super::mark::{Mark, Marks, VISITOR};
use super::place::{ANY, Key, Surface};
use super::probe::{Carried, Letter, Probe, pairs, percent};
use super::wrapping::{self, coded, multipart};
use crate::privacy::Category;
use tokio_tungstenite::tungstenite::Message;

/// What a place is called, and how a text gets there.
type Place = (&'static str, fn(&str) -> Letter);

/// Where nobody said what a text is.
const PLACES: [Place; 8] = [
    ("query", |text| Letter::get(format!("/{ANY}?{}", pairs([(ANY, text)])))),
    ("path", |text| Letter::get(format!("/{ANY}/{}", percent(text)))),
    ("form", |text| Letter::post("application/x-www-form-urlencoded", pairs([(ANY, text)]))),
    ("json", |text| Letter::json(&json!({ ANY: text }))),
    ("part", |text| multipart(&[(format!("name=\"{ANY}\""), "text/plain", text.as_bytes().to_vec())])),
    ("text", |text| Letter::post("text/plain", text)),
    ("message", |text| Letter::socket(vec![Message::text(json!({ ANY: text }).to_string())])),
    ("header", |text| Letter::get(format!("/{ANY}")).with("x-q7", text)),
];

pub fn probes(word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let mut probes = free_text(word);
    probes.extend(own_address(word));
    probes.extend(unreadable(word, marks));
    probes
}

/// What detectors know, in the middle of a sentence.
fn said() -> Vec<Mark> {
    vec![
        Mark::told(Category::Contact, "quentin.quill@mail.example", "quentin.quill"),
        Mark::told(Category::Contact, "+49 30 90182077", "90182077"),
        Mark::told(Category::Secret, "4539 5787 6362 1486", "6362 1486"),
        Mark::told(Category::Secret, "DE89370400440532013000", "370400440532013000"),
        Mark::told(
            Category::Secret,
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJxdWlsbCJ9.q4bK9yF0Zr1uG7hT5sW2xN8mJ3vC6dLpQeRtYuIoPa0",
            "q4bK9yF0Zr1uG7hT5sW2xN8mJ3vC6dLpQeRtYuIoPa0",
        ),
        Mark::told(Category::Address, "91.240.17.3", "91.240.17.3"),
        Mark::told(Category::Address, "2a01:4f8:77:1a2b:9c3d:4e5f:6071:8293", "9c3d:4e5f:6071:8293"),
    ]
}

fn free_text(word: &Word<'_>) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (name, send) in PLACES {
        for mark in said() {
            let letter = send(&format!("please note {} and answer", mark.value));
            probes.push(alone(
                "free text",
                format!("text in {name}"),
                expected(word, name, mark.category),
                mark,
                letter,
            ));
        }
    }
    probes
}

/// A map may name all that stands in such a place: the rest of a protocol that is not public.
fn expected(word: &Word<'_>, place: &str, category: Category) -> Expected {
    match place {
        "query" => word.at(Surface::Query, ANY, category),
        "form" => word.at(Surface::Form, ANY, category),
        "part" => word.at(Surface::Part, ANY, category),
        "json" | "message" => word.json(&[Key::Member(ANY.to_owned())], category),
        "text" => word.text().unwrap_or_else(|| word.category(category)),
        _ => word.category(category),
    }
}

fn own_address(word: &Word<'_>) -> Vec<Probe> {
    let [a, b, c, d] = VISITOR.octets();
    let number = u32::from(VISITOR);
    let spellings = [
        format!("{VISITOR}"),
        format!("{VISITOR}:51234"),
        format!("::ffff:{VISITOR}"),
        format!("{a}-{b}-{c}-{d}"),
        format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
        format!("{number}"),
        format!("0x{number:08x}"),
        percent(&percent(&VISITOR.to_string())),
        wrapping::base64(VISITOR.to_string().as_bytes()),
    ];
    let mut probes = Vec::new();
    for (name, send) in PLACES {
        for spelling in &spellings {
            let mut mark = Mark::own_address(spelling.clone());
            mark.tells.push(format!("{d}.{c}.{b}.{a}"));
            let place = format!("own address in {name}");
            probes.push(alone("own address", place, word.category(Category::Address), mark, send(spelling)));
        }
    }
    probes
}

/// Bodies that cannot be read, by what is wrong with them.
fn unreadable(word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let broken: [Place; 5] = [
        ("a JSON body cut short", |text| {
            Letter::post("application/json", format!("{{\"email\":\"{text}\",\"q7\":"))
        }),
        ("a gzip body cut short", |text| {
            let whole = coded("gzip", format!("{{\"email\":\"{text}\"}}").as_bytes());
            let cut = whole[..whole.len().saturating_sub(6)].to_vec();
            Letter::post("application/json", cut).with("content-encoding", "gzip")
        }),
        ("a body of no known coding", |text| {
            Letter::post("application/json", json!({ "email": text }).to_string())
                .with("content-encoding", "q7")
        }),
        ("a body of bytes", |text| Letter::post("application/octet-stream", bytes_around(text))),
        ("a file of bytes", |text| {
            let head = format!("name=\"{ANY}\"; filename=\"{ANY}.bin\"");
            multipart(&[(head, "application/octet-stream", bytes_around(text))])
        }),
    ];
    let mut probes = Vec::new();
    for (place, send) in broken {
        let mark = marks.next(Category::Contact);
        let letter = send(&mark.value);
        probes.push(alone("unreadable", place.to_owned(), word.category(Category::Contact), mark, letter));
    }
    let mark = marks.next(Category::Contact);
    let letter = Letter::socket(vec![Message::Binary(Bytes::from(bytes_around(&mark.value)))]);
    probes.push(alone(
        "unreadable",
        "a message of bytes".to_owned(),
        word.category(Category::Contact),
        mark,
        letter,
    ));
    probes
}

/// A text within what is none.
fn bytes_around(text: &str) -> Vec<u8> {
    [&b"\x00\x01\xfe\xff\x07"[..], text.as_bytes(), b"\x00\xff\xfe\x01"].concat()
}

fn alone(surface: &'static str, place: String, expected: Expected, mark: Mark, letter: Letter) -> Probe {
    Probe { surface, carried: vec![Carried { mark, place, expected }], letter }
}
