//! A visitor's no: heeded by every signal, over HTTP/1.1, HTTP/2 and sockets, without a single connection to the
//! vendor; and a yes that is asked for: nothing passes before it.

use http::Request;
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use crate::support::{Answer, Backend, Frames, Privet, Stage, visitor};
use crate::websocket::{self, over_http2};

/// Every way to say no, as lines of a head and as a query.
const NOES: [(&str, &str, &str); 4] = [
    ("cookie", "", "Cookie: a=1; privet_choice=off"),
    ("gpc", "", "Sec-GPC: 1"),
    ("dnt", "", "DNT: 1"),
    ("query", "privet=off", "Sec-Fetch-Mode: no-cors"),
];

fn target(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.trim().split_once(": "))
}

async fn over_h2(stage: &Stage, method: &str, target: &str, head: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("https://vendor.test{target}"));
    for (name, value) in lines(head) {
        request = request.header(name, value);
    }
    stage.visitor().h2().await.send(request.body(Frames::new(b"", 1, None)).unwrap()).await.unwrap()
}

/// A route where every no blocks.
async fn stage(more: &str) -> Stage {
    Stage::with(&format!("on_opt_out = \"block\"\n{more}")).await
}

#[tokio::test]
async fn who_said_no_by_any_signal_reaches_no_vendor_over_http_1_and_2() {
    let stage = stage("").await;
    for (name, query, head) in NOES {
        for (method, path) in [("GET", "/w.js"), ("POST", "/e"), ("GET", "/p.gif"), ("PUT", "/x")] {
            let target = target(path, query);
            let answer = stage.visitor().ask(&format!("{method} {target}\n{head}"), "").await;
            assert!(matches!(answer.status, 200 | 204), "{name} {method}: {}", answer.status);
            let answer = over_h2(&stage, method, &target, head).await;
            assert!(matches!(answer.status, 200 | 204), "{name} {method}: {}", answer.status);
        }
    }
    assert_eq!((stage.backend.connections(), stage.backend.bytes().len()), (0, 0));
    assert_eq!(stage.visitor().ask("GET /w.js\nSec-GPC: 0\nDNT: 0", "").await.text(), "ok");
    assert_eq!(stage.backend.connections(), 1);
}

#[tokio::test]
async fn what_who_said_no_sends_is_read_to_its_end_so_that_the_connection_goes_on() {
    let stage = stage("").await;
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    let length = 1 << 20;
    let head =
        format!("POST /e HTTP/1.1\r\nHost: vendor.test\r\nSec-GPC: 1\r\nContent-Length: {length}\r\n\r\n");
    let request = [head.into_bytes(), vec![b'x'; length]].concat();
    for _ in 0..2 {
        socket.write_all(&request).await.unwrap();
        assert_eq!(visitor::read(&mut *socket, false).await.status, 204);
    }
    assert_eq!(stage.backend.connections(), 0);
}

