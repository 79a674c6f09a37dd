//! The vendor's names in what it answers: they become the visitor's side in every coding and however the answer is cut,
//! and nothing waits for the end.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::support::visitor::HOME;
use crate::support::{Backend, Stage, request};

const PATIENCE: Duration = Duration::from_secs(20);
const ROUTE: &str = "policy = \"strict\"\nbody = \"16KiB\"\n";
/// A second host of the vendor's, at a place of the visitor's own.
const OTHER: &str = "[[route]]\nname = \"cdn\"\nhost = \"vendor.test\"\npath = \"/cdn/\"\n\
    upstream = \"https://cdn.vendor.example\"\n";

const SCRIPT: &str =
    "var u=\"https://cdn.vendor.example/a.js\",v='\\/\\/CDN.vendor.example\\/b',w=\"notcdn.vendor.example\";";
const REWRITTEN: &str =
    "var u=\"https://vendor.test/cdn/a.js\",v='\\/\\/vendor.test\\/cdn\\/b',w=\"notcdn.vendor.example\";";

fn answer(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn stage() -> Stage {
    Stage::before(Backend::start().await, ROUTE, OTHER)
}

#[tokio::test]
async fn names_become_the_visitors_side_in_every_kind_of_text_and_in_nothing_else() {
    let stage = stage().await;
    for label in [
        "application/javascript",
        "text/css",
        "text/html",
        "application/json",
        "image/svg+xml",
        "",
        "text/event-stream",
    ] {
        stage.backend.answer_with(answer(&format!("Content-Type: {label}\r\n"), SCRIPT.as_bytes()));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, &*answer.text()), (200, REWRITTEN), "{label}");
    }
    let picture = [b"\x89PNG\r\n\x1a\n\0", SCRIPT.as_bytes()].concat();
    for label in ["image/png", "font/woff2", "application/octet-stream"] {
        stage.backend.answer_with(answer(&format!("Content-Type: {label}\r\n"), &picture));
        assert_eq!(stage.visitor().ask("GET /e", "").await.message.body, picture, "{label}");
    }
}

#[tokio::test]
async fn the_visitors_own_address_does_not_come_home_in_any_text() {
    let reading = format!("{ROUTE}[[route.rule]]\nselect = \"response-json:/x\"\naction = \"keep\"\n");
    let kept = "policy = \"address-only\"\n[route.actions]\naddress = \"keep\"\n";
    let own = HOME.to_string();
    for (route, stand_in) in [
        (ROUTE, "[address]"),
        (&reading, "[address]"),
        ("policy = \"balanced\"\n", "127.77.77.0"),
        (kept, &own),
    ] {
        let stage = Stage::before(Backend::start().await, route, "");
        for label in ["application/javascript", "text/html", "text/css", "text/plain", "image/svg+xml"] {
            let body = format!("a='you are {HOME}';/* x{HOME}:80 1{HOME} */");
            stage.backend.answer_with(answer(&format!("Content-Type: {label}\r\n"), body.as_bytes()));
            let said = stage.visitor().ask("GET /e", "").await;
            let expected = format!("a='you are {stand_in}';/* x{stand_in}:80 1{HOME} */");
            assert_eq!((said.status, &*said.text()), (200, &*expected), "{route} {label}");
        }
    }
}

#[tokio::test]
async fn polled_packets_tell_the_length_they_come_home_with() {
    let stage = stage().await;
    for (polled, expected) in [
        (
            "35:42[\"\u{e4}\",\"ws://cdn.vendor.example/s\"]1:2",
            "33:42[\"\u{e4}\",\"wss://vendor.test/cdn/s\"]1:2",
        ),
        ("12:30 to cdn.vendor.example", "12:30 to vendor.test/cdn"),
    ] {
        let fields = "Content-Type: text/plain; charset=UTF-8\r\n";
        stage.backend.answer_with(answer(fields, polled.as_bytes()));
        let said = stage.visitor().ask("GET /poll", "").await;
        assert_eq!((said.status, &*said.text()), (200, expected));
        assert_eq!(said.field("content-length"), Some(&*expected.len().to_string()));
    }
}

#[tokio::test]
async fn a_stack_frame_names_the_vendors_own_script() {
    let route = "policy = \"address-only\"\nsite_origins = [\"https://shop.test\"]\n\
        [route.actions]\naddress = \"keep\"\n";
    let site = "[[route]]\nname = \"site\"\nhost = \"shop.test\"\nupstream = \"https://other.example\"\n";
    let stage = Stage::before(Backend::start().await, route, site);
    let frame = |base: &str| format!("{{\"frames\":[{{\"abs_path\":\"{base}/static/a.js:1:23\"}}]}}");
    let page = "https://shop.test/static/a.js:1:23";
    let body = frame("https://vendor.test").replace("]}", &format!(",\"{page}\"]}}"));
    let head = "POST /e\nContent-Type: application/json";
    assert_eq!(stage.visitor().ask(head, &body).await.status, 200);
    let vendor = format!("http://{}", stage.backend.address).replace("http:", "https:");
    let expected = frame(&vendor).replace("]}", &format!(",\"{page}\"]}}"));
    assert_eq!(String::from_utf8_lossy(&stage.backend.request().body), expected);
}

