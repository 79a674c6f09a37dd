//! One request in is one request out: what two readers could read in two ways does not pass.

use crate::support::Stage;

/// A second request, hidden where a careless reader would find it.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: vendor.test\r\n\r\n";

async fn stage() -> Stage {
    Stage::with("policy = \"strict\"").await
}

/// Sends bytes; the status, and the start lines of what arrived.
async fn sends(stage: &Stage, text: &str) -> (u16, Vec<String>) {
    stage.backend.forget();
    let status = stage.visitor().send(&[text]).await.status;
    (status, stage.backend.requests().into_iter().map(|request| request.start).collect())
}

fn post(fields: &str, body: &str) -> String {
    format!("POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: text/plain\r\n{fields}\r\n\r\n{body}")
}

#[tokio::test]
async fn a_length_beside_chunks_hides_nothing() {
    let stage = stage().await;
    let chunks = format!("5\r\nhello\r\n0\r\n\r\n{HIDDEN}");
    for fields in [
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked", chunks.len()),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {}", chunks.len()),
        "Content-Length: 4\r\nTransfer-Encoding: chunked".to_owned(),
        format!("Content-Length: {}\r\ntransfer-encoding : chunked", chunks.len()),
        format!("Content-Length: {}\r\nTransfer-Encoding: xchunked", chunks.len()),
        format!("Content-Length: {}\r\nTransfer_Encoding: chunked", chunks.len()),
        "Transfer-Encoding: chunked, identity".to_owned(),
        "Transfer-Encoding: identity, chunked".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked".to_owned(),
    ] {
        let (status, arrived) = sends(&stage, &post(&fields, &chunks)).await;
        assert!(!arrived.iter().any(|start| start.contains("hidden")), "{fields}: {arrived:?}");
        assert!(arrived.len() <= 1 && matches!(status, 200 | 400 | 501), "{fields}: {status} {arrived:?}");
        for request in stage.backend.requests() {
            let both =
                request.field("content-length").is_some() && request.field("transfer-encoding").is_some();
            assert!(!both && !request.text().contains("hidden"), "{fields}: {request:?}");
        }
    }
}

