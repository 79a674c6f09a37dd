//! Who says too much before asking: heads, targets, fields, and what HPACK makes of little.

use crate::frames::{self, END_HEADERS, END_STREAM, HEADERS, Wire, frame};
use crate::house::House;

fn with(fields: &str) -> String {
    format!("GET /e HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n{fields}\r\n")
}

/// RFC 6585 §5: one field, many fields, one target.
#[tokio::test]
async fn a_head_beyond_its_bound_is_refused_and_one_within_passes() {
    let house = House::within("heads", "head = \"16KiB\"").await;
    let long = "x".repeat(64 << 10);
    for head in [
        with(&format!("X: {long}\r\n")),
        with(&"A: b\r\n".repeat(5000)),
        with(&format!("{}: y\r\n", "x".repeat(64 << 10))),
        with(&(0..300).map(|n| format!("X-{n}: y\r\n")).collect::<String>()),
        format!("GET /{long} HTTP/1.1\r\nHost: vendor.test\r\n\r\n"),
    ] {
        let answer = house.visitor().send(&[head]).await;
        assert!(matches!(answer.status, 414 | 431), "{}", answer.status);
    }
    house.has_cut("large_head", 5).await;
    let fine = with(&format!("X: {}\r\n", "x".repeat(15 << 10)));
    assert_eq!(house.visitor().send(&[fine]).await.status, 200);
    house.stands().await;
}

#[tokio::test]
async fn over_http2_a_head_beyond_its_bound_is_refused() {
    let house = House::within("heads-h2", "head = \"8KiB\"").await;
    let value = "x".repeat(9000);
    let fields = frames::asking("GET").into_iter().chain([("x", &*value)]);
    let mut wire = Wire::open(&house.visitor(), &[]).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, frames::block(fields))).await;
    assert_eq!(wire.answer(1).await, Some(431));
    house.stands().await;
}

/// CVE-2016-6581, CVE-2025-53864 and their like: a few bytes that name a large value in the table again and again.
#[tokio::test]
async fn a_block_that_unpacks_to_much_is_refused() {
    let house = House::within("hpack-bomb", "").await;
    let before = house.backend.requests().len();
    // A value of 3000 bytes into the table (RFC 7541 §6.2.1), then ten thousand times by its index.
    let mut block = frames::block(frames::asking("GET"));
    let mut entry = frames::block([("x", "x".repeat(3000))]);
    entry[0] = 0x40;
    block.extend(entry);
    block.extend([0xbe; 10_000]);
    for _ in 0..20 {
        let mut wire = Wire::open(&house.visitor(), &[]).await;
        wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)).await;
        let status = wire.answer(1).await;
        assert!(matches!(status, None | Some(431)), "{status:?}");
    }
    assert_eq!(house.backend.requests().len(), before);
    house.stands().await;
}

/// CVE-2019-9516: fields of nothing, which cost what they do not weigh.
#[tokio::test]
async fn fields_of_nothing_are_refused() {
    let house = House::within("empty-fields", "").await;
    let before = house.backend.requests().len();
    let block = [frames::block(frames::asking("GET")), [0, 0, 0].repeat(4000)].concat();
    let mut wire = Wire::open(&house.visitor(), &[]).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)).await;
    assert!(!matches!(wire.answer(1).await, Some(200)));
    assert_eq!(house.backend.requests().len(), before);
    house.stands().await;
}
