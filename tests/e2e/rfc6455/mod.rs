//! RFC 6455, RFC 7692 and RFC 8441, case by case, as data: what one end sends, and what both ends hear.
//!
//! The tables follow the groups of Autobahn's test suite. Each case of frames runs with either end as the speaker,
//! over HTTP/1.1 and HTTP/2, on sockets of our own at both ends. The route keeps what it cannot read, so that frames
//! are judged and not what is in them. Invariant: what a case does not expect, nobody hears.

mod case;
mod closes;
mod extensions;
mod fragments;
mod frames;
mod handshakes;
mod opening;
mod utf8;
mod wire;
mod wires;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::timeout;

use crate::support::visitor::Socket;
use case::{By, Case, End};
use wire::{CLOSE, Heard, TEXT, close, text};
use wires::{Carrier, Wires};

const PATIENCE: Duration = Duration::from_secs(20);

/// Said after all that does no harm, to show that it did none.
const STILL_HERE: &str = "still here";

#[tokio::test]
async fn frames_are_read_as_the_rfc_says() {
    all_hold(frames::cases()).await;
}

#[tokio::test]
async fn messages_in_pieces_are_read_as_the_rfc_says() {
    all_hold(fragments::cases()).await;
}

#[tokio::test]
async fn text_is_read_as_the_rfc_says() {
    all_hold(utf8::cases()).await;
}

#[tokio::test]
async fn closes_are_carried_as_the_rfc_says() {
    all_hold(closes::cases()).await;
}

#[test]
fn the_tables_hold_enough_cases_and_none_twice() {
    let frames = [frames::cases(), fragments::cases(), utf8::cases(), closes::cases()];
    let mut told: Vec<_> = frames.iter().flatten().map(|case| (case.section, case.says.clone())).collect();
    told.extend(handshakes::told());
    told.extend(extensions::told());
    let count = told.len();
    assert!(count >= 300, "{count}");
    told.sort();
    told.dedup();
    assert_eq!(told.len(), count, "a case is there twice");
}

