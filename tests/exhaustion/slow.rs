//! Who takes all the time there is: heads, handshakes, bodies and readers that hardly move.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::frames::{self, Wire};
use crate::house::House;
use crate::support::Backend;
use crate::support::visitor::{self, Socket};

const SHORT: Duration = Duration::from_millis(40);
const LARGE: usize = 8 << 20;

async fn large() -> Backend {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {LARGE}\r\n\r\n");
    Backend::answering([answer.into_bytes(), vec![b'x'; LARGE]].concat()).await
}

/// Says one byte after the other until nobody takes any more; whether that came to pass.
async fn trickles(socket: &mut dyn Socket, byte: &[u8]) -> bool {
    for _ in 0..1000 {
        if socket.write_all(byte).await.is_err() || socket.flush().await.is_err() {
            return true;
        }
        if let Ok(Ok(0) | Err(_)) = timeout(SHORT, socket.read(&mut [0; 512])).await {
            return true;
        }
    }
    false
}

/// Slowloris: the deadline is the head's, not a byte's.
#[tokio::test]
async fn a_head_that_trickles_is_cut_though_bytes_keep_coming() {
    let house = House::within("slow-head", "header_read = \"400ms\"").await;
    for visitor in [house.visitor(), house.plain_visitor()] {
        let mut socket = visitor.connect(b"http/1.1").await;
        socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\nX: ").await.unwrap();
        assert!(trickles(&mut *socket, b"a").await);
    }
    house.has_cut("slow_head", 2).await;
    house.stands().await;
}

#[tokio::test]
async fn a_handshake_that_stays_away_or_trickles_is_cut() {
    let house = House::within("slow-handshake", "header_read = \"400ms\"").await;
    // A ClientHello of sixteen thousand bytes is promised.
    let mut socket = house.visitor().unencrypted().connect(b"").await;
    socket.write_all(&[0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c]).await.unwrap();
    assert!(trickles(&mut *socket, &[3]).await);
    let mut silent = house.visitor().unencrypted().connect(b"").await;
    assert!(matches!(silent.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    assert!(house.counted("privet_tls_handshake_failures_total", "").await >= 1);
    house.stands().await;
}

/// R.U.D.Y.: the deadline is the body's.
#[tokio::test]
async fn a_body_that_trickles_is_refused_over_either_version() {
    let house = House::within("slow-body", "body_read = \"400ms\"").await;
    let mut socket = house.visitor().connect(b"http/1.1").await;
    let head =
        "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: text/plain\r\nContent-Length: 10000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let (mut read, mut write) = tokio::io::split(socket);
    let trickle = tokio::spawn(async move {
        while write.write_all(b"a").await.is_ok() && write.flush().await.is_ok() {
            tokio::time::sleep(SHORT).await;
        }
    });
    let mut answer = [0; 12];
    read.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(read);
    trickle.abort();

    let mut wire = Wire::open(&house.visitor(), &[]).await;
    wire.send(&frames::post(1)).await;
    assert_eq!(wire.answer(1).await, Some(408));
    assert_eq!(house.counted("privet_refusals_total", "reason=\"too_slow\"").await, 2);
    house.stands().await;
}

#[tokio::test]
async fn a_reader_who_does_not_read_is_cut_over_either_version() {
    let house = House::new("slow-reader", large().await, "", "answer_read = \"400ms\"", "").await;
    let mut socket = house.visitor().connect(b"http/1.1").await;
    socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await.unwrap();
    house.has_cut("slow_reader", 1).await;
    let read = visitor::read(&mut *socket, false).await;
    assert!(!read.whole);

    // CVE-2019-9517, and zero windows: the answer may not even begin.
    let mut wire = Wire::open(&house.visitor(), &[(4, 0)]).await;
    wire.send(&frames::get(1)).await;
    assert!(wire.await_frame(|_| false).await.is_none());
    house.has_cut("slow_reader", 2).await;
    house.stands().await;
}

#[tokio::test]
async fn who_rests_too_long_is_let_go_and_so_is_a_block_that_is_never_finished() {
    let house = House::within("idle", "idle = \"400ms\"").await;
    let mut socket = house.visitor().connect(b"http/1.1").await;
    assert!(matches!(socket.read(&mut [0; 16]).await, Ok(0) | Err(_)), "nothing was ever asked");

    let mut wire = Wire::open(&house.visitor(), &[]).await;
    let block = frames::block(frames::asking("GET"));
    wire.send(&frames::frame(frames::HEADERS, frames::END_STREAM, 1, &block[..20])).await;
    assert!(wire.await_frame(|_| false).await.is_none());
    house.stands().await;
}

/// Many at once, of each kind: the neighbour does not notice.
#[tokio::test]
async fn a_crowd_of_slow_visitors_is_served_around() {
    let limits =
        "header_read = \"4s\"\nbody_read = \"4s\"\nanswer_read = \"4s\"\nidle = \"4s\"\nconnections = 400";
    let house = House::new("crowd", large().await, "", limits, "").await;
    let mut crowd = Vec::new();
    for said in [
        &b"GET /e HTTP/1.1\r\nHost: "[..],
        b"POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Length: 1000\r\n\r\na",
        b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        b"",
    ] {
        for _ in 0..60 {
            let mut socket = house.plain_visitor().connect(b"http/1.1").await;
            socket.write_all(said).await.unwrap();
            crowd.push(socket);
        }
    }
    for _ in 0..5 {
        house.serves().await;
    }
    for mut socket in crowd {
        assert!(ends(&mut *socket).await);
    }
    house.has_cut("slow_head", 60).await;
    house.stands().await;
}

/// Reads to the end, which must come.
async fn ends(socket: &mut dyn Socket) -> bool {
    let mut rest = vec![0; 64 << 10];
    timeout(Duration::from_secs(20), async { while matches!(socket.read(&mut rest).await, Ok(1..)) {} })
        .await
        .is_ok()
}
