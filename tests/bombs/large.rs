//! Bodies of 64 MiB: refused early where the limit is the ordinary one, treated where a route allows them.

use http::Request;
use tokio::io::AsyncWriteExt;

use crate::range::{Range, request};
use crate::support::{Frames, visitor};

const ORDINARY: usize = 8 << 20;
const LARGE: usize = 64 << 20;

/// A photograph with a place in it, of so many bytes.
pub fn photograph(size: usize) -> Vec<u8> {
    let mut picture = b"\xff\xd8\xff\xe1\0\x13Exif\0\0PLACE52N13E".to_vec();
    picture.extend(b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0");
    picture.resize(size - 2, 0x55);
    picture.extend(b"\xff\xd9");
    picture
}

/// The same bytes in chunks.
fn chunked(fields: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = visitor::request(&format!("POST /e\n{fields}\nTransfer-Encoding: chunked"), "");
    for piece in body.chunks(1 << 20) {
        bytes.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

fn by_h2(body: &[u8]) -> Request<Frames> {
    let request = Request::post("https://vendor.test/e").header("content-type", "image/jpeg");
    request.body(Frames::new(body, 16 << 10, None)).unwrap()
}

#[tokio::test]
async fn sixty_four_mebibytes_are_refused_before_they_are_read() {
    let range = Range::new("early", ORDINARY, "").await;
    let body = photograph(LARGE);
    // Only the head is sent: the length in it is enough to know.
    let head = format!("POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Length: {LARGE}\r\n\r\n");
    let mut socket = range.visitor().connect(b"http/1.1").await;
    socket.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(visitor::read(&mut *socket, false).await.status, 413);
    // In chunks, only what passes the limit is sent.
    let mut socket = range.visitor().connect(b"http/1.1").await;
    let chunks = chunked("Content-Type: image/jpeg", &body);
    socket.write_all(&chunks[..ORDINARY + (1 << 20)]).await.unwrap();
    assert_eq!(visitor::read(&mut *socket, false).await.status, 413);
    let answer = range.tls_visitor().h2().await.send(by_h2(&body)).await;
    assert!(answer.is_err() || answer.unwrap().status == 413);
    assert!(range.backend().requests().is_empty());
    range.stands(1).await;
}

#[tokio::test]
async fn sixty_four_mebibytes_are_treated_where_a_route_allows_them() {
    let range = Range::new("allowed", LARGE, "").await;
    let body = photograph(LARGE);
    let fields = "Content-Type: image/jpeg";
    assert_eq!(range.visitor().send(&[request(fields, &body)]).await.status, 200);
    assert_eq!(range.visitor().send(&[chunked(fields, &body)]).await.status, 200);
    assert_eq!(range.tls_visitor().h2().await.send(by_h2(&body)).await.unwrap().status, 200);
    let left = range.backend().requests();
    assert_eq!(left.len(), 3);
    for request in left {
        // All but the segment with the place.
        assert_eq!(request.body.len(), LARGE - 21);
        assert!(request.body.starts_with(b"\xff\xd8\xff\xc0"));
    }
    range.stands(1).await;
}
