//! Requests in HTTP/2, and what of them becomes HTTP/1.1 toward the vendor: `http2.toml`, a row a request.

use serde::Deserialize;

use crate::frames::{DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, Wire, block, frame};
use crate::received;
use crate::support::Stage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    stands_for: String,
    must: Must,
    fields: Option<Vec<[String; 2]>>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    with: Vec<[String; 2]>,
    #[serde(default)]
    data: Vec<String>,
    trailers: Option<Vec<[String; 2]>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
enum Must {
    Refuse,
    Pass,
}

/// Each letter is one byte.
fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

fn encoded(fields: &[[String; 2]]) -> Vec<u8> {
    block(fields.iter().map(|[name, value]| (latin(name), latin(value))))
}

impl Row {
    fn bytes(&self) -> Vec<u8> {
        let method = if self.data.is_empty() { "GET" } else { "POST" };
        let plain = crate::frames::asking(method).map(|(name, value)| [name.to_owned(), value.to_owned()]);
        let fields = self.fields.clone().unwrap_or(plain.to_vec()).into_iter();
        let fields: Vec<_> = fields
            .filter(|[name, _]| !self.without.contains(name))
            .chain(self.with.iter().cloned())
            .collect();
        let ends = |is_last| if is_last { END_STREAM } else { 0 };
        let is_short = self.data.is_empty() && self.trailers.is_none();
        let mut bytes = frame(HEADERS, END_HEADERS | ends(is_short), 1, encoded(&fields));
        for (index, data) in self.data.iter().enumerate() {
            let is_last = index + 1 == self.data.len() && self.trailers.is_none();
            bytes.extend(frame(DATA, ends(is_last), 1, latin(data)));
        }
        if let Some(trailers) = &self.trailers {
            bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, 1, encoded(trailers)));
        }
        bytes
    }
}

/// The status of the answer, or 0 where the stream or the connection was ended instead.
async fn asked(wire: &mut Wire, bytes: &[u8]) -> u16 {
    wire.send(bytes).await;
    let first =
        wire.await_frame(|frame| frame.stream == 1 && matches!(frame.kind, HEADERS | RST_STREAM)).await;
    first.filter(|frame| frame.kind == HEADERS).map_or(0, |frame| frame.status())
}

#[tokio::test]
async fn every_row_is_refused_or_is_one_request() {
    let rows: Rows = toml::from_str(include_str!("http2.toml")).unwrap();
    assert!(rows.row.len() > 70, "{}", rows.row.len());
    let stage = Stage::with("policy = \"strict\"").await;
    let mut wrong = Vec::new();
    for row in &rows.row {
        stage.backend.forget();
        let status = asked(&mut Wire::open(&stage.visitor(), &[]).await, &row.bytes()).await;
        let received = stage.backend.bytes();
        let told = match row.must {
            Must::Refuse if !received.is_empty() => Err("the vendor heard of it".to_owned()),
            Must::Refuse if status != 0 && !(400..600).contains(&status) => Err("not refused".to_owned()),
            Must::Refuse => Ok(()),
            Must::Pass if !(200..300).contains(&status) => Err("not served".to_owned()),
            Must::Pass => received::judge(&received),
        };
        if let Err(why) = told {
            wrong.push(format!("{}: {status}, {why}", row.stands_for));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.row.len(), wrong.join("\n"));
}

/// RFC 9113 §8.3: they are malformed there. hyper drops them unseen, as privet drops all trailers, so nothing of them
/// leaves.
#[tokio::test]
async fn pseudo_headers_in_trailers_are_dropped_with_them() {
    let stage = Stage::with("policy = \"strict\"").await;
    for name in [":path", ":status", ":method", ":authority"] {
        stage.backend.forget();
        let trailers = Some(vec![[name.to_owned(), "/hidden".to_owned()]]);
        let (stands_for, must, data) = (String::new(), Must::Pass, vec!["hello".to_owned()]);
        let (fields, without, with) = Default::default();
        let row = Row { stands_for, must, fields, without, with, data, trailers };
        asked(&mut Wire::open(&stage.visitor(), &[]).await, &row.bytes()).await;
        let received = stage.backend.bytes();
        assert!(received.is_empty() || received::judge(&received) == Ok(()), "{name}");
        assert!(!String::from_utf8_lossy(&received).contains("hidden"), "{name}");
    }
}
