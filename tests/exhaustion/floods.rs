//! Who keeps hyper busy with frames that ask for nothing: each flood of HTTP/2 that has a name, and one that has none.

use std::time::Duration;

use tokio::time::timeout;

use crate::frames::*;
use crate::house::House;

const MANY: usize = 60_000;

/// What is said again and again, by the number of the round.
type Round = fn(u32) -> Vec<u8>;

struct Flood {
    stands_for: &'static str,
    first: Vec<u8>,
    round: Round,
}

fn floods() -> Vec<Flood> {
    let flood = |stands_for, first, round: Round| Flood { stands_for, first, round };
    vec![
        flood("CVE-2019-9512: PING", vec![], |_| frame(PING, 0, 0, [0; 8])),
        flood("CVE-2019-9515: SETTINGS", vec![], |_| settings(&[])),
        flood("CVE-2019-9515: SETTINGS that change windows", vec![], |n| settings(&[(4, n)])),
        flood("SETTINGS acknowledged", vec![], |_| frame(SETTINGS, ACK, 0, [])),
        flood("CVE-2019-9513: PRIORITY", vec![], |n| {
            frame(PRIORITY, 0, 2 * (n % 50) + 1, [0, 0, 0, 0, n as u8])
        }),
        flood("CVE-2019-9518: empty DATA", post(1), |_| frame(DATA, 0, 1, [])),
        flood("CVE-2019-9518: empty DATA with padding", post(1), |_| frame(DATA, PADDED, 1, [3, 0, 0, 0])),
        flood("CVE-2019-9511: windows by one", post(1), |_| window(0, 1)),
        flood("CVE-2023-44487: rapid reset", vec![], |n| [get(2 * n + 1), reset(2 * n + 1)].concat()),
        flood("CVE-2023-44487: rapid reset of bodies", vec![], |n| {
            [post(2 * n + 1), reset(2 * n + 1)].concat()
        }),
        flood("CVE-2025-8671: made to reset", vec![], |n| [post(2 * n + 1), window(2 * n + 1, 0)].concat()),
        flood("CVE-2024-27316: CONTINUATION", frame(HEADERS, 0, 1, block(asking("POST"))), |_| {
            frame(CONTINUATION, 0, 1, block([("x", "y")]))
        }),
        flood("CVE-2024-27316: empty CONTINUATION", frame(HEADERS, 0, 1, block(asking("POST"))), |_| {
            frame(CONTINUATION, 0, 1, [])
        }),
        flood("frames of no known kind", vec![], |n| frame(0x40 + (n % 64) as u8, 0, 0, [])),
        flood("answers to no PING", vec![], |_| frame(PING, ACK, 0, [0; 8])),
    ]
}

/// Says it until nobody listens; whether that came to pass.
async fn is_cut(wire: &mut Wire, flood: &Flood) -> bool {
    wire.send(&flood.first).await;
    for rounds in (0..MANY as u32).collect::<Vec<_>>().chunks(200) {
        let said: Vec<u8> = rounds.iter().flat_map(|number| (flood.round)(*number)).collect();
        match timeout(Duration::from_secs(10), wire.send(&said)).await {
            Ok(true) => {}
            Ok(false) => return true,
            Err(_) => return false,
        }
    }
    wire.await_frame(|frame| frame.kind == GOAWAY).await.is_none_or(|frame| frame.code() != 0)
}

#[tokio::test]
async fn every_flood_is_cut_and_the_neighbour_is_served() {
    let house = House::within("floods", "").await;
    let mut borne = Vec::new();
    for flood in floods() {
        let before = house.backend.connections();
        let mut wire = Wire::open(&house.visitor(), &[]).await;
        if !is_cut(&mut wire, &flood).await {
            borne.push(flood.stands_for);
        }
        house.serves().await;
        let connections = house.backend.connections() - before;
        assert!(connections <= 400, "{}: {connections} connections to the vendor", flood.stands_for);
    }
    assert_eq!(borne, [""; 0]);
    // hyper is the first to notice some, by its own measure.
    let noticed = ["flood", "malformed", "large_head"];
    let mut counted = 0;
    for reason in noticed {
        counted += house.counted("privet_connections_cut_total", &format!("reason=\"{reason}\"")).await;
    }
    assert_eq!(counted, floods().len() as u64);
    house.stands().await;
}

/// Who reads much opens many windows, and is no flood.
#[tokio::test]
async fn an_honest_reader_of_much_is_served_to_the_end() {
    let length = 4 << 20;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
    let answer = [head.into_bytes(), vec![b'x'; length]].concat();
    let house = House::new("reader", crate::support::Backend::answering(answer).await, "", "", "").await;
    let mut wire = Wire::open(&house.visitor(), &[(4, 2048)]).await;
    wire.send(&get(1)).await;
    let mut read = 0;
    while read < length {
        let piece = wire.await_frame(|frame| frame.kind == DATA).await.expect("more of the answer");
        read += piece.payload.len();
        let more = piece.payload.len() as u32;
        // As eagerly as some libraries do: both windows, for every frame.
        wire.send(&[window(0, more), window(1, more)].concat()).await;
    }
    assert_eq!(read, length);
    house.stands().await;
}

/// Browsers cancel what a page they leave had asked for.
#[tokio::test]
async fn a_page_that_is_left_may_cancel_all_it_asked_for() {
    let house = House::within("cancel", "").await;
    let mut wire = Wire::open(&house.visitor(), &[]).await;
    let streams = (0..100).map(|number| 2 * number + 1);
    let asked: Vec<u8> = streams.clone().flat_map(post).collect();
    wire.send(&asked).await;
    let cancelled: Vec<u8> = streams.flat_map(reset).collect();
    wire.send(&cancelled).await;
    wire.send(&get(201)).await;
    assert_eq!(wire.answer(201).await, Some(200));
    house.stands().await;
}
