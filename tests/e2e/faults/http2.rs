//! A vendor's faults over HTTP/2, played frame by frame: what goes out once more, and what ends how.
//!
//! RFC 9113: §5.4.2 and §8.7 for streams that are reset or refused, §6.8 for a vendor that leaves, §8.1.1 for answers
//! that are malformed.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::trust::Authority;
use super::{before, line};
use crate::support::Privet;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const ENDS_STREAM: u8 = 1;
const ENDS_HEADERS: u8 = 4;

const PROTOCOL_ERROR: u32 = 1;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;

/// `:status: 200`, and a `content-length` of ten (RFC 7541 §6.1, §6.2.2).
const OK: &[u8] = &[0x88];
const OK_OF_TEN: &[u8] = &[0x88, 0x0f, 0x0d, 2, b'1', b'0'];
/// An index of no table.
const NONSENSE: &[u8] = &[0xff, 0xff, 0x7f];

/// What a vendor does with a request.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Answer,
    Reset(u32),
    /// Says that it leaves, and that it did nothing with this request.
    LeaveOut,
    Cut,
    Stall,
    Nonsense,
    /// Says that ten bytes come, sends five, and goes on so.
    Half(Half),
}

#[derive(Clone, Copy, Debug)]
enum Half {
    Reset,
    Cut,
    Stall,
    /// As if that were all.
    End,
}

/// A vendor that does one thing after another, and answers from then on.
#[derive(Clone)]
struct Vendor {
    url: String,
    deeds: Vec<Deed>,
    /// The connection of each request.
    heard: Arc<Mutex<Vec<usize>>>,
}

impl Vendor {
    async fn of(authority: &Authority, deeds: &[Deed]) -> Self {
        let mut config = authority.pair("localhost", |_| {}).shown();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let vendor = Self { url, deeds: deeds.to_vec(), heard: Arc::default() };
        let listening = vendor.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                let (acceptor, vendor) = (acceptor.clone(), listening.clone());
                tokio::spawn(async move {
                    let Ok(socket) = acceptor.accept(socket).await else { return };
                    let _ = vendor.converse(socket, number).await;
                });
            }
        });
        vendor
    }

    async fn converse(self, mut socket: TlsStream<TcpStream>, number: usize) -> std::io::Result<()> {
        socket.read_exact(&mut [0; 24]).await?;
        say(&mut socket, SETTINGS, 0, 0, &[]).await?;
        let mut last = 0;
        loop {
            let mut head = [0; 9];
            socket.read_exact(&mut head).await?;
            let [a, b, c, kind, _, stream @ ..] = head;
            socket.read_exact(&mut vec![0; u32::from_be_bytes([0, a, b, c]) as usize]).await?;
            if kind != HEADERS {
                continue;
            }
            let stream = u32::from_be_bytes(stream);
            let deed = {
                let mut heard = self.heard.lock().unwrap();
                heard.push(number);
                self.deeds.get(heard.len() - 1).copied().unwrap_or(Deed::Answer)
            };
            match deed {
                Deed::Answer => {
                    say(&mut socket, HEADERS, ENDS_HEADERS, stream, OK).await?;
                    say(&mut socket, DATA, ENDS_STREAM, stream, b"ok").await?;
                }
                Deed::Reset(code) => reset(&mut socket, stream, code).await?,
                Deed::LeaveOut => {
                    let words = [u32::to_be_bytes(last), [0; 4]].concat();
                    say(&mut socket, GOAWAY, 0, 0, &words).await?;
                }
                Deed::Cut => return Ok(()),
                Deed::Stall => {}
                Deed::Nonsense => say(&mut socket, HEADERS, ENDS_HEADERS, stream, NONSENSE).await?,
                Deed::Half(half) => {
                    say(&mut socket, HEADERS, ENDS_HEADERS, stream, OK_OF_TEN).await?;
                    let ends = if let Half::End = half { ENDS_STREAM } else { 0 };
                    say(&mut socket, DATA, ends, stream, b"fifth").await?;
                    match half {
                        Half::Reset => reset(&mut socket, stream, INTERNAL_ERROR).await?,
                        Half::Cut => return Ok(()),
                        Half::Stall | Half::End => {}
                    }
                }
            }
            last = stream;
        }
    }

    fn heard(&self) -> Vec<usize> {
        self.heard.lock().unwrap().clone()
    }

    /// How often it failed for a reason.
    fn failures(&self, privet: &Privet, reason: &str) -> u64 {
        privet.count(&line("upstream_failures_total", &self.url, &format!(",reason=\"{reason}\"")))
    }
}

async fn say(
    socket: &mut TlsStream<TcpStream>,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&[a, b, c, kind, flags][..], &stream.to_be_bytes()].concat();
    socket.write_all(&[&head, payload].concat()).await?;
    socket.flush().await
}

async fn reset(socket: &mut TlsStream<TcpStream>, stream: u32, code: u32) -> std::io::Result<()> {
    say(socket, RST_STREAM, 0, stream, &code.to_be_bytes()).await
}

