//! Two vendors: one that always answers, and one that fails in every way a server can.
//!
//! Invariant: what was received is noted before anything else becomes of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::ledger::Ledger;
use crate::support::wire;

/// What the failing vendor does, one request after the other.
#[derive(Clone, Copy)]
enum Manner {
    Answers,
    /// Closes a connection that privet keeps for the next request.
    ClosesAfter,
    ResetsBefore,
    ResetsAmid,
    /// Says more than it promised to.
    Lies,
    Babbles,
    Stalls,
}

const MANNERS: [Manner; 12] = [
    Manner::Answers,
    Manner::ClosesAfter,
    Manner::Answers,
    Manner::ResetsBefore,
    Manner::Answers,
    Manner::ResetsAmid,
    Manner::Answers,
    Manner::Lies,
    Manner::ClosesAfter,
    Manner::Babbles,
    Manner::Answers,
    Manner::Stalls,
];

pub async fn steady(ledger: Arc<Ledger>) -> SocketAddr {
    listen(ledger, |_| Manner::Answers).await
}

pub async fn faulty(ledger: Arc<Ledger>) -> SocketAddr {
    listen(ledger, |turn| MANNERS[turn % MANNERS.len()]).await
}

async fn listen(ledger: Arc<Ledger>, manner: fn(usize) -> Manner) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let turn = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (ledger, turn) = (ledger.clone(), turn.clone());
            tokio::spawn(converse(socket, ledger, move || manner(turn.fetch_add(1, Ordering::Relaxed))));
        }
    });
    address
}

async fn converse(mut socket: TcpStream, ledger: Arc<Ledger>, next: impl Fn() -> Manner) {
    let mut unread = Vec::new();
    loop {
        while let Ok(request) = wire::take(&mut unread, false, false, false) {
            let number = ledger.note(&request);
            if !answer(&mut socket, number, next()).await {
                return;
            }
        }
        if socket.read_buf(&mut unread).await.unwrap_or(0) == 0 {
            return;
        }
    }
}

/// Answers in a manner; whether the connection carries on.
async fn answer(socket: &mut TcpStream, number: Option<u64>, manner: Manner) -> bool {
    let body = number.map_or("{}".to_owned(), |number| format!("{{\"n\":{number}}}"));
    let head = |length| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
    };
    let said = match manner {
        Manner::Answers | Manner::ClosesAfter => head(body.len()) + &body,
        Manner::Lies => head(body.len()) + &body + "and more",
        Manner::ResetsAmid => head(body.len() + 1000) + &body,
        Manner::Babbles => "220 mail.example ESMTP\r\n".to_owned(),
        Manner::ResetsBefore | Manner::Stalls => String::new(),
    };
    let sent = socket.write_all(said.as_bytes()).await.is_ok();
    match manner {
        Manner::ResetsBefore | Manner::ResetsAmid => {
            let _ = SockRef::from(&*socket).set_linger(Some(std::time::Duration::ZERO));
            false
        }
        Manner::Stalls => {
            // Until privet has waited long enough.
            let _ = socket.read(&mut [0; 1]).await;
            false
        }
        Manner::ClosesAfter | Manner::Babbles => false,
        Manner::Answers | Manner::Lies => sent,
    }
}
