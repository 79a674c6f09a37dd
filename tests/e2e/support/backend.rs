//! A vendor's backend: remembers every byte that reached it, and answers as it is told.
//!
//! Invariant: a byte is remembered before it is understood.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::wire::{self, Message};

/// A request as it arrived.
pub type Received = Message;

type Speech = Pin<Box<dyn Future<Output = ()> + Send>>;
type Script = Arc<dyn Fn(TcpStream, Received) -> Speech + Send + Sync>;

/// What a backend does with a request.
#[derive(Clone)]
enum Manner {
    /// The same bytes each time; the connection stays open.
    Answer(Arc<Mutex<Vec<u8>>>),
    /// Whatever a test likes, once for each connection.
    Script(Script),
}

#[derive(Clone)]
pub struct Backend {
    pub address: SocketAddr,
    bytes: Arc<Mutex<Vec<u8>>>,
    requests: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
    manner: Manner,
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok";

impl Backend {
    pub async fn start() -> Self {
        Self::listen(Manner::Answer(Arc::new(Mutex::new(OK.to_vec())))).await
    }

    /// One that answers with these bytes.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let backend = Self::start().await;
        backend.answer_with(answer);
        backend
    }

    /// One that hands each connection's first request to a script, and the connection with it.
    pub async fn scripted<F>(script: impl Fn(TcpStream, Received) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::listen(Manner::Script(Arc::new(move |socket, request| Box::pin(script(socket, request))))).await
    }

    /// From now on answers with these bytes.
    pub fn answer_with(&self, answer: impl Into<Vec<u8>>) {
        if let Manner::Answer(current) = &self.manner {
            *current.lock().unwrap() = answer.into();
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were ever opened to it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }

    /// The only request so far.
    pub fn request(&self) -> Received {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.into_iter().next().unwrap()
    }

    /// Every byte so far, understood or not.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    pub fn forget(&self) {
        self.requests.lock().unwrap().clear();
        self.bytes.lock().unwrap().clear();
    }

    async fn listen(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (bytes, requests, connections) = Default::default();
        let backend = Self { address, bytes, requests, connections, manner };
        let listening = backend.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                listening.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(listening.clone().converse(socket));
            }
        });
        backend
    }

    async fn converse(self, mut socket: TcpStream) {
        let mut unread = Vec::new();
        loop {
            while let Ok(request) = wire::take(&mut unread, false, false, false) {
                self.requests.lock().unwrap().push(request.clone());
                let answer = match &self.manner {
                    Manner::Answer(answer) => answer.lock().unwrap().clone(),
                    Manner::Script(script) => return script(socket, request).await,
                };
                if socket.write_all(&answer).await.is_err() {
                    return;
                }
            }
            let start = unread.len();
            match socket.read_buf(&mut unread).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.bytes.lock().unwrap().extend_from_slice(&unread[start..]),
            }
        }
    }
}
