//! The name a visitor calls while shaking hands, and the host of its requests: RFC 6066 §3, RFC 9110 §7.4 and §15.5.20.

use std::path::{Path, PathBuf};

use crate::frames::{END_HEADERS, END_STREAM, HEADERS, Wire, block, frame};
use crate::support::{Backend, Privet, Visitor};

/// Two routes by host under one certificate, a third under another, and one for every host.
async fn stage() -> (Backend, Privet) {
    let backend = Backend::start().await;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    std::fs::create_dir_all(&directory).unwrap();
    let pair = |file: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let [certificate, key]: [PathBuf; 2] =
            ["pem", "key"].map(|kind| directory.join(format!("{file}-{}.{kind}", std::process::id())));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        format!("{{ certificate = {certificate:?}, key = {key:?} }}")
    };
    let pairs = [pair("ab", &["a.test", "b.test"]), pair("c", &["c.test"])].join(", ");
    let mut settings =
        format!("[[listener]]\naddress = \"127.0.0.1:0\"\ntls = [{pairs}]\n[server]\nworkers = 1\n");
    for (name, place) in [
        ("a", "host = \"a.test\""),
        ("b", "host = \"b.test\""),
        ("c", "host = \"c.test\""),
        ("any", "path = \"/any/\""),
    ] {
        let url = backend.url();
        settings.push_str(&format!("[[route]]\nname = \"{name}\"\n{place}\nupstream = \"{url}/{name}\"\n"));
    }
    (backend, Privet::start(&settings))
}

/// The statuses over HTTP/1.1 and over HTTP/2.
async fn asked(visitor: Visitor, host: &str, path: &str) -> (u16, u16) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let one = visitor.send(&[request]).await.status;
    let mut wire = Wire::open(&visitor, &[]).await;
    let fields = [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", host)];
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fields))).await;
    (one, wire.answer(1).await.unwrap_or(0))
}

#[tokio::test]
async fn a_host_is_the_called_one_or_certified_with_it_where_routes_differ() {
    let (backend, privet) = stage().await;
    for (called, host, path, status) in [
        (Some("a.test"), "a.test", "/e", 200),
        (Some("A.TEST"), "a.TEST:8443", "/e", 200),
        (Some("a.test"), "b.test", "/e", 200), // one certificate: browsers reuse the connection
        (Some("a.test"), "c.test", "/e", 421),
        (Some("c.test"), "a.test", "/e", 421),
        (Some("evil.test"), "a.test", "/e", 421),
        (Some("a.test"), "evil.test", "/e", 421),
        (Some("evil.test"), "evil.test", "/any/e", 200),
        (Some("evil.test"), "other.test", "/any/e", 200), // the same route for every host
        (Some("a.test"), "c.test", "/any/e", 421),
        (Some("c.test"), "a.test", "/.privet/privacy", 421),
        (Some("a.test"), "b.test", "/.privet/privacy", 200),
        (None, "a.test", "/e", 200),
        (None, "c.test", "/e", 200),
    ] {
        backend.forget();
        let visitor = privet.visitor().calling(called);
        assert_eq!(asked(visitor, host, path).await, (status, status), "{called:?} {host} {path}");
        assert!(status == 200 || backend.bytes().is_empty(), "{called:?} {host} {path}");
    }
}

#[tokio::test]
async fn on_one_connection_of_http2_each_request_is_looked_at() {
    let (_backend, privet) = stage().await;
    let mut wire = Wire::open(&privet.visitor().calling(Some("a.test")), &[]).await;
    for (stream, host, status) in [(1, "a.test", 200), (3, "c.test", 421), (5, "b.test", 200)] {
        let fields = [(":method", "GET"), (":scheme", "https"), (":path", "/e"), (":authority", host)];
        wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, stream, block(fields))).await;
        let answered = wire.answer(stream).await;
        // Later answers may speak in the words of the table.
        assert!(answered == Some(status) || (answered == Some(0) && stream > 1), "{host}: {answered:?}");
    }
}
