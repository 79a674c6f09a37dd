//! Bombs in wrappings, and many small ones: what all layers and all pieces of a body hold is bounded together.

use crate::makers::{self, DECODED};
use crate::range::Range;

const LIMIT: usize = 1 << 20;
/// What one of many bombs holds.
const SMALL: usize = 128 << 10;
const JSON: &str = "Content-Type: application/json";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const PARTS: &str = "Content-Type: multipart/form-data; boundary=b";

fn twice(bomb: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bomb).unwrap();
    encoder.finish().unwrap()
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A form of these parts.
fn form(contents: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for content in contents {
        body.extend(b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    body
}

#[tokio::test]
async fn a_bomb_in_wrappings_ends_at_the_limit() {
    let range = Range::new("nested", LIMIT, "").await;
    let bomb = makers::gzip(DECODED);
    let (word, string) = (makers::base64(&bomb), makers::json(&makers::latin1(&bomb)));
    let document = format!("{{\"data\":\"{word}\"}}");
    for (fields, body) in [
        (&*format!("{JSON}\nContent-Encoding: gzip"), twice(&bomb)),
        (&*format!("{JSON}\nContent-Encoding: gzip, gzip"), twice(&bomb)),
        (JSON, document.clone().into_bytes()),
        (FORM, format!("a=1&data={}", percent(&word)).into_bytes()),
        (FORM, format!("data={}", percent(&document)).into_bytes()),
        (FORM, format!("data={}", makers::base64(document.as_bytes())).into_bytes()),
        (JSON, format!("{{\"data\":{string}}}").into_bytes()),
        (JSON, format!("{{\"a\":{}}}", makers::json(&format!("{{\"data\":{string}}}"))).into_bytes()),
        ("Content-Type: text/plain", word.clone().into_bytes()),
        (PARTS, form(&[&bomb])),
        (PARTS, form(&[word.as_bytes()])),
    ] {
        assert_eq!(range.throw(fields, &body).await, 413, "{fields}");
    }
    range.stands(1).await;
}

#[tokio::test]
async fn what_many_small_bombs_hold_is_bounded_in_sum() {
    let range = Range::new("small", LIMIT, "").await;
    // Each is far below the limit by itself; 500 of them hold 64 times as much or more.
    let small = [makers::gzip(SMALL), makers::zlib(SMALL), makers::zstd(4 * SMALL, 20)];
    let many = |piece: &str, between: &str| vec![piece; 500].join(between);
    for bomb in &small {
        let (word, string) = (makers::base64(bomb), makers::json(&makers::latin1(bomb)));
        let member = format!("{{\"d\":\"{word}\"}}");
        for (fields, body) in [
            (JSON, format!("[{}]", many(&format!("\"{word}\""), ","))),
            (JSON, format!("[{}]", many(&string, ","))),
            (FORM, many(&format!("a={}", percent(&word)), "&")),
            ("Content-Type: application/x-ndjson", many(&member, "\n")),
            ("Content-Type: text/plain", many(&word, " ")),
        ] {
            assert_eq!(range.throw(fields, body.as_bytes()).await, 413, "{fields}");
        }
        assert_eq!(range.throw(PARTS, &form(&vec![&bomb[..]; 500])).await, 413);
    }
    range.stands(1).await;
}

#[tokio::test]
async fn a_small_bomb_that_turns_out_to_be_broken_counts_all_the_same() {
    let range = Range::new("broken", LIMIT, "").await;
    // What only looked like a wrapping is read as the word it is, but the work was done.
    let word = makers::base64(&makers::broken(makers::zlib(SMALL)));
    let words = vec![format!("\"{word}\""); 500].join(",");
    assert_eq!(range.throw(JSON, format!("[{words}]").as_bytes()).await, 413);
    range.stands(1).await;
}

#[tokio::test]
async fn codings_upon_one_another_are_counted() {
    let range = Range::new("stacked", LIMIT, "").await;
    let stacked = (0..20).fold(b"{}".to_vec(), |inner, _| twice(&inner));
    assert_eq!(range.throw(JSON, &stacked).await, 400);
    let declared = vec!["gzip"; 20].join(", ");
    assert_eq!(range.throw(&format!("{JSON}\nContent-Encoding: {declared}"), &stacked).await, 400);
    range.stands(1).await;
}