#[tokio::test]
async fn a_coding_hides_no_name_and_what_comes_home_needs_none() {
    let text = SCRIPT.as_bytes();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text).unwrap();
    zlib.write_all(text).unwrap();
    deflate.write_all(text).unwrap();
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22).write_all(text).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(text, 3).unwrap();
    let stage = stage().await;
    for (coding, body) in [
        ("gzip", &gzip),
        ("deflate", &zlib.finish().unwrap()),
        ("deflate", &deflate.finish().unwrap()),
        ("br", &brotli),
        ("zstd", &zstd),
        ("zstd, gzip", &{
            let mut twice = GzEncoder::new(Vec::new(), Compression::default());
            twice.write_all(&zstd).unwrap();
            twice.finish().unwrap()
        }),
    ] {
        let fields = format!("Content-Type: text/javascript\r\nContent-Encoding: {coding}\r\n");
        stage.backend.answer_with(answer(&fields, body));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((&*answer.text(), answer.field("content-encoding")), (REWRITTEN, None), "{coding}");
        assert_eq!(answer.field("content-length"), Some(&*REWRITTEN.len().to_string()));
    }
    for (coding, body, words) in [
        ("compress", &b"x"[..], "upstream: answer's body has a content encoding privet cannot undo\n"),
        ("gzip", b"no gzip at all", "upstream: answer's body has a content encoding that is broken\n"),
        ("gzip", &gzip[..gzip.len() - 9], "upstream: answer's body has a content encoding that is broken\n"),
    ] {
        let fields = format!("Content-Type: text/javascript\r\nContent-Encoding: {coding}\r\n");
        stage.backend.answer_with(answer(&fields, body));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, &*answer.text()), (502, words), "{coding}");
    }
}

#[tokio::test]
async fn a_bomb_in_a_script_ends_it_and_costs_no_more_than_its_bound() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b' '; 32 << 20]).unwrap();
    let stage = stage().await;
    let fields = "Content-Type: text/javascript\r\nContent-Encoding: gzip\r\n";
    stage.backend.answer_with(answer(fields, &bomb.finish().unwrap()));
    let answer = stage.visitor().ask("GET /e", "").await;
    assert!(!answer.whole || answer.status == 502);
    assert!(answer.message.body.len() < 8 << 20, "{}", answer.message.body.len());
}

#[tokio::test]
async fn a_huge_script_in_small_pieces_comes_home_whole_and_longer_than_any_body_may_be() {
    let script = format!("{SCRIPT}\n").repeat(3000);
    let chunks: String = script
        .as_bytes()
        .chunks(997)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)))
        .collect();
    let stage = stage().await;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nTransfer-Encoding: chunked\r\n\r\n";
    stage.backend.answer_with(format!("{head}{chunks}0\r\n\r\n"));
    let answer = stage.visitor().ask("GET /e", "").await;
    assert!(answer.whole && answer.text() == format!("{REWRITTEN}\n").repeat(3000));
}

#[tokio::test]
async fn what_came_goes_on_before_the_rest_is_there_and_a_name_cut_in_two_is_one() {
    let read = Arc::new(Notify::new());
    let heard = read.clone();
    let backend = Backend::scripted(move |mut socket, _| {
        let heard = heard.clone();
        async move {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ntransfer-encoding: chunked\r\n\r\n";
            let first = "var first=1,u=\"https://cdn.ven";
            socket.write_all(format!("{head}{:x}\r\n{first}\r\n", first.len()).as_bytes()).await.unwrap();
            heard.notified().await;
            socket.write_all(b"13\r\ndor.example/last.js\r\n0\r\n\r\n").await.unwrap();
        }
    });
    let stage = Stage::before(backend.await, ROUTE, OTHER);
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    socket.write_all(&request("GET /e", "")).await.unwrap();
    let mut seen = Vec::new();
    for text in ["var first=1,u=\"https://", "vendor.test/cdn/last.js"] {
        let reading = async {
            while !String::from_utf8_lossy(&seen).contains(text) {
                assert_ne!(
                    socket.read_buf(&mut seen).await.unwrap(),
                    0,
                    "{}",
                    String::from_utf8_lossy(&seen)
                );
            }
        };
        timeout(PATIENCE, reading).await.expect("what came goes on at once");
        read.notify_one();
    }
    assert!(!String::from_utf8_lossy(&seen).contains("cdn.ven"));
}

#[tokio::test]
async fn a_part_of_a_text_does_not_pass_and_one_of_a_picture_does() {
    let stage = stage().await;
    for (label, status) in [("text/javascript", 502), ("application/octet-stream", 502), ("image/png", 206)] {
        stage.backend.answer_with(format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Type: {label}\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab"
        ));
        let answer = stage.visitor().ask("GET /e\nRange: bytes=0-1", "").await;
        assert_eq!(answer.status, status, "{label}");
        assert_eq!(stage.backend.requests().last().unwrap().field("range"), None);
    }
}

#[tokio::test]
async fn an_answer_to_head_says_of_its_body_what_one_to_get_would() {
    let stage = stage().await;
    let fields = "Content-Type: text/javascript\r\nContent-Encoding: gzip\r\nAccept-Ranges: bytes\r\n";
    stage.backend.answer_with(format!("HTTP/1.1 200 OK\r\nContent-Length: 700\r\n{fields}\r\n"));
    let answer = stage.visitor().ask("HEAD /e", "").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    for field in ["content-encoding", "accept-ranges", "content-length"] {
        assert_eq!(answer.field(field), None, "{field}");
    }
}
