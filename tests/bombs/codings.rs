//! Content codings: 200 MiB in a few kilobytes are refused at the body limit.

use crate::makers::{self, DECODED};
use crate::range::Range;

const LIMIT: usize = 4 << 20;
const JSON: &str = "Content-Type: application/json";

#[tokio::test]
async fn each_coding_ends_at_the_limit() {
    let range = Range::new("codings", LIMIT, "").await;
    for (name, bomb) in [
        ("gzip", makers::gzip(DECODED)),
        ("deflate", makers::zlib(DECODED)),
        ("deflate", makers::deflate(DECODED)),
        ("br", makers::brotli()),
        ("zstd", makers::zstd(DECODED, 20)),
        // The largest window that HTTP may use (RFC 9659 §3).
        ("zstd", makers::zstd(DECODED, 23)),
    ] {
        assert!(bomb.len() < 1 << 20, "{name}");
        let fields = format!("{JSON}\nContent-Encoding: {name}");
        assert_eq!(range.throw(&fields, &bomb).await, 413, "{name}");
    }
    range.stands(1).await;
}

#[tokio::test]
async fn a_coding_that_is_not_declared_ends_there_too() {
    let range = Range::new("undeclared", LIMIT, "").await;
    for bomb in [makers::gzip(DECODED), makers::zlib(DECODED), makers::zstd(DECODED, 20)] {
        assert_eq!(range.throw("Content-Type: text/plain", &bomb).await, 413);
    }
    assert_eq!(
        range.throw("Content-Type: text/plain\nContent-Encoding: identity", &makers::gzip(DECODED)).await,
        413
    );
    range.stands(1).await;
}

#[tokio::test]
async fn a_window_that_is_larger_than_http_allows_is_not_made() {
    let range = Range::new("windows", LIMIT, "").await;
    // A frame that says its size first, and says a terabyte.
    let vast = b"\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\x01\0\0\x03\0\x10\x20".to_vec();
    for bomb in [makers::zstd(DECODED, 24), makers::zstd(DECODED, 27), makers::zstd(DECODED, 41), vast] {
        assert_eq!(range.throw(&format!("{JSON}\nContent-Encoding: zstd"), &bomb).await, 400);
    }
    range.stands(1).await;
}
