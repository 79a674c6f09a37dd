//! Sockets: what a visitor says reaches the vendor treated, message by message, and nothing else of it does.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Message, Role};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

use crate::support::visitor::{HOME, Socket};
use crate::support::{Privet, Visitor};
use crate::{judge, leak};

const PATIENCE: Duration = Duration::from_secs(20);

pub type Client = WebSocketStream<Box<dyn Socket>>;

/// privet before a vendor that says every message back, `later` after a while, says where one is from when asked
/// `whoami`, breaks off when told `break`, closes with 4001 when told `bye`, and notes what it hears.
struct Stage {
    privet: Privet,
    heads: UnboundedReceiver<(String, HeaderMap)>,
    heard: UnboundedReceiver<Message>,
}

impl Stage {
    async fn with(more: &str) -> Self {
        Self::waiting("20s", more).await
    }

    /// The same, where a silent socket is closed after a while.
    async fn waiting(idle: &str, more: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (note_head, heads) = unbounded_channel();
        let (note, heard) = unbounded_channel();
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n\
             [[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[server]\nworkers = 1\n\
             [limits]\nidle = \"{idle}\"\nbody = \"64KiB\"\n\
             [[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nupstream = \"http://{}\"\n{more}\n",
            listener.local_addr().unwrap()
        );
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (note_head, note) = (note_head.clone(), note.clone());
                tokio::spawn(async move {
                    #[allow(clippy::result_large_err)]
                    let callback = |request: &server::Request, mut answer: server::Response| {
                        note_head.send((request.uri().to_string(), request.headers().clone())).unwrap();
                        if let Some(offered) = request.headers().get("sec-websocket-protocol") {
                            let first = offered.to_str().unwrap().split(',').next().unwrap();
                            answer.headers_mut().insert("sec-websocket-protocol", first.parse().unwrap());
                        }
                        Ok(answer)
                    };
                    let Ok(mut socket) = accept_hdr_async(socket, callback).await else { return };
                    while let Some(Ok(message)) = socket.next().await {
                        note.send(message.clone()).unwrap();
                        if message == Message::text("bye") {
                            let code = CloseCode::from(4001);
                            let _ = socket.close(Some(CloseFrame { code, reason: "so long".into() })).await;
                        } else if message == Message::text("whoami") {
                            let said = format!("42[\"you\",{{\"flat\":\"2b\",\"ip\":\"{HOME}\",\"n\":1}}]");
                            let _ = socket.send(Message::text(said)).await;
                        } else if message == Message::text("break") {
                            let _ = socket.send(Message::text("{\"you\":")).await;
                        } else if message == Message::text("later") {
                            tokio::time::sleep(Duration::from_millis(200)).await;
                            let _ = socket.send(message).await;
                        } else if !message.is_close() && !message.is_ping() && !message.is_pong() {
                            let _ = socket.send(message).await;
                        }
                    }
                });
            }
        });
        Self { privet: Privet::start(&text), heads, heard }
    }

    async fn open(&self) -> Client {
        self.ask("wss://vendor.test/s", &[]).await.unwrap().0
    }

    /// A socket, and the subprotocol agreed.
    async fn ask(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(Client, Option<String>), u16> {
        opened(self.privet.visitor(), url, headers).await
    }

    /// The next message the vendor hears that is no control frame.
    async fn heard(&mut self) -> Option<Message> {
        loop {
            match timeout(PATIENCE, self.heard.recv()).await.unwrap()? {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return Some(message),
            }
        }
    }
}

