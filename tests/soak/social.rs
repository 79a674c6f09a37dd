//! A chat: a vendor that says every message back, and now and then hangs up, and visitors who write.
//!
//! Invariant: every message that came back had arrived, in the order it was said.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{accept_async, client_async};

use crate::ledger::Ledger;
use crate::visitors::{Day, PATIENCE, Tally, event};

const MESSAGES: usize = 40;

pub async fn chat(ledger: Arc<Ledger>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut turn = 0;
        while let Ok((socket, _)) = listener.accept().await {
            let ledger = ledger.clone();
            turn += 1;
            // Every third visitor is hung up on in the middle.
            let patience = if turn % 3 == 0 { MESSAGES / 2 } else { usize::MAX };
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(socket).await else { return };
                let mut heard = 0;
                while let Some(Ok(message)) = socket.next().await {
                    if let Message::Text(text) = &message {
                        heard += 1;
                        if heard > patience {
                            return;
                        }
                        ledger.hear(text.as_bytes());
                        let _ = socket.send(message).await;
                    }
                }
            });
        }
    });
    address
}

/// Opens a chat, writes, and hears each message said back, again and again.
pub async fn write(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    while day.lasts() {
        let socket = day.visitor.connect(b"http/1.1").await;
        let Ok((mut socket, _)) = client_async("ws://chat.test/s", socket).await else {
            tally.lost += 1;
            continue;
        };
        for _ in 0..MESSAGES {
            let number = day.ledger.number();
            if socket.send(Message::text(event(number, ""))).await.is_err() {
                break;
            }
            match timeout(PATIENCE, socket.next()).await.expect("a message, or an end") {
                Some(Ok(Message::Text(text))) => {
                    assert!(text.contains(&format!("\"n\":{number}")), "a message out of order");
                    tally.numbers.push(number);
                    tally.messages += 1;
                }
                _ => break,
            }
        }
        let _ = timeout(Duration::from_secs(5), socket.close(None)).await;
    }
    tally
}
