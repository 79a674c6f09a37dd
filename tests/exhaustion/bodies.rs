//! Who fills memory with bodies: all of them together find so much room and no more, however many come at once.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::frames::{self, Wire};
use crate::house::House;
use crate::support::Backend;
use crate::support::visitor::{self, Socket};

const ROOM: &str = "body = \"64KiB\"\nbodies = \"64KiB\"\nbody_read = \"10m\"";
const HALF: usize = 30 << 10;

fn head(length: usize) -> String {
    format!(
        "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    )
}

/// A visitor whose body lacks its last byte.
async fn begun(house: &House) -> Box<dyn Socket> {
    let mut socket = house.plain_visitor().connect(b"http/1.1").await;
    socket.write_all(head(HALF).as_bytes()).await.unwrap();
    socket.write_all(&vec![b'.'; HALF - 1]).await.unwrap();
    socket
}

#[tokio::test]
async fn when_there_is_no_room_a_body_is_refused_and_told_when_to_come_again() {
    let house = House::within("room", ROOM).await;
    let whole = [head(HALF).as_bytes(), &[b'.'; HALF]].concat();
    // One that is still on its way takes no room, and one that comes while another is served may find none.
    let mut first = Vec::new();
    let refused = loop {
        assert!(first.len() < 100, "there is room for all");
        first.push(begun(&house).await);
        let answer = house.plain_visitor().send(&[&whole]).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.field("retry-after")), (503, Some("1")));
    assert!(house.counted("privet_refusals_total", "reason=\"no_room\"").await >= 1);
    let served = house.plain_visitor().ask("POST /e\nContent-Type: text/plain", "small").await;
    assert_eq!(served.status, 200, "what is small still fits");
    let mut kept = 0;
    for socket in &mut first {
        let _ = socket.write_all(b".").await;
        kept += usize::from(visitor::read(&mut **socket, false).await.status == 200);
    }
    assert!((1..=2).contains(&kept), "who had room keeps it: {kept}");
    assert_eq!(house.plain_visitor().send(&[&whole]).await.status, 200, "room comes back");
    house.stands().await;
}

#[tokio::test]
async fn who_leaves_leaves_no_room_taken() {
    let house = House::within("left", ROOM).await;
    let whole = [head(HALF).as_bytes(), &[b'.'; HALF]].concat();
    for _ in 0..4 {
        drop([begun(&house).await, begun(&house).await]);
    }
    // privet takes a moment to see that they left.
    for attempt in 0.. {
        if house.plain_visitor().send(&[&whole]).await.status == 200 {
            break;
        }
        assert!(attempt < 500, "the room was not given back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    house.stands().await;
}

#[tokio::test]
async fn of_many_large_bodies_at_once_some_are_served_and_memory_is_bounded() {
    let house = House::within("siege", "body = \"1MiB\"\nbodies = \"4MiB\"").await;
    let large = format!("{{\"text\":\"{}\"}}", "lorem ipsum ".repeat(75_000));
    let mut siege = Vec::new();
    for _ in 0..64 {
        let (visitor, body) = (house.plain_visitor(), large.clone());
        siege.push(tokio::spawn(async move {
            visitor.ask("POST /e\nContent-Type: application/json", &body).await.status
        }));
    }
    let mut statuses = Vec::new();
    for one in siege {
        statuses.push(one.await.unwrap());
    }
    assert!(
        statuses.contains(&200) && statuses.iter().all(|status| [200, 503].contains(status)),
        "{statuses:?}"
    );
    house.stands().await;
}

const LARGE: usize = 8 << 20;

/// Before a vendor with much to say.
async fn flooded(name: &str, limits: &str) -> House {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {LARGE}\r\n\r\n");
    let backend = Backend::answering([answer.into_bytes(), vec![b'x'; LARGE]].concat()).await;
    House::new(name, backend, "", limits, "").await
}

fn a_hundred() -> Vec<u8> {
    (0..100).flat_map(|number| frames::get(2 * number + 1)).collect()
}

/// HTTP/2: one answer taken, a hundred left standing.
#[tokio::test]
async fn answers_that_are_left_standing_hold_what_is_buffered_for_each_and_no_more() {
    let house = flooded("standing", "").await;
    // No window for any answer, until one is opened for the last.
    let mut wire = Wire::open(&house.plain_visitor(), &[(4, 0)]).await;
    wire.send(&a_hundred()).await;
    wire.send(&frames::frame(frames::WINDOW_UPDATE, 0, 199, 60_000_u32.to_be_bytes())).await;
    assert!(wire.await_frame(|frame| frame.kind == frames::DATA && frame.stream == 199).await.is_some());
    drop(wire);
    house.stands().await;
}

/// HTTP/2: who opens every window as wide as it goes, and then does not read.
#[tokio::test]
async fn windows_that_are_opened_wide_hold_what_is_buffered_for_each_answer_and_no_more() {
    const WIDEST: u32 = (1 << 31) - 1;
    let house = flooded("wide", "answer_read = \"2s\"").await;
    let mut wire = Wire::open(&house.plain_visitor(), &[(4, WIDEST)]).await;
    wire.send(&frames::window(0, WIDEST - 65_535)).await;
    wire.send(&a_hundred()).await;
    house.has_cut("slow_reader", 1).await;
    house.stands().await;
}
