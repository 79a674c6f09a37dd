//! A pooled connection that the vendor closes as privet writes: what goes out once more, and what never does.
//!
//! RFC 9110 §9.2.2, RFC 9112 §9.3.1. What counts is what the vendor received.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::before;
use crate::support::{Backend, wire};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Answers so many requests of each connection, then takes one more and leaves without a word.
#[derive(Clone)]
struct Leaver {
    url: String,
    /// Each connection's requests by their first line.
    heard: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Leaver {
    async fn after(answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let leaver = Self { url, heard: Arc::default() };
        let listening = leaver.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let mut heard = listening.heard.lock().unwrap();
                heard.push(Vec::new());
                tokio::spawn(listening.clone().converse(socket, heard.len() - 1, answers));
            }
        });
        leaver
    }

    async fn converse(self, mut socket: TcpStream, number: usize, answers: usize) {
        let mut unread = Vec::new();
        for answered in 0.. {
            let request = loop {
                match wire::take(&mut unread, false, false, false) {
                    Ok(request) => break request,
                    Err(()) if socket.read_buf(&mut unread).await.is_ok_and(|read| read > 0) => {}
                    Err(()) => return,
                }
            };
            self.heard.lock().unwrap()[number].push(request.start);
            if answered >= answers {
                return;
            }
            socket.write_all(OK).await.unwrap();
        }
    }

    fn heard(&self) -> Vec<Vec<String>> {
        self.heard.lock().unwrap().clone()
    }
}

async fn ask(leaver: &Leaver, requests: &[&str]) -> Vec<u16> {
    let privet = before(std::slice::from_ref(&leaver.url), "", "");
    let mut statuses = Vec::new();
    for head in requests {
        let body = if head.starts_with('P') { "{}" } else { "" };
        let head = format!("{head}\nContent-Type: application/json");
        statuses.push(privet.visitor().ask(&head, body).await.status);
    }
    statuses
}

#[tokio::test]
async fn an_idempotent_request_goes_out_once_more_on_a_connection_of_its_own() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let leaver = Leaver::after(1).await;
        let second = format!("{method} /second");
        assert_eq!(ask(&leaver, &["GET /first", &second]).await, [200, 200], "{method}");
        let second = format!("{second} HTTP/1.1");
        assert_eq!(leaver.heard(), [vec!["GET /first HTTP/1.1".to_owned(), second.clone()], vec![second]]);
    }
}

#[tokio::test]
async fn a_request_that_is_not_idempotent_is_never_sent_twice() {
    for method in ["POST", "PATCH"] {
        let leaver = Leaver::after(1).await;
        let second = format!("{method} /second");
        assert_eq!(ask(&leaver, &["GET /first", &second]).await, [200, 502], "{method}");
        assert_eq!(leaver.heard(), [["GET /first HTTP/1.1".to_owned(), format!("{second} HTTP/1.1")]]);
    }
}

#[tokio::test]
async fn a_first_request_that_fails_is_not_repeated() {
    let leaver = Leaver::after(0).await;
    assert_eq!(ask(&leaver, &["GET /a", "PUT /b"]).await, [502, 502]);
    assert_eq!(leaver.heard(), [["GET /a HTTP/1.1"], ["PUT /b HTTP/1.1"]]);
}

#[tokio::test]
async fn a_request_goes_out_once_more_and_no_more_often() {
    // The second connection answers nobody.
    let count = Arc::new(Mutex::new(0));
    let served = Arc::clone(&count);
    let backend = Backend::scripted(move |mut socket, _| {
        let first = {
            let mut served = served.lock().unwrap();
            *served += 1;
            *served == 1
        };
        async move {
            if first {
                socket.write_all(OK).await.unwrap();
                let _ = socket.read(&mut [0; 4096]).await;
            }
        }
    })
    .await;
    let privet = before(&[backend.url()], "", "");
    assert_eq!(privet.visitor().ask("GET /first", "").await.status, 200);
    assert_eq!(privet.visitor().ask("GET /second", "").await.status, 502);
    assert_eq!(*count.lock().unwrap(), 2, "connections that were asked");
    assert_eq!(privet.count("privet_upstream_retries_total{route=\"vendor\"}"), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_costs_nothing() {
    let backend = Backend::scripted(|mut socket, _| async move { socket.write_all(OK).await.unwrap() }).await;
    let privet = before(&[backend.url()], "", "");
    for number in 0..50 {
        let head = format!("POST /{number}\nContent-Type: application/json");
        assert_eq!(privet.visitor().ask(&head, "{}").await.status, 200);
    }
    let starts: Vec<_> = backend.requests().into_iter().map(|request| request.start).collect();
    let expected: Vec<_> = (0..50).map(|number| format!("POST /{number} HTTP/1.1")).collect();
    assert_eq!(starts, expected);
}

#[tokio::test]
async fn a_connection_is_not_used_beyond_its_age() {
    for (limits, connections) in [("", 1), ("[limits]\nupstream_age = \"1ms\"", 3)] {
        let backend = Backend::start().await;
        let privet = before(&[backend.url()], "", limits);
        for _ in 0..3 {
            assert_eq!(privet.visitor().ask("GET /e", "").await.status, 200);
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        assert_eq!(backend.connections(), connections, "{limits}");
    }
}
