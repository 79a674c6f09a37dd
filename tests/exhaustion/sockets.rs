//! Who floods a socket: messages, pings, fragments of nothing.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

use crate::house::House;
use crate::support::Backend;
use crate::support::visitor::Socket;

/// privet before a chat that says every message back, beside the ordinary backend.
async fn house(name: &str) -> House {
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
    let chat = format!(
        "[[route]]\nname = \"chat\"\nhost = \"chat.test\"\nupstream = \"http://{address}\"\n\
         [route.limit]\nrequests = 60\nburst = 4\nmessages = 30"
    );
    House::new(name, Backend::start().await, "", "", &chat).await
}

async fn open(
    house: &House,
) -> Result<WebSocketStream<Box<dyn Socket>>, tokio_tungstenite::tungstenite::Error> {
    let socket = house.plain_visitor().connect(b"http/1.1").await;
    client_async("ws://chat.test/s", socket).await.map(|(socket, _)| socket)
}

/// Says the same again and again until the socket is closed; the code it is closed with.
async fn code(house: &House, message: Message) -> Option<CloseCode> {
    let (mut say, mut hear) = open(house).await.unwrap().split();
    let flood = tokio::spawn(async move { while say.send(message.clone()).await.is_ok() {} });
    let heard = async {
        loop {
            match hear.next().await? {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    };
    let code = timeout(Duration::from_secs(20), heard).await.expect("an end");
    flood.abort();
    code
}

#[tokio::test]
async fn a_flood_of_messages_pings_or_pongs_closes_the_socket_and_no_other() {
    let house = house("sockets").await;
    let mut bystander = open(&house).await.unwrap();
    for message in [Message::text("hello"), Message::Ping(vec![0; 100].into()), Message::Pong(vec![].into())]
    {
        // The last word may be lost to one who does not stop talking.
        let code = code(&house, message).await;
        assert!(matches!(code, None | Some(CloseCode::Policy)), "{code:?}");
    }
    assert_eq!(house.counted("privet_refusals_total", "reason=\"too_many\"").await, 3);
    bystander.send(Message::text("still here")).await.unwrap();
    assert_eq!(bystander.next().await.unwrap().unwrap(), Message::text("still here"));
    assert!(open(&house).await.is_err(), "opening one counts as a request");
    house.stands().await;
}

#[tokio::test]
async fn as_many_messages_as_are_allowed_pass() {
    let house = house("sockets-allowed").await;
    let mut socket = open(&house).await.unwrap();
    for number in 0..30 {
        let said = Message::text(format!("line {number}"));
        socket.send(said.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), said);
    }
}