async fn asked(privet: &Privet, method: &str) -> u16 {
    let (head, body) = (format!("{method} /e\nContent-Type: application/json"), "{}");
    privet.visitor().ask(&head, if method == "GET" { "" } else { body }).await.status
}

const SHORT: &str = "[limits]\nupstream_response = \"2s\"\nupstream_silence = \"1s\"";

#[tokio::test]
async fn what_a_vendor_says_that_it_did_not_touch_goes_out_once_more_whatever_its_method() {
    let authority = Authority::new("untouched");
    for refusal in [Deed::Reset(REFUSED_STREAM), Deed::LeaveOut] {
        for method in ["GET", "POST", "PATCH"] {
            let vendor = Vendor::of(&authority, &[refusal, Deed::Answer, refusal]).await;
            let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), "");
            for _ in 0..2 {
                assert_eq!(asked(&privet, method).await, 200, "{refusal:?} {method}");
            }
            assert_eq!(vendor.heard(), [0, 1, 1, 2], "{refusal:?} {method}");
            assert_eq!(privet.count("privet_upstream_retries_total{route=\"vendor\"}"), 2);
        }
    }
}

#[tokio::test]
async fn who_refuses_twice_is_not_asked_a_third_time() {
    let authority = Authority::new("refuses");
    let vendor = Vendor::of(&authority, &[Deed::Reset(REFUSED_STREAM); 3]).await;
    let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), "");
    assert_eq!(asked(&privet, "POST").await, 502);
    assert_eq!(vendor.heard(), [0, 1]);
    assert_eq!(vendor.failures(&privet, "upstream_refused"), 2);
}

#[tokio::test]
async fn where_there_is_another_upstream_a_refused_request_goes_there() {
    let authority = Authority::new("elsewhere");
    let refusing = Vendor::of(&authority, &[Deed::Reset(REFUSED_STREAM); 9]).await;
    let taking = Vendor::of(&authority, &[]).await;
    let urls = [refusing.url.clone(), taking.url.clone()];
    let privet = before(&urls, &authority.trusted(), "");
    for _ in 0..4 {
        assert_eq!(asked(&privet, "POST").await, 200);
    }
    assert_eq!(taking.heard().len(), 4);
    assert!(!refusing.heard().is_empty(), "it was asked, too");
}

#[tokio::test]
async fn a_post_that_a_vendor_may_have_acted_on_is_never_sent_twice() {
    let authority = Authority::new("acted");
    for deed in [Deed::Reset(INTERNAL_ERROR), Deed::Reset(PROTOCOL_ERROR), Deed::Cut, Deed::Nonsense] {
        let vendor = Vendor::of(&authority, &[Deed::Answer, deed]).await;
        let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), "");
        for status in [200, 502, 200] {
            assert_eq!(asked(&privet, "POST").await, status, "{deed:?}");
        }
        assert_eq!(vendor.heard(), [0, 0, 1], "{deed:?}: a connection that failed takes nothing more");
    }
}

#[tokio::test]
async fn a_connection_is_not_used_beyond_its_age() {
    let authority = Authority::new("age");
    for (limits, heard) in [("", [0, 0, 0]), ("[limits]\nupstream_age = \"1ms\"", [0, 1, 2])] {
        let vendor = Vendor::of(&authority, &[]).await;
        let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), limits);
        for _ in 0..3 {
            assert_eq!(asked(&privet, "GET").await, 200);
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        assert_eq!(vendor.heard(), heard, "{limits}");
    }
}

#[tokio::test]
async fn before_its_head_a_failure_has_a_status() {
    let authority = Authority::new("headless");
    for (deed, status, reason) in [
        (Deed::Reset(INTERNAL_ERROR), 502, "upstream_lost"),
        (Deed::Cut, 502, "upstream_lost"),
        (Deed::Stall, 504, "upstream_answer_timeout"),
        (Deed::Nonsense, 502, "upstream_answer"),
    ] {
        let vendor = Vendor::of(&authority, &[deed]).await;
        let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), SHORT);
        assert_eq!(asked(&privet, "GET").await, status, "{deed:?}");
        assert_eq!(vendor.failures(&privet, reason), 1, "{deed:?}");
        assert_eq!(vendor.heard(), [0], "{deed:?}");
    }
}

#[tokio::test]
async fn after_its_head_an_answer_breaks_off() {
    let authority = Authority::new("halves");
    for (half, reason) in [
        (Half::Reset, "answer_cut"),
        (Half::Cut, "answer_cut"),
        (Half::End, "answer_cut"),
        (Half::Stall, "answer_silent"),
    ] {
        let vendor = Vendor::of(&authority, &[Deed::Half(half)]).await;
        let privet = before(std::slice::from_ref(&vendor.url), &authority.trusted(), SHORT);
        let answer = privet.visitor().ask("GET /e", "").await;
        assert!(!answer.whole, "{half:?}: {answer:?}");
        assert_eq!(vendor.failures(&privet, reason), 1, "{half:?}");
    }
}
