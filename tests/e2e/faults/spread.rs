//! Several upstreams of one route: whose turn it is, who is left out, and who comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use super::{before, eventually, line, nobody, two};
use crate::support::Backend;

const JSON: &str = "POST /e\nContent-Type: application/json";

fn counts(backends: &[Backend]) -> Vec<usize> {
    backends.iter().map(|backend| backend.requests().len()).collect()
}

/// A backend that leaves without a word for as long as the switch says so.
async fn failing(fails: &Arc<AtomicBool>) -> Backend {
    let fails = Arc::clone(fails);
    Backend::scripted(move |mut socket, _| {
        let fails = Arc::clone(&fails);
        async move {
            if !fails.load(Ordering::SeqCst) {
                let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn requests_take_turns() {
    let backends = two().await;
    let privet = before(&[backends[0].url(), backends[1].url()], "", "");
    for _ in 0..6 {
        assert_eq!(privet.visitor().ask(JSON, "{}").await.status, 200);
    }
    assert_eq!(counts(&backends), [3, 3]);
    let hosts: Vec<_> =
        backends.iter().map(|backend| backend.requests()[0].field("host").map(str::to_owned)).collect();
    assert_eq!(
        hosts,
        backends.each_ref().map(|backend| Some(backend.address.to_string())),
        "each by its own name"
    );
}

#[tokio::test]
async fn the_one_that_is_busy_is_spared() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let slow = Backend::scripted(move |mut socket, _| {
        let held = Arc::clone(&held);
        async move {
            let _open = held.acquire().await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let quick = Backend::start().await;
    let privet = before(&[slow.url(), quick.url()], "", "");
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let visitor = privet.visitor();
            tokio::spawn(async move { visitor.ask(JSON, "{}").await.status })
        })
        .collect();
    eventually("one of two waits", || slow.requests().len() == 1 && quick.requests().len() == 1).await;
    for _ in 0..4 {
        assert_eq!(privet.visitor().ask(JSON, "{}").await.status, 200);
    }
    assert_eq!((slow.requests().len(), quick.requests().len()), (1, 5));
    gate.add_permits(1);
    for one in waiting {
        assert_eq!(one.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn what_a_dead_upstream_never_saw_reaches_the_other_once() {
    let (dead, backend) = (nobody().await, Backend::start().await);
    let privet = before(&[dead.clone(), backend.url()], "ejection = { failures = 3, time = \"1h\" }", "");
    for number in 0..12 {
        let answer =
            privet.visitor().ask(&format!("POST /{number}\nContent-Type: application/json"), "{}").await;
        assert_eq!(answer.status, 200);
    }
    let asked: Vec<_> = backend.requests().into_iter().map(|request| request.start).collect();
    let expected: Vec<_> = (0..12).map(|number| format!("POST /{number} HTTP/1.1")).collect();
    assert_eq!(asked, expected, "none lost, none twice");
    let failures = privet.count(&line("upstream_failures_total", &dead, ",reason=\"upstream_connect\""));
    assert_eq!(failures, 3, "then it was out");
    assert_eq!(privet.count("privet_upstream_retries_total{route=\"vendor\"}"), 3);
    assert_eq!(privet.count(&line("upstream_up", &dead, "")), 0);
    assert_eq!(privet.count(&line("upstream_up", &backend.url(), "")), 1);
}

#[tokio::test]
async fn an_upstream_that_fails_is_out_for_a_while_and_comes_back_by_itself() {
    let fails = Arc::new(AtomicBool::new(true));
    let (bad, good) = (failing(&fails).await, Backend::start().await);
    let ejection = "ejection = { failures = 2, time = \"400ms\", longest = \"400ms\" }";
    let privet = before(&[bad.url(), good.url()], ejection, "");
    let up = line("upstream_up", &bad.url(), "");
    let mut failed = 0;
    while privet.count(&up) == 1 {
        // A POST that was written is never sent twice, so its failure is the visitor's.
        failed += usize::from(privet.visitor().ask(JSON, "{}").await.status == 502);
        assert!(failed <= 2);
    }
    assert_eq!((failed, bad.requests().len()), (2, 2));
    assert_eq!(privet.count(&line("upstream_ejections_total", &bad.url(), "")), 1);
    fails.store(false, Ordering::SeqCst);
    // Nobody asks for it: it comes back all the same.
    eventually("it stays out", || privet.count(&up) == 1).await;
    for _ in 0..4 {
        assert_eq!(privet.visitor().ask(JSON, "{}").await.status, 200);
    }
    assert_eq!(bad.requests().len(), 4);
}

#[tokio::test]
async fn when_all_are_out_one_is_tried_all_the_same() {
    let fails = Arc::new(AtomicBool::new(true));
    let backends = [failing(&fails).await, failing(&fails).await];
    let urls = [backends[0].url(), backends[1].url()];
    let privet = before(&urls, "ejection = { failures = 1, time = \"1h\" }", "");
    for _ in 0..2 {
        assert_eq!(privet.visitor().ask(JSON, "{}").await.status, 502);
    }
    assert!(urls.iter().all(|url| privet.count(&line("upstream_up", url, "")) == 0), "both are out");
    fails.store(false, Ordering::SeqCst);
    assert_eq!(privet.visitor().ask(JSON, "{}").await.status, 200);
}

#[tokio::test]
async fn an_upstream_that_says_it_cannot_serve_is_left_out_too() {
    let tired = Backend::answering("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n").await;
    let wrong = Backend::answering("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n").await;
    let privet = before(&[tired.url(), wrong.url()], "ejection = { failures = 2, time = \"1h\" }", "");
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(privet.visitor().ask(JSON, "{}").await.status);
    }
    // RFC 9110 §15.6: 503 is about the server, 500 may be about the request.
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 2, "{statuses:?}");
}

#[tokio::test]
async fn a_visitor_of_a_sticky_route_stays_with_one_upstream() {
    let backends = two().await;
    let privet = before(&[backends[0].url(), backends[1].url()], "sticky = true", "");
    let mut used = [0, 0];
    for visitor in 1..=24 {
        let came: Vec<Vec<usize>> = {
            let mut came = Vec::new();
            for _ in 0..3 {
                let before = counts(&backends);
                let head = format!(
                    "POST /socket.io/\nContent-Type: application/json\nX-Forwarded-For: 203.0.113.{visitor}"
                );
                assert_eq!(privet.plain_visitor().ask(&head, "{}").await.status, 200);
                came.push(counts(&backends).iter().zip(before).map(|(now, then)| now - then).collect());
            }
            came
        };
        assert!(came.iter().all(|one| *one == came[0]), "{came:?}");
        used[usize::from(came[0][1] == 1)] += 1;
    }
    assert!(used.iter().all(|count| *count > 0), "all visitors on one upstream: {used:?}");
}

#[tokio::test]
async fn a_sticky_visitor_whose_upstream_is_gone_is_served_by_another() {
    let (dead, backend) = (nobody().await, Backend::start().await);
    let privet = before(&[dead, backend.url()], "sticky = true", "");
    for visitor in 1..=12 {
        let head = format!("GET /e\nX-Forwarded-For: 203.0.113.{visitor}");
        assert_eq!(privet.plain_visitor().ask(&head, "").await.status, 200);
    }
    assert_eq!(backend.requests().len(), 12);
}

#[tokio::test]
async fn a_redirect_to_another_of_the_routes_upstreams_stays_in_the_route() {
    let [first, second] = two().await;
    for backend in [&first, &second] {
        backend.answer_with(format!(
            "HTTP/1.1 302 Found\r\nlocation: {}/there\r\ncontent-length: 0\r\n\r\n",
            second.url()
        ));
    }
    let privet = before(&[first.url(), second.url()], "", "");
    for _ in 0..2 {
        let answer = privet.visitor().ask("GET /here", "").await;
        assert_eq!((answer.status, answer.field("location")), (302, Some("/there")));
    }
}

/// A wish for a socket, on a connection that goes on.
fn wish() -> String {
    let head = "GET /socket\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n\
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let request = String::from_utf8(crate::support::request(head, "")).unwrap();
    request.replace("Connection: close\r\n", "")
}

#[tokio::test]
async fn a_socket_is_opened_at_an_upstream_that_lives() {
    let (dead, backend) = (nobody().await, Backend::start().await);
    let privet = before(&[dead, backend.url()], "", "");
    for _ in 0..2 {
        // What answers here grants no socket, but it is asked.
        assert_eq!(privet.visitor().send(&[wish()]).await.status, 200);
    }
    assert_eq!(backend.requests().len(), 2);
}

#[tokio::test]
async fn a_wish_for_a_socket_that_was_sent_is_not_sent_again() {
    let fails = Arc::new(AtomicBool::new(true));
    let (bad, good) = (failing(&fails).await, Backend::start().await);
    let privet = before(&[bad.url(), good.url()], "", "");
    assert_eq!(privet.visitor().send(&[wish()]).await.status, 502);
    assert_eq!((bad.requests().len(), good.requests().len()), (1, 0));
}