#[tokio::test]
async fn lengths_that_differ_or_are_no_numbers_are_refused() {
    let stage = stage().await;
    for fields in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: ",
        "Content_Length: 5",
        "Content-Length: 99999999999999999999999",
    ] {
        let (status, arrived) = sends(&stage, &post(fields, &format!("hello{HIDDEN}"))).await;
        assert!((400..500).contains(&status), "{fields}: {status}");
        assert_eq!(arrived, [""; 0], "{fields}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_are_refused() {
    let stage = stage().await;
    for body in [
        "5;\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "g\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\nhello\n0\n\n",
    ] {
        let (status, arrived) = sends(&stage, &post("Transfer-Encoding: chunked", body)).await;
        assert_eq!((status, arrived), (400, vec![]), "{body:?}");
    }
}

#[tokio::test]
async fn heads_that_are_malformed_are_refused() {
    let stage = stage().await;
    for text in [
        "GET  /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        "GET /e\r\nHost: vendor.test\r\n\r\n",
        "GET /e HTTP/3.0\r\nHost: vendor.test\r\n\r\n",
        "G@T /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nX : y\r\n\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nX: y\r\n z\r\n\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nX: a\0b\r\n\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nno colon\r\n\r\n",
        "GET /e\x01 HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
    ] {
        let (status, arrived) = sends(&stage, text).await;
        assert!((400..600).contains(&status), "{text:?}: {status}");
        assert_eq!(arrived, [""; 0], "{text:?}");
    }
}

#[tokio::test]
async fn a_host_said_twice_in_two_ways_or_not_at_all_is_refused() {
    let stage = stage().await;
    for head in [
        "GET /e HTTP/1.1\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nHost: vendor.test\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nHost: evil.test\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test, evil.test\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test@evil.test\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test/evil\r\n",
        "GET http://evil.test/e HTTP/1.1\r\nHost: vendor.test\r\n",
        "GET http://vendor.test@evil.test/e HTTP/1.1\r\nHost: vendor.test\r\n",
    ] {
        let (status, arrived) = sends(&stage, &format!("{head}Connection: close\r\n\r\n")).await;
        assert!((400..500).contains(&status), "{head}: {status}");
        assert_eq!(arrived, [""; 0], "{head}");
    }
}

#[tokio::test]
async fn no_tunnel_is_opened() {
    let stage = stage().await;
    for text in [
        "CONNECT vendor.test:443 HTTP/1.1\r\nHost: vendor.test:443\r\n\r\n",
        "CONNECT /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        "TRACE /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        "GET /e HTTP/1.1\r\nHost: vendor.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let (status, arrived) = sends(&stage, text).await;
        assert!((400..600).contains(&status), "{text}: {status}");
        assert_eq!(arrived, [""; 0], "{text}");
    }
    stage
        .backend
        .answer_with("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n");
    let wish = "GET /e HTTP/1.1\r\nHost: vendor.test\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n";
    assert_eq!(sends(&stage, wish).await.0, 502);
}

#[tokio::test]
async fn a_path_that_climbs_is_refused_and_others_stay_as_they_are() {
    let stage = stage().await;
    for path in ["/a/../b", "/../b", "/a/%2e%2e/b", "/a/.%2E/b", "/a/..", "/./b", "/a\\..\\b"] {
        let (status, arrived) =
            sends(&stage, &format!("GET {path} HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n\r\n"))
                .await;
        assert_eq!((status, arrived), (400, vec![]), "{path}");
    }
    for path in ["/a..b/c", "/a%2Fb", "/...", "/a//b", "/a/.well-known/c"] {
        let (status, arrived) =
            sends(&stage, &format!("GET {path} HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n\r\n"))
                .await;
        assert_eq!((status, arrived), (200, vec![format!("GET {path} HTTP/1.1")]));
    }
}

#[tokio::test]
async fn connection_takes_nothing_away_that_privet_decides_by() {
    let stage = stage().await;
    let named = "Connection: close, Host, Content-Length, Content-Type, Sec-GPC, X-Hop\r\nSec-GPC: 1\r\nX-Hop: hopsecret\r\n\
        Keep-Alive: timeout=hopsecret\r\nProxy-Authorization: hopsecret\r\nTE: trailers, hopsecret\r\nContent-Length: 7";
    let (status, arrived) = sends(&stage, &post(named, "{\"a\":1}")).await;
    assert_eq!((status, arrived.len()), (200, 1));
    let request = stage.backend.request();
    assert_eq!((request.field("sec-gpc"), &*request.text()), (Some("1"), "{\"a\":1}"));
    assert_eq!(request.field("content-type"), Some("text/plain"));
    assert!(!String::from_utf8_lossy(&request.raw).contains("hopsecret"));
}

#[tokio::test]
async fn what_connection_names_stays_on_this_hop_even_where_a_rule_keeps_it() {
    let stage = Stage::with("[[route.rule]]\nselect = \"header:x-plan\"\naction = \"keep\"").await;
    for (named, arrives) in [
        ("Connection: close", Some("gold")),
        ("Connection: close, x-plan", None),
        ("Connection: X-Plan\r\nConnection: close", None),
        ("Connection: close ,, X-PLAN ,", None),
    ] {
        let fields = format!("{named}\r\nX-Plan: gold\r\nContent-Length: 5");
        let (status, arrived) = sends(&stage, &post(&fields, "hello")).await;
        assert_eq!((status, arrived.len()), (200, 1), "{named}");
        assert_eq!(stage.backend.request().field("x-plan"), arrives, "{named}");
    }
}

#[tokio::test]
async fn requests_on_one_connection_stay_apart() {
    let stage = stage().await;
    let first = post("Content-Length: 5", "hello").replace("/e", "/first");
    let second = "GET /second HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n\r\n";
    let (_, _) = sends(&stage, &format!("{first}{second}")).await;
    for _ in 0..200 {
        if stage.backend.requests().len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let starts: Vec<String> = stage.backend.requests().into_iter().map(|request| request.start).collect();
    assert_eq!(starts.iter().filter(|start| start.contains("/first")).count(), 1, "{starts:?}");
    assert!(starts.len() <= 2, "{starts:?}");
}

/// RFC 6455 §4.2.2: what follows a wish are frames, if it is granted; nobody has looked at it as a request.
#[tokio::test]
async fn behind_a_wish_for_a_socket_that_is_not_granted_nothing_is_read() {
    let stage = stage().await;
    for (version, status) in [("13", 200), ("8", 426)] {
        let wish = format!(
            "GET /s HTTP/1.1\r\nHost: vendor.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{HIDDEN}"
        );
        let answer = stage.visitor().send(&[wish]).await;
        assert_eq!((answer.status, answer.field("connection")), (status, Some("close")));
        assert!(!stage.backend.requests().iter().any(|request| request.start.contains("hidden")));
    }
}