#[tokio::test]
async fn a_socket_of_who_said_no_is_closed_at_once_and_reaches_no_vendor() {
    let stage = stage("").await;
    for (name, query, head) in NOES {
        let headers: Vec<(&'static str, &str)> = lines(head)
            .map(|(name, value)| match name {
                "Cookie" => ("cookie", value),
                "Sec-GPC" => ("sec-gpc", value),
                "DNT" => ("dnt", value),
                _ => ("sec-fetch-mode", "websocket"),
            })
            .chain([("sec-websocket-protocol", "json, text")])
            .collect();
        let url = format!("wss://vendor.test{}", target("/s", query));
        let (mut socket, agreed) = websocket::opened(stage.visitor(), &url, &headers).await.unwrap();
        assert_eq!(agreed.as_deref(), Some("json"), "{name}");
        assert_eq!(websocket::code(&websocket::next(&mut socket).await), Some(1000), "{name}");
    }
    let (mut socket, _) = over_http2(stage.visitor(), "https://vendor.test/s", &[("sec-gpc", "1")]).await;
    assert_eq!(websocket::code(&websocket::next(&mut socket).await), Some(1000));
    assert_eq!(stage.backend.connections(), 0);
}

#[tokio::test]
async fn a_page_gets_what_it_asked_for_empty_and_for_no_cache() {
    let stage = stage("site_origins = [\"https://www.shop.example\"]").await;
    for (destination, accept, status, content_type, body) in [
        ("script", "*/*", 200, "text/javascript; charset=utf-8", &b""[..]),
        ("image", "image/avif,*/*", 200, "image/gif", b"GIF89a"),
        ("style", "text/css,*/*;q=0.1", 200, "text/css; charset=utf-8", b""),
        ("iframe", "text/html", 200, "text/html; charset=utf-8", b"<!doctype html>"),
        ("empty", "application/json, */*", 200, "application/json", b"{}"),
        ("empty", "*/*", 204, "", b""),
    ] {
        let head = format!(
            "GET /x\nSec-GPC: 1\nSec-Fetch-Dest: {destination}\nAccept: {accept}\nOrigin: https://www.shop.example"
        );
        let answer = stage.visitor().ask(&head, "").await;
        assert_eq!((answer.status, answer.field("content-type").unwrap_or_default()), (status, content_type));
        assert!(answer.message.body.starts_with(body), "{destination}");
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        assert_eq!(answer.field("access-control-allow-origin"), Some("https://www.shop.example"));
        assert_eq!(answer.field("access-control-allow-credentials"), Some("true"));
    }
    let preflight =
        "OPTIONS /x\nSec-GPC: 1\nOrigin: https://www.shop.example\nAccess-Control-Request-Method: POST";
    assert_eq!(stage.visitor().ask(preflight, "").await.field("access-control-allow-methods"), Some("POST"));
    // A person is led to the page that tells why.
    let answer =
        stage.visitor().ask("GET /\nSec-GPC: 1\nSec-Fetch-Dest: document\nAccept: text/html", "").await;
    assert_eq!((answer.status, answer.field("location")), (303, Some("/.privet/opt-out")));
    assert_eq!(stage.backend.connections(), 0);
}

#[tokio::test]
async fn a_link_keeps_the_choice_and_leads_to_the_same_place_without_it() {
    let stage = stage("site = \"vendor.test\"").await;
    let follow = async |target: &str, head: &str| {
        let answer = stage.visitor().ask(&format!("GET {target}\n{head}"), "").await;
        let field = |name: &str| answer.field(name).unwrap_or_default().to_owned();
        (answer.status, field("location"), field("set-cookie"))
    };
    let off =
        "privet_choice=off; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=vendor.test; Max-Age=34128000";
    let on = off.replace("off", "on");
    let go = "Sec-Fetch-Mode: navigate\nSec-Fetch-Site: cross-site";
    assert_eq!(follow("/a?b=1&privet=off&c=%41", go).await, (303, "/a?b=1&c=%41".into(), off.into()));
    assert_eq!(follow("/a?privet=on", "Sec-Fetch-Site: same-origin").await, (303, "/a".into(), on.clone()));
    assert_eq!(follow("/a?privet=on", "").await, (303, "/a".into(), on));
    assert_eq!(follow("//evil.example/?privet=off", go).await.1, "/.//evil.example/");
    // A foreign page does not undo a no.
    let (status, place, cookie) = follow("/a?privet=on", go).await;
    assert_eq!((status, place.as_str(), cookie.as_str()), (303, "/.privet/opt-out", ""));
    assert_eq!(stage.backend.connections(), 0);
    let foreign = "Cookie: privet_choice=off\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site";
    assert_eq!(follow("/w.js?privet=on", foreign).await.0, 200);
    assert_eq!(stage.backend.connections(), 0);
    // A thing of the page is asked for once more, and nothing is kept.
    let own = "Cookie: privet_choice=off\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: same-site";
    assert_eq!(follow("/w.js?v=2&privet=on", own).await, (200, String::new(), String::new()));
    assert_eq!(stage.backend.request().start, "GET /w.js?v=2 HTTP/1.1");
}

#[tokio::test]
async fn privets_own_cookies_and_those_of_the_consent_tool_pass_in_no_direction() {
    let answer = "HTTP/1.1 200 OK\r\nset-cookie: privet_choice=on\r\nset-cookie: consent=yes\r\nset-cookie: v=1\r\n\
        content-length: 2\r\n\r\nok";
    let more = "require_consent = { cookie = \"consent\", contains = \"stats\" }\n\
        [[route.rule]]\nselect = \"cookie:*\"\naction = \"keep\"\n\
        [[route.rule]]\nselect = \"set-cookie:*\"\naction = \"keep\"";
    let stage = Stage::before(Backend::answering(answer).await, more, "");
    let answer = stage.visitor().ask("GET /\nCookie: v=1; privet_choice=on; consent=x,stats", "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.field("set-cookie").unwrap().starts_with("v=1;"));
    assert_eq!(stage.backend.request().field("cookie"), Some("v=1"));
}

#[tokio::test]
async fn a_yes_on_the_site_outweighs_dnt_and_not_gpc_unless_the_operator_says_so() {
    let passes = async |stage: &Stage, head: &str| {
        stage.backend.forget();
        let status = stage.visitor().ask(&format!("POST /e\n{head}"), "").await.status;
        (status, stage.backend.requests().len())
    };
    let usual = stage("").await;
    assert_eq!(passes(&usual, "Cookie: privet_choice=on\nDNT: 1").await, (200, 1));
    assert_eq!(passes(&usual, "Cookie: privet_choice=on\nSec-GPC: 1").await, (204, 0));
    assert_eq!(passes(&usual, "Cookie: privet_choice=on; privet_choice=off").await, (204, 0));
    let over = stage("opt_in_over = [\"gpc\", \"dnt\"]").await;
    assert_eq!(passes(&over, "Cookie: privet_choice=on\nSec-GPC: 1").await, (200, 1));
    let deaf = stage("signals = [\"cookie\"]").await;
    assert_eq!(passes(&deaf, "Sec-GPC: 1\nDNT: 1").await, (200, 1));
    // No request takes a signal away as if it belonged to the connection.
    let hidden = "POST /e HTTP/1.1\r\nHost: vendor.test\r\nConnection: sec-gpc, close\r\nSec-GPC: 1\r\n\r\n";
    assert_eq!(usual.visitor().send(&[hidden]).await.status, 204);
}

#[tokio::test]
async fn a_no_that_leads_to_strict_passes_what_strict_lets_pass() {
    let more = "policy = \"address-only\"\non_opt_out = \"strict\"\non_gpc = \"block\"\n[[route.rule]]\nselect = \"header:user-agent\"\naction = \"keep\"";
    let stage = Stage::with(more).await;
    let heard = async |head: &str| {
        stage.backend.forget();
        stage.visitor().ask(&format!("GET /e\nUser-Agent: Rare/1.0\n{head}"), "").await;
        stage
            .backend
            .requests()
            .first()
            .map(|request| request.field("user-agent").unwrap_or_default().to_owned())
    };
    assert_eq!(heard("").await.as_deref(), Some("Rare/1.0"));
    assert_ne!(heard("Cookie: privet_choice=off").await.unwrap(), "Rare/1.0");
    assert_eq!(heard("Cookie: privet_choice=off\nSec-GPC: 1").await, None);
}

#[tokio::test]
async fn a_browsers_general_no_passes_strictly_where_the_settings_say_nothing() {
    let stage = Stage::with("policy = \"address-only\"").await;
    for (head, gpc) in [("Sec-GPC: 1", Some("1")), ("DNT: 1", None)] {
        stage.backend.forget();
        let answer = stage.visitor().ask(&format!("GET /e?email=j@example.org&a=1\n{head}"), "").await;
        assert_eq!(answer.field("tk"), head.starts_with("DNT").then_some("T"));
        let request = stage.backend.request();
        assert_eq!((request.start.as_str(), request.field("sec-gpc")), ("GET /e?a=1 HTTP/1.1", gpc));
    }
    let own = "POST /e\nSec-GPC: 1\nCookie: privet_choice=off";
    assert_eq!(stage.visitor().ask(own, "").await.status, 204);
    assert_eq!(stage.backend.requests().len(), 1);
}

#[tokio::test]
async fn nothing_passes_before_the_sites_consent_tool_said_yes() {
    let stage = stage("require_consent = { preset = \"cookiebot\", purpose = \"statistics\" }").await;
    let value = |said| format!("Cookie: CookieConsent={{stamp:%27x%27%2Cstatistics:{said}%2Cver:1}}");
    for head in ["", &value("false"), "Cookie: CookieConsent=", "Cookie: privet_choice=on"] {
        assert_eq!(stage.visitor().ask(&format!("POST /e\n{head}"), "").await.status, 204, "{head}");
        let url = "wss://vendor.test/s";
        let headers: Vec<_> = lines(head).map(|(_, value)| ("cookie", value)).collect();
        let (mut socket, _) = websocket::opened(stage.visitor(), url, &headers).await.unwrap();
        assert_eq!(websocket::code(&websocket::next(&mut socket).await), Some(1000));
    }
    assert_eq!(stage.backend.connections(), 0);
    assert_eq!(stage.visitor().ask(&format!("POST /e\n{}", value("true")), "").await.status, 200);
    assert_eq!(stage.visitor().ask(&format!("POST /e\n{}\nSec-GPC: 1", value("true")), "").await.status, 204);
    assert_eq!(stage.backend.requests().len(), 1);
}

#[tokio::test]
async fn a_chat_loads_nothing_before_its_button_is_pressed() {
    let stage = stage("activate_on_click = true\nsite_origins = [\"https://www.shop.example\"]").await;
    let script = "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-site\nSec-Fetch-Mode: no-cors";
    let stub = stage.visitor().ask(&format!("GET /w.js?v=1\n{script}"), "").await;
    assert_eq!((stub.status, stub.field("cache-control")), (200, Some("no-store")));
    assert!(stub.text().contains("privet=open") && stub.text().contains("Chat öffnen"));
    assert_eq!(stage.visitor().ask("POST /e", "").await.status, 204);
    // Only the site's own pages have the button.
    let foreign = "Sec-Fetch-Dest: script\nSec-Fetch-Site: cross-site\nReferer: https://evil.example/";
    let answer = stage.visitor().ask(&format!("GET /w.js?privet=open\n{foreign}"), "").await;
    assert!(answer.text().contains("privet=open") && answer.field("set-cookie").is_none());
    assert_eq!(stage.backend.connections(), 0);

    let pressed = stage.visitor().ask(&format!("GET /w.js?v=1&privet=open\n{script}"), "").await;
    assert_eq!(pressed.text(), "ok");
    let cookie = pressed.field("set-cookie").unwrap();
    assert_eq!(cookie, "privet_open_vendor=1; HttpOnly; SameSite=Lax; Secure; Path=/");
    assert_eq!(stage.backend.request().start, "GET /w.js?v=1 HTTP/1.1");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(stage.visitor().ask(&format!("POST /e\nCookie: {cookie}"), "").await.status, 200);
    assert_eq!(stage.backend.requests()[1].field("cookie"), None);
    let out = format!("POST /e\nCookie: {cookie}; privet_choice=off");
    assert_eq!(stage.visitor().ask(&out, "").await.status, 204);
}

#[tokio::test]
async fn a_browser_that_asks_is_told_what_became_of_its_dnt() {
    let stage = stage("").await;
    let deaf = Stage::with("signals = [\"cookie\"]").await;
    for (stage, head, expected) in [
        (&stage, "DNT: 1", Some("N")),
        (&stage, "DNT: 1\nCookie: privet_choice=on", Some("C")),
        (&stage, "DNT: 0", Some("T")),
        (&stage, "", None),
        (&deaf, "DNT: 1", Some("D")),
    ] {
        let answer = stage.visitor().ask(&format!("POST /e\n{head}"), "").await;
        assert_eq!(answer.field("tk"), expected, "{head}");
    }
    let answer = stage.visitor().ask("GET /?privet=off\nDNT: 1", "").await;
    assert_eq!((answer.status, answer.field("tk")), (303, Some("U")));
    let told = async |stage: &Stage, path: &str, head: &str| {
        let answer = stage.visitor().ask(&format!("GET {path}\n{head}"), "").await;
        serde_json::from_str::<Value>(&answer.text()).unwrap()
    };
    assert_eq!(told(&stage, "/.well-known/dnt/", "DNT: 1").await["tracking"], "N");
    assert_eq!(told(&deaf, "/.well-known/dnt/", "DNT: 1").await["tracking"], "D");
    assert_eq!(told(&stage, "/.well-known/gpc.json", "").await["gpc"], true);
    assert_eq!(told(&deaf, "/.well-known/gpc.json", "").await["gpc"], false);
}

#[tokio::test]
async fn the_sites_own_page_reads_and_sets_the_choice_and_a_foreign_one_cannot() {
    let stage = stage("site = \"vendor.test\"\nsite_origins = [\"https://www.shop.example\"]").await;
    let read = async |head: &str| {
        let answer = stage.visitor().ask(&format!("GET /.privet/choice\n{head}"), "").await;
        (serde_json::from_str::<Value>(&answer.text()).unwrap(), answer)
    };
    let (told, answer) = read("Origin: https://www.shop.example").await;
    assert_eq!((&told["standing"], &told["signal"]), (&"unsaid".into(), &Value::Null));
    assert_eq!(answer.field("access-control-allow-credentials"), Some("true"));
    assert_eq!(told["routes"][0]["passes"], "strict");
    let (told, answer) = read("Sec-GPC: 1\nOrigin: https://evil.example").await;
    assert_eq!((&told["standing"], &told["signal"]), (&"out".into(), &"gpc".into()));
    assert_eq!(answer.field("access-control-allow-origin"), None);

    let json = "Content-Type: application/json";
    let set = async |head: &str, body: &str| {
        stage.visitor().ask(&format!("POST /.privet/choice\n{head}"), body).await
    };
    let answer = set(&format!("Origin: https://www.shop.example\n{json}"), "{\"choice\":\"off\"}").await;
    assert_eq!(answer.status, 200);
    assert!(answer.field("set-cookie").unwrap().starts_with("privet_choice=off; "));
    let told: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!((&told["standing"], &told["signal"]), (&"out".into(), &"cookie".into()));
    assert_eq!(told["routes"][0]["passes"], "nothing");
    assert_eq!(set(&format!("Origin: https://vendor.test\n{json}"), "{\"choice\":\"on\"}").await.status, 200);
    for (head, body, status) in [
        (format!("Origin: https://evil.example\n{json}"), "{\"choice\":\"on\"}", 403),
        (format!("Origin: http://vendor.test\n{json}"), "{\"choice\":\"on\"}", 403),
        (json.to_owned(), "{\"choice\":\"on\"}", 403),
        ("Origin: https://www.shop.example\nContent-Type: text/plain".to_owned(), "{\"choice\":\"on\"}", 415),
        (format!("Origin: https://www.shop.example\n{json}"), "{\"choice\":\"maybe\"}", 400),
        (format!("Origin: https://www.shop.example\n{json}"), "off", 400),
    ] {
        let answer = set(&head, body).await;
        assert_eq!((answer.status, answer.field("set-cookie")), (status, None), "{head}");
    }
    assert_eq!(stage.backend.connections(), 0);
}

#[tokio::test]
async fn one_choice_holds_for_all_routes_of_a_site() {
    let backend = Backend::start().await;
    let url = backend.url();
    let text = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n[server]\nworkers = 1\n\
         [visitor_choice]\nsite = \"test\"\n\
         [[route]]\nname = \"a\"\nhost = \"vendor.test\"\npath = \"/a/\"\nupstream = \"{url}\"\n\
         [[route]]\nname = \"b\"\nhost = \"vendor.test\"\npath = \"/b/\"\nupstream = \"{url}\"\n"
    );
    let privet = Privet::start(&text);
    let answer = privet.visitor().ask("GET /a/x?privet=off", "").await;
    assert_eq!(answer.field("location"), Some("/a/x"));
    let kept = answer.field("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    for path in ["/a/e", "/b/e"] {
        assert_eq!(privet.visitor().ask(&format!("POST {path}\nCookie: {kept}"), "").await.status, 204);
    }
    assert_eq!(privet.visitor().ask("GET /b/.privet/choice", "").await.status, 200);
    assert_eq!(backend.connections(), 0);
}
