//! One event with a mark for each category, in every wrapping that browsers and scripts send.
//!
//! Writes wrappings with none of the engine's code. Invariant: each wrapping holds the same places.

use std::io::{Cursor, Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use flate2::Compression;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::expected::Word;
use super::mark::Marks;
use super::place::{self, ANY, Key};
use super::probe::{Carried, Letter, Probe, pairs, percent};
use crate::privacy::Category;

/// How an event is sent, what that is called, and where its document begins.
struct Wrapping {
    name: &'static str,
    root: fn() -> Vec<Key>,
    send: fn(&Value) -> Letter,
}

const fn bare(name: &'static str, send: fn(&Value) -> Letter) -> Wrapping {
    Wrapping { name, root: Vec::new, send }
}

const WRAPPINGS: [Wrapping; 28] = [
    bare("JSON", Letter::json),
    bare("JSON over HTTP/2", |event| Letter::json(event).over_http2()),
    bare("JSON as text/plain", |event| Letter::post("text/plain", event.to_string())),
    bare("JSON without a label", |event| Letter { headers: Vec::new(), ..Letter::json(event) }),
    bare("gzip", |event| encoded("gzip", event)),
    bare("deflate", |event| encoded("deflate", event)),
    bare("br", |event| encoded("br", event)),
    bare("zstd", |event| encoded("zstd", event)),
    bare("gzip as text/plain", |event| Letter::post("text/plain", coded("gzip", &bytes(event)))),
    bare("gzip in gzip", |event| {
        let twice = coded("gzip", &coded("gzip", &bytes(event)));
        Letter::post("application/json", twice).with("content-encoding", "gzip, gzip")
    }),
    bare("JSON in a form", |event| form(&event.to_string())),
    bare("base64 in a form", |event| form(&base64(&bytes(event)))),
    bare("gzip and base64 in a form", |event| form(&base64(&coded("gzip", &bytes(event))))),
    bare("JSON in the query", |event| query(&event.to_string())),
    bare("JSON in the query, percent-encoded twice", |event| query(&percent(&event.to_string()))),
    bare("base64 in the query", |event| query(&base64(&bytes(event)))),
    bare("JSON in a string", |event| Letter::json(&json!({ ANY: event.to_string() }))),
    bare("JSON in a string in a string", |event| {
        Letter::json(&json!({ ANY: json!({ ANY: event.to_string() }).to_string() }))
    }),
    bare("base64 in a string", |event| Letter::json(&json!({ ANY: base64(&bytes(event)) }))),
    bare("JSON in a part", |event| {
        multipart(&[(format!("name=\"{ANY}\""), "application/json", bytes(event))])
    }),
    bare("an envelope of Sentry", |event| {
        let event = event.to_string();
        let head = json!({ "type": "event", "length": event.len() });
        Letter::post("application/x-sentry-envelope", format!("{{\"sdk\":{{}}}}\n{head}\n{event}\n"))
    }),
    bare("lines of JSON", |event| Letter::post("application/x-ndjson", format!("{{}}\n{event}\n"))),
    bare("UTF-16", |event| {
        let units = std::iter::once(0xfeff).chain(event.to_string().encode_utf16().collect::<Vec<_>>());
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        Letter::post("application/json; charset=utf-16", bytes)
    }),
    bare("a message", |event| Letter::socket(vec![Message::text(event.to_string())])),
    bare("a message, compressed", |event| {
        Letter::socket(vec![Message::Binary(Bytes::from(coded("gzip", &bytes(event))))])
    }),
    bare("a frame of STOMP", |event| {
        let frame = format!("SEND\ndestination:/{ANY}\ncontent-type:application/json\n\n{event}\0");
        Letter::socket(vec![Message::text(frame)])
    }),
    bare("a message of SockJS", |event| {
        Letter::socket(vec![Message::text(json!([event.to_string()]).to_string())])
    }),
    Wrapping {
        name: "a message of Socket.IO",
        root: || vec![Key::Index(1)],
        send: |event| Letter::socket(vec![Message::text(format!("42{}", json!(["q7", event])))]),
    },
];

/// The event in every wrapping.
pub fn probes(word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let members = members(word);
    WRAPPINGS
        .iter()
        .map(|wrapping| {
            let root = (wrapping.root)();
            let mut event = Value::Null;
            let mut carried = Vec::new();
            for (name, category) in &members {
                let mark = marks.next(*category);
                let below = [Key::Member(name.clone())];
                place::put(&mut event, &below, &mark.value);
                let at = [root.as_slice(), &below].concat();
                let place = format!("json:{} in {}", place::pointer(&at), wrapping.name);
                carried.push(Carried { mark, place, expected: word.json(&at, *category) });
            }
            Probe { surface: "wrappings", carried, letter: (wrapping.send)(&event) }
        })
        .collect()
}

/// One name for each category: a well-known one, or one that nobody knows.
fn members(word: &Word<'_>) -> Vec<(String, Category)> {
    let told =
        Category::ALL.into_iter().filter(|category| !matches!(category, Category::Service | Category::Time));
    told.map(|category| match word.known().iter().find(|(known, _)| *known == category) {
        Some((_, name)) => ((*name).to_owned(), category),
        None => (format!("{ANY}_{category}"), Category::Unmapped),
    })
    .collect()
}

fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}

fn encoded(coding: &str, event: &Value) -> Letter {
    Letter::post("application/json", coded(coding, &bytes(event))).with("content-encoding", coding)
}

fn form(value: &str) -> Letter {
    Letter::post("application/x-www-form-urlencoded", pairs([(ANY, value)]))
}

fn query(value: &str) -> Letter {
    Letter::get(format!("/{ANY}?{}", pairs([(ANY, value)])))
}

pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Bytes in a content coding (RFC 9110 §8.4.1); as they are, should the coder fail.
pub fn coded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let done = match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(&mut out, Compression::default());
            encoder.write_all(bytes).and_then(|()| encoder.finish().map(drop))
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(&mut out, Compression::default());
            encoder.write_all(bytes).and_then(|()| encoder.finish().map(drop))
        }
        "br" => {
            brotli::CompressorReader::new(Cursor::new(bytes), 4096, 5, 22).read_to_end(&mut out).map(drop)
        }
        _ => zstd::encode_all(bytes, 3).map(|coded| out = coded),
    };
    if done.is_ok() { out } else { bytes.to_vec() }
}

/// A multipart body of parts: what its disposition says, its type, its content.
pub fn multipart(parts: &[(String, &str, Vec<u8>)]) -> Letter {
    const BOUNDARY: &str = "----quince7quetzal";
    let mut body = Vec::new();
    for (disposition, kind, content) in parts {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Letter::post(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