/// Runs each case with each end as its speaker, over both versions of HTTP, and tells of all that fail.
async fn all_hold(cases: Vec<Case>) {
    let mut wires = Wires::lay("").await;
    let mut wrong = Vec::new();
    for case in &cases {
        for carrier in [Carrier::Http1, Carrier::Http2] {
            for by in [By::Visitor, By::Vendor].into_iter().filter(|by| [*by, By::Either].contains(&case.by))
            {
                let ran = timeout(PATIENCE, run(&mut wires, case, carrier, by)).await;
                if let Err(why) = ran.unwrap_or_else(|_| Err("does not end".to_owned())) {
                    let Case { section, says, .. } = case;
                    wrong.push(format!("§{section} {says}, {by:?} over {carrier:?}: {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

async fn run(wires: &mut Wires, case: &Case, carrier: Carrier, by: By) -> Result<(), String> {
    let (visitor, vendor) = wires.open(carrier).await;
    judge(case, by, visitor, vendor).await
}

/// Whether both ends hear what the case says.
async fn judge(case: &Case, by: By, visitor: Box<dyn Socket>, vendor: Box<dyn Socket>) -> Result<(), String> {
    let visitors = converse(visitor, (by == By::Visitor).then_some(case), true);
    let vendors = converse(vendor, (by == By::Vendor).then_some(case), false);
    let (visitor, vendor) = tokio::join!(visitors, vendors);
    let (speaker, other) = if by == By::Visitor { (visitor, vendor) } else { (vendor, visitor) };
    let mut hears = case.hears.clone();
    if case.end == End::None {
        hears.push((TEXT, STILL_HERE.into()));
    }
    let (to_speaker, to_other) = closes_of(case, by);
    for (what, is_so) in [
        ("the other end's messages", other.messages == hears),
        ("the other end's pongs", other.pongs.is_empty()),
        ("the other end's close", begins(&other.close, &to_other)),
        ("the speaker's messages", speaker.messages.is_empty()),
        ("the speaker's pongs", speaker.pongs == case.pongs),
        ("the speaker's close", begins(&speaker.close, &to_speaker)),
    ] {
        if !is_so {
            return Err(format!("{what}; speaker {}; other {}", brief(&speaker), brief(&other)));
        }
    }
    Ok(())
}

/// The closes that the speaker and the other end are to hear.
fn closes_of(case: &Case, by: By) -> (Close, Close) {
    let word = |code: u16| Close { payload: code.to_be_bytes().to_vec(), whole: true };
    match case.end {
        End::None => (word(1000), word(1000)),
        // Whoever is not at fault is told that the other end left, or failed.
        End::Fails(code) => (word(code), word(if by == By::Visitor { 1001 } else { 1011 })),
        End::Closes(None) => (Close::default(), Close::default()),
        End::Closes(Some(code)) => {
            let said =
                case.sends.iter().find(|frame| frame.opcode == CLOSE).map(|frame| frame.payload.clone());
            // A visitor's reason is free text that stays here.
            let carried = if by == By::Visitor { None } else { said };
            (word(code), carried.map_or_else(|| word(code), |payload| Close { payload, whole: true }))
        }
        End::Misspoken(code) => (Close { whole: false, ..word(code) }, Close { whole: false, ..word(code) }),
    }
}

/// A close's payload, or its beginning.
struct Close {
    payload: Vec<u8>,
    whole: bool,
}

impl Default for Close {
    fn default() -> Self {
        Self { payload: Vec::new(), whole: true }
    }
}

fn begins(heard: &Option<Vec<u8>>, expected: &Close) -> bool {
    heard.as_ref().is_some_and(|heard| {
        if expected.whole { *heard == expected.payload } else { heard.starts_with(&expected.payload) }
    })
}

fn brief(heard: &Heard) -> String {
    let sizes: Vec<_> = heard.messages.iter().map(|(kind, payload)| (*kind, payload.len())).collect();
    format!("heard {sizes:?}, {} pongs and the close {:?}", heard.pongs.len(), heard.close)
}

/// One end of a case: says what the case says, if it is the speaker's, and hears all that comes.
async fn converse(socket: Box<dyn Socket>, case: Option<&Case>, is_client: bool) -> Heard {
    let (mut read, mut write) = split(socket);
    let (heard, ()) = tokio::join!(Heard::all(&mut read, is_client), speak(&mut write, case, is_client));
    let has_closed =
        case.is_some_and(|case| matches!(case.end, End::None | End::Closes(_) | End::Misspoken(_)));
    if let Some(payload) = heard.close.as_ref().filter(|_| !has_closed) {
        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        let answer = code.map_or_else(|| wire::frame(CLOSE, ""), |code| close(code, ""));
        let _ = write.write_all(&answer.bytes(is_client)).await;
        let _ = write.flush().await;
    }
    part(read, write, is_client).await;
    heard
}

async fn speak(write: &mut WriteHalf<Box<dyn Socket>>, case: Option<&Case>, is_client: bool) {
    let Some(case) = case else { return };
    let after = [text(STILL_HERE), close(1000, "")];
    let after = after.iter().filter(|_| case.end == End::None);
    let bytes: Vec<u8> = case.sends.iter().chain(after).flat_map(|frame| frame.bytes(is_client)).collect();
    let cut = if case.cut == 0 { bytes.len() } else { case.cut };
    for piece in bytes.chunks(cut) {
        // privet may have heard enough.
        if write.write_all(piece).await.is_err() || write.flush().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// After the last word: the server ends the connection, the client waits for that (§7.1.1).
async fn part(mut read: ReadHalf<Box<dyn Socket>>, mut write: WriteHalf<Box<dyn Socket>>, is_client: bool) {
    if !is_client {
        let _ = write.shutdown().await;
    }
    let mut rest = [0; 4096];
    while matches!(read.read(&mut rest).await, Ok(1..)) {}
}

#[tokio::test]
async fn a_mask_is_another_for_each_frame() {
    let mut wires = Wires::lay("").await;
    let words: Vec<_> = (0..32).map(|_| text("same")).collect();
    let says = case::case("5.3", "32 messages have 32 masks", words);
    let (visitor, vendor) = wires.open(Carrier::Http1).await;
    let (_, heard) = tokio::join!(converse(visitor, Some(&says), true), converse(vendor, None, false));
    let mut masks = heard.masks;
    masks.sort_unstable();
    masks.dedup();
    assert!(masks.len() >= 32, "{}", masks.len());
}
