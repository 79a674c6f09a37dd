//! Observed routes: names and kinds of what visitors send, told once several have sent it, and never a value.

use std::net::Ipv4Addr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use crate::support::{Backend, Received, Stage, Visitor};
use crate::websocket::{next, opened};

const ADMIN: &str = "[admin]\naddress = \"127.0.0.1:0\"\n";

/// Words of a visitor, at every place there is; a name that is a value, too.
const PLAN: &str = "gold-c4n4ry";
const EMAIL: &str = "jane.c4n4ry@example.org";
const TYPED: &str = "my pass c4n4ry";

async fn stage(more: &str) -> Stage {
    Stage::before(Backend::start().await, more, ADMIN)
}

/// The visitor at the nth of several addresses.
fn visitor(stage: &Stage, nth: u8) -> Visitor {
    stage.visitor().from(Ipv4Addr::new(127, 77, 78, nth))
}

/// Says too much, on every surface.
async fn speak(visitor: Visitor) {
    let head = format!(
        "POST /e/{PLAN}?plan={PLAN}&{}=1\nX-Plan: {PLAN}\nCookie: _id={PLAN}\nContent-Type: text/plain",
        EMAIL.replace('@', "%40")
    );
    let body = format!(
        "{{\"plan\":\"{PLAN}\",\"by\":{{\"{EMAIL}\":\"{EMAIL}\"}},\"data\":\"{{\\\"typed\\\":\\\"{TYPED}\\\"}}\"}}"
    );
    assert_eq!(visitor.ask(&head, &body).await.status, 200);
}

/// What operators are told of the only route.
async fn told(stage: &Stage) -> Value {
    let answer = stage.privet.operator().ask("GET /shapes", "").await;
    let text = answer.text();
    assert_eq!(answer.field("content-type"), Some("application/json"));
    for word in ["c4n4ry", "jane", "127.77"] {
        assert!(!text.contains(word), "{word} is in {text}");
    }
    let told: Value = serde_json::from_str(&text).unwrap();
    told["routes"][0].clone()
}

fn places(told: &Value) -> Vec<String> {
    let places = told["places"].as_array().unwrap().iter();
    places.map(|it| format!("{} {}", it["place"].as_str().unwrap(), it["kinds"])).collect()
}

#[tokio::test]
async fn a_place_is_told_once_three_visitors_have_sent_something_there_and_no_value_is() {
    let stage =
        stage("observe = true\n[[route.rule]]\nselect = \"json:/plan\"\ncategory = \"service\"").await;
    for (nth, withheld) in [(1, 9), (1, 9), (2, 9)] {
        speak(visitor(&stage, nth)).await;
        let told = told(&stage).await;
        assert_eq!((&told["withheld"], &told["places"]), (&withheld.into(), &json!([])));
    }
    speak(visitor(&stage, 3)).await;
    let told = told(&stage).await;
    assert_eq!((&told["requests"], &told["messages"], &told["withheld"]), (&4.into(), &0.into(), &0.into()));
    assert_eq!(
        places(&told),
        [
            "cookie:_id {\"id\":4}",
            "header:x-plan {\"id\":4}",
            "json:/by/* {\"email\":4}",
            "json:/data {\"document\":4}",
            "json:/plan {\"id\":4}",
            "json:/typed {\"words\":4}",
            "path:/e/* {\"id\":4}",
            "query:* {\"integer\":4}",
            "query:plan {\"id\":4}",
        ]
    );
    assert_eq!(
        (&told["places"][4]["category"], &told["places"][4]["action"]),
        (&"service".into(), &"keep".into())
    );
    assert_eq!(told["places"][8]["category"], Value::Null);
}

#[tokio::test]
async fn a_site_for_tests_needs_one_visitor_and_a_route_that_does_not_observe_tells_nothing() {
    let stage = stage("observe = { visitors = 1 }").await;
    speak(stage.visitor()).await;
    assert_eq!(places(&told(&stage).await).len(), 9);
    let silent = Stage::before(Backend::start().await, "observe = false", ADMIN);
    speak(silent.visitor()).await;
    assert_eq!(silent.privet.operator().ask("GET /shapes", "").await.text(), "{\"routes\":[]}");
}

#[tokio::test]
async fn who_said_no_is_not_observed() {
    let stage = stage("observe = { visitors = 1 }\non_gpc = \"strict\"").await;
    let no =
        stage.visitor().ask("POST /e?plan=x\nSec-GPC: 1\nContent-Type: application/json", "{\"a\":1}").await;
    assert_eq!(no.status, 200);
    let told = told(&stage).await;
    assert_eq!((&told["requests"], &told["places"]), (&0.into(), &json!([])));
}

#[tokio::test]
async fn what_is_refused_is_told_as_unreadable_and_a_flood_of_names_is_bounded() {
    let stage = stage("observe = { visitors = 1 }").await;
    let refused = stage.visitor().ask("POST /e\nContent-Type: application/x-protobuf", "\n\u{3}abc").await;
    assert!(refused.status >= 400);
    assert_eq!(places(&told(&stage).await), ["text: {\"unreadable\":1}"]);
    let name = |n: usize| {
        [n / 100, n / 10, n].map(|digit| char::from(b'a' + (digit % 10) as u8)).iter().collect::<String>()
    };
    for round in 0..12 {
        let members: Vec<String> = (0..250).map(|n| format!("\"{}{}\":1", name(round), name(n))).collect();
        let body = format!("{{{}}}", members.join(","));
        stage.visitor().ask("POST /e\nContent-Type: application/json", &body).await;
    }
    let told = told(&stage).await;
    assert_eq!(places(&told).len(), 2000);
    assert_eq!(told["overlooked"], 12 * 250 + 1 - 2000);
}

/// Grants a socket and says every message back.
async fn echo(mut socket: TcpStream, request: Received) {
    let accept = derive_accept_key(request.field("sec-websocket-key").unwrap().as_bytes());
    let granted = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    socket.write_all(granted.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() && socket.send(message).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn the_messages_of_a_socket_are_observed_as_well() {
    let backend = Backend::scripted(echo).await;
    let stage = Stage::before(backend, "observe = { visitors = 1 }", ADMIN);
    let (mut socket, _) = opened(stage.visitor(), "wss://vendor.test/s?EIO=4", &[]).await.unwrap();
    for text in ["42[\"typing\",{\"preview\":\"my pass c4n4ry\"}]", "{\"plan\":\"gold-c4n4ry\"}"] {
        socket.send(Message::text(text)).await.unwrap();
        next(&mut socket).await;
    }
    let told = told(&stage).await;
    assert_eq!((&told["requests"], &told["messages"]), (&1.into(), &2.into()));
    assert_eq!(
        places(&told),
        [
            "json:/0 {\"word\":1}",
            "json:/1/preview {\"words\":1}",
            "json:/plan {\"id\":1}",
            "query:EIO {\"integer\":1}"
        ]
    );
}
