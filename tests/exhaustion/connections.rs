//! Who takes all the places there are.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::house::House;
use crate::support::Visitor;
use crate::support::visitor::{self, Socket};

async fn asked(visitor: &Visitor) -> Box<dyn Socket> {
    let mut socket = visitor.connect(b"http/1.1").await;
    socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await.unwrap();
    assert_eq!(visitor::read(&mut *socket, false).await.status, 200);
    socket
}

#[tokio::test]
async fn one_address_has_so_many_places_and_another_has_its_own() {
    let house = House::within("addresses", "connections_per_address = 3").await;
    let visitor = house.plain_visitor();
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(asked(&visitor).await);
    }
    let mut fourth = visitor.connect(b"").await;
    assert!(matches!(fourth.read(&mut [0; 16]).await, Ok(0) | Err(_)), "a fourth was let in");
    house.has_cut("address", 1).await;
    house.serves().await;
    held.pop();
    // The place is free as soon as privet has seen it left.
    for attempt in 0.. {
        let mut next = visitor.connect(b"http/1.1").await;
        let said = next.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await;
        if said.is_ok() && visitor::read(&mut *next, false).await.status == 200 {
            break;
        }
        assert!(attempt < 500, "the place was not given back");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    house.stands().await;
}

#[tokio::test]
async fn a_trusted_proxy_is_many_visitors() {
    let backend = crate::support::Backend::start().await;
    let trusted = "trusted_proxies = [\"127.77.77.77\"]";
    let house = House::new("proxy", backend, trusted, "connections_per_address = 2", "").await;
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(asked(&house.plain_visitor()).await);
    }
    house.stands().await;
}

#[tokio::test]
async fn a_flood_of_connections_takes_the_places_and_gives_them_back() {
    let house = House::within("flood", "connections = 40\nheader_read = \"300ms\"").await;
    let mut flood = Vec::new();
    for _ in 0..400 {
        flood.push(house.plain_visitor().connect(b"").await);
    }
    house.has_cut("limit", 1).await;
    assert_eq!(house.counted("privet_connections_open", "").await, 40);
    drop(flood);
    house.stands().await;
}
