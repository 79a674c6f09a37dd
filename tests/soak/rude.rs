//! Visitors who leave in the middle, talk nonsense, or ask for more than they may.
//!
//! Invariant: what they began is never an event that counts.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::visitors::{Day, Tally, event, head};

pub async fn leave(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    let event = event(0, "never whole");
    let whole = head("steady.test", "", event.len());
    let nonsense: [Vec<u8>; 8] = [
        // Half a head; a head and half a body; a body that is not what it says.
        whole.as_bytes()[..60].to_vec(),
        [whole.as_bytes(), &event.as_bytes()[..30]].concat(),
        [head("steady.test", "", 5).as_bytes(), b"[1,2,"].concat(),
        head("steady.test", "Transfer-Encoding: chunked\r\n", 5).into_bytes(),
        [head("steady.test", "Content-Encoding: gzip\r\n", 5).as_bytes(), b"plain"].concat(),
        head("steady.test", "", usize::MAX).into_bytes(),
        head("nobody.test", "", 0).into_bytes(),
        b"\x16\x03\x01\x02\x00nonsense\r\n\r\n".to_vec(),
    ];
    for turn in (0..nonsense.len()).cycle() {
        if !day.lasts() {
            return tally;
        }
        let mut socket = day.visitor.connect(b"http/1.1").await;
        let _ = socket.write_all(&nonsense[turn]).await;
        let _ = socket.flush().await;
        // Some wait for the answer's first bytes, some do not.
        if turn % 2 == 0 {
            let _ = tokio::time::timeout(Duration::from_millis(50), socket.read(&mut [0; 64])).await;
        }
        drop(socket);
        tally.broken += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tally
}
