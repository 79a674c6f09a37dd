//! A vendor's answer that does not come as it should: a clear end, and never one that looks clean.
//!
//! RFC 9112 §6.3 and §8: a message whose framing is not fulfilled is incomplete, and is told as such to whoever waits.

use std::time::Duration;

use http::Request;
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{before, line};
use crate::support::{Backend, Frames};

/// How a vendor leaves.
#[derive(Clone, Copy, Debug)]
enum Way {
    Reset,
    HalfClose,
    Stall,
}

async fn leave(mut socket: TcpStream, way: Way) {
    match way {
        Way::Reset => SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap(),
        Way::HalfClose => {
            socket.shutdown().await.unwrap();
            std::future::pending().await
        }
        Way::Stall => std::future::pending().await,
    }
}

async fn saying(words: &'static [u8], way: Way) -> Backend {
    Backend::scripted(move |mut socket, _| async move {
        let _ = socket.write_all(words).await;
        let _ = socket.flush().await;
        leave(socket, way).await;
    })
    .await
}

const SHORT: &str = "[limits]\nupstream_response = \"300ms\"\nupstream_silence = \"300ms\"";

#[tokio::test]
async fn before_its_head_a_failure_has_a_status() {
    for (words, way, status, reason) in [
        (&b""[..], Way::Reset, 502, "upstream_lost"),
        (b"", Way::HalfClose, 502, "upstream_lost"),
        (b"", Way::Stall, 504, "upstream_answer_timeout"),
        (b"HTTP/1.1 200 O", Way::Reset, 502, "upstream_lost"),
        (b"HTTP/1.1 200 OK\r\nx: y\r\n", Way::HalfClose, 502, "upstream_lost"),
        (b"HTTP/1.1 200 OK\r\nx: y\r\n", Way::Stall, 504, "upstream_answer_timeout"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Way::Stall, 502, "upstream_answer"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            Way::Stall,
            502,
            "upstream_answer",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab", Way::Stall, 502, "upstream_answer"),
        (b"HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", Way::Stall, 502, "upstream_answer"),
    ] {
        let backend = saying(words, way).await;
        let privet = before(&[backend.url()], "", SHORT);
        let answer = privet.visitor().ask("GET /e", "").await;
        assert_eq!(answer.status, status, "{} {way:?}", String::from_utf8_lossy(words));
        let counted = line("upstream_failures_total", &backend.url(), &format!(",reason=\"{reason}\""));
        assert_eq!(privet.count(&counted), 1, "{} {way:?}", String::from_utf8_lossy(words));
    }
}

#[tokio::test]
async fn after_its_head_an_answer_breaks_off_for_both_versions_of_http() {
    const LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhal";
    const CHUNKS: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhal\r\n";
    const GARBAGE: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhal\r\nxyz\r\n";
    for (words, way, reason) in [
        (LENGTH, Way::Reset, "answer_cut"),
        (LENGTH, Way::HalfClose, "answer_cut"),
        (LENGTH, Way::Stall, "answer_silent"),
        (CHUNKS, Way::Reset, "answer_cut"),
        (CHUNKS, Way::HalfClose, "answer_cut"),
        (CHUNKS, Way::Stall, "answer_silent"),
        (GARBAGE, Way::Stall, "answer_cut"),
    ] {
        let backend = saying(words, way).await;
        let privet = before(&[backend.url()], "", SHORT);
        let answer = privet.visitor().ask("GET /e", "").await;
        assert!(!answer.whole, "{way:?}: {answer:?}");
        let request = Request::get("https://vendor.test/e").body(Frames::new(b"", 1, None)).unwrap();
        assert!(privet.visitor().h2().await.send(request).await.is_err(), "{way:?}");
        let counted = line("upstream_failures_total", &backend.url(), &format!(",reason=\"{reason}\""));
        assert_eq!(privet.count(&counted), 2, "{way:?}");
    }
}

#[tokio::test]
async fn an_answer_that_rules_are_to_read_ends_in_a_status_though_it_broke_off() {
    const HALF: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"a\"";
    let rule = "[[route.rule]]\nselect = \"response-json:/a\"\naction = \"remove\"";
    let limits = "[limits]\nupstream_response = \"300ms\"";
    for (way, status) in [(Way::Reset, 502), (Way::HalfClose, 502), (Way::Stall, 504)] {
        let privet = before(&[saying(HALF, way).await.url()], rule, limits);
        assert_eq!(privet.visitor().ask("GET /e", "").await.status, status, "{way:?}");
    }
}

#[tokio::test]
async fn what_a_vendor_says_beyond_its_length_reaches_nobody() {
    const MORE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok\
        HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nevil";
    let backend = saying(MORE, Way::Stall).await;
    let privet = before(&[backend.url()], "", "");
    for _ in 0..3 {
        let answer = privet.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, answer.whole, &*answer.text()), (200, true, "ok"));
    }
    assert_eq!(backend.connections(), 3, "a connection that says too much is not used again");
}

#[tokio::test]
async fn an_interim_answer_is_not_the_answer() {
    // RFC 9110 §15.2: any number of them may come before it.
    const HINTS: &[u8] =
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";
    let privet = before(&[saying(HINTS, Way::Stall).await.url()], "", "");
    let answer = privet.visitor().ask("GET /e", "").await;
    assert_eq!((answer.status, &*answer.text()), (200, "ok"));
}