pub async fn opened(
    visitor: Visitor,
    url: &str,
    headers: &[(&'static str, &str)],
) -> Result<(Client, Option<String>), u16> {
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match timeout(PATIENCE, client_async(request, visitor.connect(b"http/1.1").await)).await.unwrap() {
        Ok((socket, answer)) => {
            let agreed = answer.headers().get("sec-websocket-protocol");
            Ok((socket, agreed.map(|value| value.to_str().unwrap().to_owned())))
        }
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// A stream of HTTP/2 that became a socket, and the head of the answer that granted it.
pub async fn over_http2(
    visitor: Visitor,
    url: &str,
    headers: &[(&'static str, &str)],
) -> (Client, HeaderMap) {
    let connection = TokioIo::new(visitor.connect(b"h2").await);
    let (mut send, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), connection).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::connect(url)
        .extension(hyper::ext::Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    // The visitor learns from the server's settings that it may ask.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let answer = timeout(PATIENCE, send.send_request(request)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let head = answer.headers().clone();
    let stream: Box<dyn Socket> = Box::new(TokioIo::new(hyper::upgrade::on(answer).await.unwrap()));
    (WebSocketStream::from_raw_socket(stream, Role::Client, None).await, head)
}

/// The next message that is no control frame but a close.
pub async fn next(socket: &mut Client) -> Message {
    loop {
        match timeout(PATIENCE, socket.next()).await.unwrap() {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(message)) => return message,
            other => panic!("{other:?}"),
        }
    }
}

pub fn code(message: &Message) -> Option<u16> {
    match message {
        Message::Close(frame) => frame.as_ref().map(|frame| frame.code.into()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_message_reaches_the_vendor_without_the_visitor() {
    let mut stage = Stage::with("").await;
    let mut socket = stage.open().await;
    let email = "{\"a\":1,\"email\":\"jane@example.org\"}";
    for (sent, left) in [
        (Message::text("{\"a\":1,\"ip\":\"1.2.3.4\"}"), Message::text("{\"a\":1}")),
        (Message::text(format!("I am at {HOME}")), Message::text("I am at [address]")),
        (Message::binary(email), Message::binary("{\"a\":1}")),
        (Message::text("42[\"say\",{\"ip\":1}]"), Message::text("42[\"say\",{}]")),
        (Message::text("héllo, {x}"), Message::text("héllo, {x}")),
    ] {
        socket.send(sent).await.unwrap();
        assert_eq!(stage.heard().await, Some(left.clone()));
        assert_eq!(next(&mut socket).await, left);
    }
}

#[tokio::test]
async fn a_rare_look_is_hidden_in_messages_too() {
    for (rare, left) in
        [("\"keep\"", "{\"event\":\"x\",\"language\":\"rm\"}"), ("{ below = 3 }", "{\"event\":\"x\"}")]
    {
        let mut stage = Stage::with(&format!("policy = \"cnil\"\nrare = {rare}")).await;
        let mut socket = stage.open().await;
        socket.send(Message::text("{\"event\":\"x\",\"language\":\"rm-CH\"}")).await.unwrap();
        assert_eq!(stage.heard().await, Some(Message::text(left)));
    }
}

#[tokio::test]
async fn two_visitors_who_say_the_same_on_a_socket_are_one_to_the_vendor() {
    let mut stage = Stage::with("policy = \"strict\"").await;
    let said = |address: &str, agent: &str, language: &str, screen: &str| {
        format!(
            "{{\"event\":\"x\",\"ip\":\"{address}\",\"user_agent\":\"{agent}\",\"language\":\"{language}\",\"screen\":\"{screen}\"}}"
        )
    };
    let mut sockets = Vec::new();
    for said in [
        said("203.0.113.9", "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0", "de-CH", "1337x733"),
        said("198.51.100.3", "Mozilla/5.0 (X11; Linux) Firefox/127.0", "fr-FR", "2560x1440"),
    ] {
        let mut socket = stage.open().await;
        socket.send(Message::text(said)).await.unwrap();
        assert_eq!(stage.heard().await, Some(Message::text("{\"event\":\"x\"}")));
        // It stays open, so that the vendor hears no farewell in between.
        sockets.push(socket);
    }
}

#[tokio::test]
async fn where_a_rule_speaks_of_answers_each_message_of_the_vendor_is_treated_too() {
    let rule = "[[route.rule]]\nselect = \"response-json:/1/flat\"\naction = \"remove\"";
    let stage = Stage::with(rule).await;
    let mut socket = stage.open().await;
    for (sent, heard) in [
        ("whoami", "42[\"you\",{\"n\":1}]"),
        ("42/chat,7[\"say\" , {\"flat\":1}]", "42/chat,7[\"say\" , {}]"),
        ("[\"flat\",{\"flat\":[1],\"b\":1.0}]", "[\"flat\",{\"b\":1.0}]"),
        ("{\"flat\": 1.50}", "{\"flat\": 1.50}"),
        ("hello", "hello"),
        ("2", "2"),
    ] {
        socket.send(Message::text(sent)).await.unwrap();
        assert_eq!(next(&mut socket).await, Message::text(heard));
    }
    socket.send(Message::text("break")).await.unwrap();
    assert_eq!(code(&next(&mut socket).await), Some(1011));

    let stage = Stage::with("").await;
    let mut socket = stage.open().await;
    socket.send(Message::text("break")).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::text("{\"you\":"));
}

#[tokio::test]
async fn the_handshake_is_a_request_like_any_other() {
    let mut stage = Stage::with("").await;
    let headers = [
        ("sec-websocket-protocol", "s3cr3t, json"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("cookie", "id=jane"),
        ("user-agent", "Rare/1.0"),
    ];
    let asked = stage.ask("wss://vendor.test/s?ip=1.2.3.4&v=1", &headers).await;
    assert_eq!(asked.unwrap().1.as_deref(), Some("json"));
    let (target, head) = stage.heads.recv().await.unwrap();
    assert_eq!(target, "/s?v=1");
    assert_eq!(head["sec-websocket-protocol"], "json");
    for gone in ["cookie", "user-agent", "sec-websocket-extensions"] {
        assert!(!head.contains_key(gone), "{gone}");
    }
}

#[tokio::test]
async fn fragments_become_one_message_and_pings_stay_between_neighbours() {
    let mut stage = Stage::with("").await;
    let mut socket = stage.open().await;
    let fragment =
        |text: &'static str, opcode, last| Message::Frame(Frame::message(text, OpCode::Data(opcode), last));
    socket.send(fragment("{\"a\":1,\"i", Data::Text, false)).await.unwrap();
    socket.send(Message::Ping("jane".into())).await.unwrap();
    socket.send(fragment("p\":\"1.2.", Data::Continue, false)).await.unwrap();
    socket.send(fragment("3.4\"}", Data::Continue, true)).await.unwrap();
    assert_eq!(
        timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap(),
        Message::Pong("jane".into())
    );
    assert_eq!(next(&mut socket).await, Message::text("{\"a\":1}"));
    while let Ok(message) = stage.heard.try_recv() {
        assert!(!message.into_data().windows(4).any(|part| part == b"jane"));
    }
}

#[tokio::test]
async fn a_close_is_carried_both_ways_and_the_visitors_reason_is_not() {
    let mut stage = Stage::with("").await;
    let mut socket = stage.open().await;
    let frame = CloseFrame { code: CloseCode::from(4002), reason: "jane is leaving".into() };
    socket.send(Message::text("last")).await.unwrap();
    socket.close(Some(frame)).await.unwrap();
    assert_eq!(next(&mut socket).await, Message::text("last"));
    assert_eq!(stage.heard().await, Some(Message::text("last")));
    let frame = CloseFrame { code: CloseCode::from(4002), reason: "".into() };
    assert_eq!(stage.heard().await, Some(Message::Close(Some(frame.clone()))));
    assert_eq!(next(&mut socket).await, Message::Close(Some(frame)));

    let mut socket = stage.open().await;
    socket.send(Message::text("bye")).await.unwrap();
    let frame = CloseFrame { code: CloseCode::from(4001), reason: "so long".into() };
    assert_eq!(next(&mut socket).await, Message::Close(Some(frame)));
}

#[tokio::test]
async fn what_cannot_be_read_closes_the_socket_and_the_vendor_hears_none_of_it() {
    for (sent, expected) in [
        (Message::binary(&b"\x81\xa1a\x01"[..]), 1003),
        (Message::text("{\"a\":"), 1008),
        (Message::text("451-[\"f\",{\"_placeholder\":true,\"num\":0}]"), 1008),
        (Message::text("x".repeat(70_000)), 1009),
    ] {
        let mut stage = Stage::with("").await;
        let mut socket = stage.open().await;
        let _ = socket.send(sent).await;
        assert_eq!(code(&next(&mut socket).await), Some(expected));
        assert!(stage.heard().await.unwrap().is_close());
    }
}

#[tokio::test]
async fn what_the_vendor_was_about_to_say_when_the_visitor_was_at_fault_is_still_said() {
    let no_utf8 = Message::Frame(Frame::message(&b"\xff"[..], OpCode::Data(Data::Text), true));
    for (more, fault, expected) in [
        ("", Message::text("{\"a\":"), 1008),
        ("", no_utf8, 1007),
        ("[route.limit]\nmessages = 1", Message::text("one too many"), 1008),
    ] {
        let stage = Stage::with(more).await;
        let mut socket = stage.open().await;
        socket.send(Message::text("later")).await.unwrap();
        socket.send(fault).await.unwrap();
        assert_eq!(next(&mut socket).await, Message::text("later"), "{expected}");
        assert_eq!(code(&next(&mut socket).await), Some(expected));
    }
}

#[tokio::test]
async fn a_socket_that_answers_pings_lives_and_one_that_does_not_is_closed() {
    let stage = Stage::waiting("300ms", "").await;
    let mut lively = stage.open().await;
    let mut silent = stage.open().await;
    // Reading answers pings; for a second and more, nothing else happens.
    assert!(timeout(Duration::from_millis(1500), next(&mut lively)).await.is_err());
    lively.send(Message::text("still here")).await.unwrap();
    assert_eq!(next(&mut lively).await, Message::text("still here"));
    assert_eq!(code(&next(&mut silent).await), Some(1001));
}

#[tokio::test]
async fn who_goes_on_talking_need_not_answer_pings() {
    let stage = Stage::waiting("300ms", "").await;
    let mut socket = stage.open().await;
    let raw = socket.get_mut();
    for _ in 0..3 {
        // An empty ping; then two letters, masked with noughts, come back (RFC 6455 §5.2).
        let (mut ping, mut echo) = ([0; 2], [0; 4]);
        timeout(PATIENCE, raw.read_exact(&mut ping)).await.unwrap().unwrap();
        assert_eq!(ping, [0x89, 0]);
        raw.write_all(b"\x81\x82\0\0\0\0hi").await.unwrap();
        timeout(PATIENCE, raw.read_exact(&mut echo)).await.unwrap().unwrap();
        assert_eq!(&echo, b"\x81\x02hi");
    }
}

#[tokio::test]
async fn a_drain_says_that_privet_goes_away() {
    let mut stage = Stage::with("").await;
    let mut socket = stage.open().await;
    stage.privet.stop().drain();
    assert_eq!(code(&next(&mut socket).await), Some(1001));
    assert_eq!(code(&stage.heard().await.unwrap()), Some(1001));
    drop(socket);
    stage.privet.ended().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_no_correct_switch_makes_no_tunnel() {
    use crate::support::{Backend, Stage};
    for (answer, status) in [
        (
            "HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
            502,
        ),
        ("HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", 502),
        ("HTTP/1.1 403 X\r\ncontent-length: 0\r\n\r\n", 403),
        ("HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\nok", 200),
    ] {
        let stage = Stage::before(Backend::answering(answer).await, "", "");
        let asked = opened(stage.visitor(), "wss://vendor.test/s", &[]).await;
        assert_eq!(asked.err(), Some(status));
    }
}

#[tokio::test]
async fn over_http2_a_stream_becomes_a_socket() {
    let mut stage = Stage::with("").await;
    let headers = [("sec-websocket-protocol", "json")];
    let (mut socket, head) = over_http2(stage.privet.visitor(), "https://vendor.test/s?ip=1", &headers).await;
    assert_eq!(head["sec-websocket-protocol"], "json");
    // Longer than a connection without exchanges may last.
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..3 {
        socket.send(Message::text("{\"a\":1,\"ip\":2}")).await.unwrap();
        assert_eq!(stage.heard().await, Some(Message::text("{\"a\":1}")));
        assert_eq!(
            timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap(),
            Message::text("{\"a\":1}")
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(stage.heads.recv().await.unwrap().0, "/s");
    stage.privet.stop().drain();
    while let Some(Ok(message)) = timeout(PATIENCE, socket.next()).await.unwrap() {
        if message.is_close() {
            assert_eq!(code(&message), Some(1001));
        }
    }
}

#[tokio::test]
async fn no_message_of_many_is_lost_or_out_of_order_though_the_reader_is_slow() {
    let stage = Stage::with("").await;
    let (mut say, mut hear) = stage.open().await.split();
    let count = 2000;
    let said = tokio::spawn(async move {
        for number in 0..count {
            let filling = "x y ".repeat(number % 100);
            say.send(Message::text(format!("{{\"n\":{number},\"f\":\"{filling}\"}}"))).await.unwrap();
        }
        say
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    for number in 0..count {
        let Message::Text(text) = timeout(PATIENCE, hear.next()).await.unwrap().unwrap().unwrap() else {
            panic!("no text")
        };
        assert!(text.starts_with(&format!("{{\"n\":{number},")), "{text}");
    }
    drop(said.await.unwrap());
}

/// What a case of `cases/leak.jsonl` says: its kind, its text, and how long its fragments are.
fn frames(said: &serde_json::Value) -> Vec<Message> {
    let text = said[1].as_str().unwrap();
    match said[0].as_str().unwrap() {
        "text" => vec![Message::text(text)],
        "binary" => vec![Message::binary(text.to_owned())],
        // After what is not answered by a message, one that is.
        "ping" => vec![Message::Ping(text.to_owned().into()), Message::text("after")],
        "frags-ping" => {
            let length = text.len() / usize::try_from(said[2].as_u64().unwrap()).unwrap();
            let pieces: Vec<_> = text.as_bytes().chunks(length).collect();
            let fragment = |(index, piece): (usize, &&[u8])| {
                let opcode = OpCode::Data(if index == 0 { Data::Text } else { Data::Continue });
                let piece = Frame::message(piece.to_vec(), opcode, index + 1 == pieces.len());
                [Message::Frame(piece), Message::Ping("p".into())]
            };
            pieces.iter().enumerate().flat_map(fragment).collect()
        }
        other => panic!("unknown kind {other}"),
    }
}

#[tokio::test]
async fn no_case_leaks_on_a_socket_and_ordinary_messages_arrive_as_they_were_said() {
    let cases = leak::case::cases();
    let said: Vec<_> = cases.iter().filter(|case| case.proto == "ws").collect();
    assert!(said.len() >= 10, "{}", said.len());
    for case in said {
        let mut stage = Stage::with("").await;
        let offered = case.ws["proto"].as_str().map(|offered| ("sec-websocket-protocol", offered));
        let url = format!("wss://vendor.test{}", case.target());
        let mut socket = stage.ask(&url, offered.as_slice()).await.unwrap().0;
        let said = case.ws["send"].as_array().unwrap();
        for message in said.iter().flat_map(frames) {
            socket.send(message).await.unwrap();
        }
        let mut heard = Vec::new();
        while heard.len() < said.len() {
            heard.push(stage.heard().await.unwrap().into_data().to_vec());
            next(&mut socket).await;
        }
        let (target, head) = stage.heads.recv().await.unwrap();
        heard.push(format!("{target}\n{head:?}").into_bytes());
        while let Ok(message) = stage.heard.try_recv() {
            heard.push(message.into_data().to_vec());
        }
        for piece in &heard {
            assert!(judge::finds(piece, &case.canaries()).is_empty(), "{}", case.id);
        }
        if let Some(kept) = case.keep.get("ws") {
            assert_eq!(heard[0], kept.as_str().unwrap().as_bytes(), "{}", case.id);
        }
    }
}
