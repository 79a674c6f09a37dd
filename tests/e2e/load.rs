//! Many requests at once: none is lost, none is mixed up, each has its line in the log, connections are used again, and
//! memory stays as it was.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;

use crate::support::{Backend, Program, Visitor, visitor};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 10_000;
/// Far more than noise, far less than a leak of what passed.
const GROWTH: usize = 24 << 20;

/// Sends so many requests over so many connections; how many were answered well.
async fn send(visitor: Visitor, requests: usize) -> usize {
    let left = Arc::new(AtomicUsize::new(requests));
    let connections: Vec<_> =
        (0..CONNECTIONS).map(|_| tokio::spawn(converse(visitor, left.clone()))).collect();
    let mut answered = 0;
    for connection in connections {
        answered += connection.await.unwrap();
    }
    answered
}

async fn converse(visitor: Visitor, left: Arc<AtomicUsize>) -> usize {
    let mut socket = visitor.connect(b"http/1.1").await;
    let mut answered = 0;
    while let Ok(number) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
    {
        let body = format!(
            "{{\"n\":{number},\"ip\":\"203.0.113.77\",\"page\":\"https://shop.example/a?b=c\",\"pad\":\"{}\"}}",
            "x ".repeat(300)
        );
        let head = "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: application/json\r\n";
        let request =
            format!("{head}User-Agent: Mozilla/5.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        socket.write_all(request.as_bytes()).await.unwrap();
        answered += usize::from(visitor::read(&mut *socket, false).await.status == 200);
    }
    answered
}

#[tokio::test]
async fn ten_thousand_requests_over_sixty_four_connections_lose_none_and_leave_memory_as_it_was() {
    let backend = Backend::start().await;
    let settings = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[server]\nworkers = 2\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n",
        backend.url()
    );
    let mut program = Program::run("load", &settings, 1).await;
    let visitor = Visitor::new(program.addresses[0], false);
    assert_eq!(send(visitor, REQUESTS / 10).await, REQUESTS / 10);
    backend.forget();
    let before = program.memory("VmRSS");
    assert_eq!(send(visitor, REQUESTS).await, REQUESTS);
    let after = program.memory("VmRSS");

    let mut numbers: Vec<usize> = Vec::new();
    for request in backend.requests() {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body.get("ip"), None);
        numbers.push(usize::try_from(body["n"].as_u64().unwrap()).unwrap());
    }
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=REQUESTS), "a request was lost or doubled");
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after < before + GROWTH, "resident memory grew from {before} to {after} bytes");
    }
    // Twice, for the second time other workers may have other shares of the visitors.
    let opened = backend.connections();
    assert!(opened <= 2 * CONNECTIONS, "{opened} connections were opened for {REQUESTS} requests");
    program.signal("TERM");
    assert_eq!(program.code().await, Some(0));
    assert_eq!(program.count_told("exchange").await, REQUESTS / 10 + REQUESTS, "a line of the log was lost");
}
