//! HTTP/1.1 as raw bytes: `http1.toml`, a row a message.

use serde::Deserialize;

use crate::received;
use crate::support::Stage;

/// A request that a careless reader would find behind the row's own bytes, and serve.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: vendor.test\r\n\r\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

/// Each letter of a text is one byte, so `\u0000` to `\u00ff` are all there is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    stands_for: String,
    must: Must,
    /// All of it; else it is put together from the rest.
    raw: Option<String>,
    #[serde(default = "start")]
    start: String,
    #[serde(default = "host")]
    host: String,
    #[serde(default)]
    fields: String,
    #[serde(default)]
    body: String,
    /// If only one will do.
    status: Option<u16>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
enum Must {
    /// An error, and the vendor hears nothing.
    Refuse,
    /// The vendor hears exactly one request.
    Pass,
}

fn start() -> String {
    "POST /e HTTP/1.1".to_owned()
}

fn host() -> String {
    "Host: vendor.test\r\n".to_owned()
}

impl Row {
    fn bytes(&self) -> Vec<u8> {
        let put_together = || format!("{}\r\n{}{}\r\n{}", self.start, self.host, self.fields, self.body);
        let mut text = self.raw.clone().unwrap_or_else(put_together);
        if self.must == Must::Refuse {
            text.push_str(HIDDEN);
        }
        text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
    }
}

#[tokio::test]
async fn every_row_is_refused_or_is_one_request() {
    let rows: Rows = toml::from_str(include_str!("http1.toml")).unwrap();
    assert!(rows.row.len() > 100, "{}", rows.row.len());
    let stage = Stage::with("policy = \"strict\"").await;
    let mut wrong = Vec::new();
    for row in &rows.row {
        let bytes = row.bytes();
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        for (visitor, step) in [(stage.visitor(), bytes.len()), (stage.privet.plain_visitor(), 61)] {
            stage.backend.forget();
            let segments: Vec<&[u8]> = bytes.chunks(step).collect();
            let status = visitor.send(&segments).await.status;
            let received = stage.backend.bytes();
            let told = match row.must {
                Must::Refuse if !received.is_empty() => Err("the vendor heard of it".to_owned()),
                Must::Refuse if status != 0 && !(400..600).contains(&status) => Err("not refused".to_owned()),
                Must::Refuse => Ok(()),
                Must::Pass if !(200..300).contains(&status) => Err("not served".to_owned()),
                Must::Pass => received::judge(&received),
            };
            let told = told.and_then(|()| match row.status {
                Some(wanted) if status != wanted => Err(format!("not {wanted}")),
                _ => Ok(()),
            });
            if let Err(why) = told {
                wrong.push(format!(
                    "{} ({}): {status}, {why}: {shown:?}",
                    row.stands_for,
                    step == bytes.len()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.row.len() * 2, wrong.join("\n"));
}
