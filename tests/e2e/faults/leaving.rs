//! A visitor who leaves takes the work for it along: the vendor sees its connection closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{before, eventually};
use crate::support::{Backend, Frames, request};

/// A backend that says so much of an answer, then waits for its connection to end; how many did.
async fn waiting(words: &'static [u8]) -> (Backend, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let backend = Backend::scripted(move |mut socket, _| {
        let count = Arc::clone(&count);
        async move {
            socket.write_all(words).await.unwrap();
            let mut rest = [0; 1024];
            while socket.read(&mut rest).await.is_ok_and(|read| read > 0) {}
            count.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    (backend, ended)
}

const BEGUN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhal";

#[tokio::test]
async fn a_connection_that_closes_ends_the_request_upstream() {
    for words in [&b""[..], BEGUN] {
        let (backend, ended) = waiting(words).await;
        let privet = before(&[backend.url()], "", "");
        for visitor in [privet.visitor(), privet.plain_visitor()] {
            let mut socket = visitor.connect(b"http/1.1").await;
            socket.write_all(&request("POST /e\nContent-Type: application/json", "{}")).await.unwrap();
            let (asked, over) = (backend.requests().len(), ended.load(Ordering::SeqCst));
            eventually("nobody was asked", || backend.requests().len() > asked || asked > over).await;
            drop(socket);
            eventually("the vendor goes on", || ended.load(Ordering::SeqCst) == over + 1).await;
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_ends_its_request_and_no_other() {
    // RFC 9113 §6.4: RST_STREAM with CANCEL, sent when nobody waits for the answer any more.
    let (backend, ended) = waiting(b"").await;
    let privet = before(&[backend.url()], "", "");
    let h2 = privet.visitor().h2().await;
    let ask = || Request::get("https://vendor.test/e").body(Frames::new(b"", 1, None)).unwrap();
    let mut both = [Box::pin(h2.begin(ask())), Box::pin(h2.begin(ask()))].map(Some);
    eventually_polled(&mut both, || backend.requests().len() == 2).await;
    both[0] = None;
    eventually_polled(&mut both, || ended.load(Ordering::SeqCst) == 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(ended.load(Ordering::SeqCst), 1, "the other stream goes on");
}

/// Waits while requests are under way.
async fn eventually_polled<F: Future + Unpin>(requests: &mut [Option<F>], is_so: impl FnMut() -> bool) {
    let polled = std::future::poll_fn(|cx| {
        for request in requests.iter_mut().flatten() {
            assert!(std::pin::Pin::new(request).poll(cx).is_pending(), "there was an answer");
        }
        std::task::Poll::<()>::Pending
    });
    tokio::select! {
        () = polled => {}
        () = eventually("the vendor does not see it", is_so) => {}
    }
}
