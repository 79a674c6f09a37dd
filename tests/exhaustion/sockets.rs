//! Who floods a socket: messages, pings, fragments of nothing.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::house::House;
use crate::support::{Backend, chat};

/// privet before a chat, beside the ordinary backend.
async fn house(name: &str) -> House {
    let chat = chat::route("[route.limit]\nrequests = 60\nburst = 4\nmessages = 30").await;
    House::new(name, Backend::start().await, "", "", &chat).await
}

/// Says the same again and again until the socket is closed; the code it is closed with.
async fn code(house: &House, message: Message) -> Option<CloseCode> {
    let (mut say, mut hear) = chat::open(&house.plain_visitor()).await.unwrap().split();
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
    let mut bystander = chat::open(&house.plain_visitor()).await.unwrap();
    for message in [Message::text("hello"), Message::Ping(vec![0; 100].into()), Message::Pong(vec![].into())]
    {
        // The last word may be lost to one who does not stop talking.
        let code = code(&house, message).await;
        assert!(matches!(code, None | Some(CloseCode::Policy)), "{code:?}");
    }
    assert_eq!(house.counted("privet_refusals_total", "reason=\"too_many\"").await, 3);
    bystander.send(Message::text("still here")).await.unwrap();
    assert_eq!(bystander.next().await.unwrap().unwrap(), Message::text("still here"));
    assert!(chat::open(&house.plain_visitor()).await.is_err(), "opening one counts as a request");
    house.stands().await;
}

#[tokio::test]
async fn as_many_messages_as_are_allowed_pass() {
    let house = house("sockets-allowed").await;
    let mut socket = chat::open(&house.plain_visitor()).await.unwrap();
    for number in 0..30 {
        let said = Message::text(format!("line {number}"));
        socket.send(said.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), said);
    }
}
