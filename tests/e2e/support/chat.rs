//! A chat: a vendor that says every message back, and visitors at `chat.test` who write to it.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

use super::Visitor;
use super::visitor::Socket;

/// A visitor's end.
pub type Client = WebSocketStream<Box<dyn Socket>>;

/// Listens from now on, here.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(socket).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    let _ = socket.send(message).await;
                }
            });
        }
    });
    address
}

/// A route to such a chat; `more` is more of its settings.
pub async fn route(more: &str) -> String {
    let address = start().await;
    format!("[[route]]\nname = \"chat\"\nhost = \"chat.test\"\nupstream = \"http://{address}\"\n{more}\n")
}

pub async fn open(visitor: &Visitor) -> Result<Client, Error> {
    let socket = visitor.connect(b"http/1.1").await;
    client_async("ws://chat.test/s", socket).await.map(|(socket, _)| socket)
}
