//! The backend's failures end in an answer that says which leg failed, never in half an answer that looks whole.

use std::time::Duration;

use http::Request;
use tokio::io::AsyncWriteExt;

use crate::support::{Backend, Frames, Stage};

const HALF: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhal";
const HALF_CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhal\r\n";

fn before(backend: Backend) -> Stage {
    Stage::before(backend, "policy = \"strict\"", "[limits]\nupstream_response = \"300ms\"")
}

/// A backend that says so much and leaves.
async fn leaving_after(words: &'static [u8]) -> Stage {
    before(
        Backend::scripted(move |mut socket, _| async move {
            let _ = socket.write_all(words).await;
            let _ = socket.shutdown().await;
        })
        .await,
    )
}

#[tokio::test]
async fn a_backend_that_is_down_is_a_bad_gateway() {
    let backend = Backend::start().await;
    let mut nobody = backend.clone();
    // A port that was free a moment ago.
    nobody.address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let answer = before(nobody).visitor().ask("GET /e", "").await;
    assert_eq!((answer.status, &*answer.text()), (502, "upstream: cannot connect\n"));
}

#[tokio::test]
async fn a_backend_that_says_nothing_is_a_gateway_timeout() {
    let stage = before(
        Backend::scripted(|socket, _| async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(socket);
        })
        .await,
    );
    let answer = stage.visitor().ask("GET /e", "").await;
    assert_eq!(answer.status, 504);
    assert!(answer.text().starts_with("upstream: "), "{}", answer.text());
}

#[tokio::test]
async fn a_backend_that_leaves_or_talks_nonsense_is_a_bad_gateway() {
    for words in [
        &b""[..],
        b"HTTP/1.1 200 O",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nok",
    ] {
        let answer = leaving_after(words).await.visitor().ask("GET /e", "").await;
        assert_eq!(answer.status, 502, "{}", String::from_utf8_lossy(words));
        assert!(answer.text().starts_with("upstream: "), "{}", answer.text());
    }
}

#[tokio::test]
async fn half_an_answer_never_looks_whole() {
    for words in [HALF, HALF_CHUNKED] {
        let stage = leaving_after(words).await;
        let answer = stage.visitor().ask("GET /e", "").await;
        assert!(!answer.whole, "{answer:?}");
        let request = Request::get("https://vendor.test/e").body(Frames::new(b"", 1, None)).unwrap();
        assert!(stage.visitor().h2().await.send(request).await.is_err());
    }
}

#[tokio::test]
async fn a_backend_that_failed_once_is_asked_again() {
    let stage = leaving_after(b"").await;
    assert_eq!(stage.visitor().ask("GET /e", "").await.status, 502);
    let whole = Stage::with("policy = \"strict\"").await;
    assert_eq!(whole.visitor().ask("GET /e", "").await.status, 200);
    assert_eq!(stage.visitor().ask("GET /e", "").await.status, 502);
    assert_eq!(stage.backend.requests().len(), 2, "a request was sent more than once");
}

#[tokio::test]
async fn an_error_names_nothing_of_the_request() {
    let stage = leaving_after(b"").await;
    for (head, body) in [
        ("GET /secretpath?q=secretquery\nCookie: secretcookie=1", ""),
        ("POST /e\nContent-Type: application/json", "{\"secretname\":secretvalue}"),
        ("POST /e\nContent-Type: secret/type", "secret"),
    ] {
        let answer = stage.visitor().ask(head, body).await;
        assert!(
            answer.status >= 400 && !String::from_utf8_lossy(&answer.message.raw).contains("secret"),
            "{answer:?}"
        );
    }
}
