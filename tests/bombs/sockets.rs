//! Bombs in messages on a socket: refused with a close code, and the next visitor is heard.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::makers::{self, DECODED};
use crate::range::Range;
use crate::support::chat::{self, Client};

const LIMIT: usize = 2 << 20;

/// privet, and a chat beside the ordinary backend.
async fn range(name: &str) -> Range {
    Range::new(name, LIMIT, &chat::route(&format!("body = {LIMIT}")).await).await
}

async fn open(range: &Range) -> Client {
    chat::open(&range.visitor()).await.unwrap()
}

/// The code that a message is answered with.
async fn code(range: &Range, message: Message) -> Option<CloseCode> {
    let mut socket = open(range).await;
    // A server that has heard enough may close before all is said.
    let _ = socket.send(message).await;
    loop {
        match socket.next().await? {
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(other) => panic!("a message of {} bytes came back", other.len()),
            Err(_) => return None,
        }
    }
}

#[tokio::test]
async fn a_bomb_in_a_message_closes_the_socket_and_no_other() {
    let range = range("sockets").await;
    let mut bystander = open(&range).await;
    let word = makers::base64(&makers::gzip(DECODED));
    let string = makers::json(&makers::latin1(&makers::gzip(DECODED)));
    for bomb in [makers::gzip(DECODED), makers::zlib(DECODED), makers::zstd(DECODED, 23)] {
        assert_eq!(code(&range, Message::binary(bomb)).await, Some(CloseCode::Unsupported));
    }
    for text in [
        format!("42[\"message\",{{\"data\":\"{word}\"}}]"),
        format!("42[\"message\",{string}]"),
        format!("{{\"data\":{string}}}"),
        format!("[\"{}\"]", [word.as_str(); 3].join("\",\"")),
        format!("42{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000)),
        format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000)),
    ] {
        assert_eq!(code(&range, Message::text(&*text)).await, Some(CloseCode::Policy), "{}", &text[..20]);
    }
    bystander.send(Message::text("{\"ip\":\"203.0.113.77\",\"a\":1}")).await.unwrap();
    assert_eq!(bystander.next().await.unwrap().unwrap(), Message::text("{\"a\":1}"));
    range.stands(1).await;
}

#[tokio::test]
async fn a_message_larger_than_a_body_may_be_closes_the_socket() {
    let range = range("messages").await;
    let large = Message::text("x".repeat(LIMIT + 1));
    assert!(matches!(code(&range, large).await, Some(CloseCode::Size) | None));
    range.stands(1).await;
}
