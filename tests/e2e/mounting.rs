//! A vendor's hosts, each at its place on one route: what goes there arrives at that host alone, and what comes home
//! from it names the place.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::wire::{self, Message as Request};
use crate::support::{Privet, Visitor};

const PATIENCE: Duration = Duration::from_secs(20);

/// All of a vendor's hosts, at one address: what they have heard, and by which name each connection was opened.
#[derive(Clone, Default)]
struct Hosts {
    heard: Arc<Mutex<Vec<(String, Request)>>>,
    opened: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<String>>,
}

/// privet before them.
struct Stage {
    hosts: Hosts,
    privet: Privet,
}

impl Stage {
    /// A route to a vendor whose hosts have a certificate for these names.
    async fn before(vendor: &str, names: &[&str], more: &str) -> Self {
        let (acceptor, ca) = trusted(vendor, names);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\", \"two.test\", \"other.test\"] }}\n\
             trusted_proxies = [\"127.0.0.0/8\"]\n\
             [server]\nworkers = 1\n[[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nvendor = \"{vendor}\"\n\
             connect_to = \"{}\"\nupstream_ca = {ca:?}\npolicy = \"balanced\"\n{more}\n",
            listener.local_addr().unwrap()
        );
        let hosts = Hosts::default();
        hosts.answer_with("200 OK", "");
        let listening = hosts.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(listening.clone().converse(acceptor.clone(), socket));
            }
        });
        Self { hosts, privet: Privet::start(&text) }
    }

    async fn of_posthog(more: &str) -> Self {
        let names =
            ["eu.i.posthog.com", "eu-assets.i.posthog.com", "us.i.posthog.com", "us-assets.i.posthog.com"];
        Self::before("posthog", &names, more).await
    }

    async fn of_clarity(more: &str) -> Self {
        Self::before("clarity", &["www.clarity.ms", "c.clarity.ms", "*.clarity.ms"], more).await
    }

    fn visitor(&self) -> Visitor {
        self.privet.visitor()
    }

    /// The host that a path leads to, by the name called and by the `Host` said, and the target there.
    async fn arrives(&self, path: &str) -> (String, String) {
        let answer = self.visitor().ask(&format!("GET {path}"), "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let (called, request) = self.hosts.heard.lock().unwrap().pop().unwrap();
        assert_eq!(request.field("host"), Some(&*called), "{path}");
        (called, request.start.split(' ').nth(1).unwrap().to_owned())
    }
}

impl Hosts {
    /// From now on all of them answer with this status and these fields.
    fn answer_with(&self, status: &str, fields: &str) {
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n{fields}\r\nok");
        *self.answer.lock().unwrap() = answer;
    }

    async fn converse(self, acceptor: TlsAcceptor, socket: TcpStream) {
        let Ok(mut socket) = acceptor.accept(socket).await else { return };
        let called = socket.get_ref().1.server_name().unwrap_or_default().to_owned();
        self.opened.lock().unwrap().push(called.clone());
        let mut unread = Vec::new();
        loop {
            while let Ok(request) = wire::take(&mut unread, false, false, false) {
                self.heard.lock().unwrap().push((called.clone(), request.clone()));
                if let Some(key) = request.field("sec-websocket-key") {
                    return echo(socket, key).await;
                }
                let answer = self.answer.lock().unwrap().clone();
                if socket.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            if !matches!(socket.read_buf(&mut unread).await, Ok(1..)) {
                return;
            }
        }
    }
}

/// Says every message back.
async fn echo(mut socket: TlsStream<TcpStream>, key: &str) {
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// What shows a certificate for these names, and the file of the authority that vouches for it.
fn trusted(name: &str, names: &[&str]) -> (TlsAcceptor, PathBuf) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&own, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(own.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    // Each test has an authority of its own.
    static COUNT: Mutex<usize> = Mutex::new(0);
    let number = {
        let mut count = COUNT.lock().unwrap();
        *count += 1;
        *count
    };
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mounting-{name}-{number}.pem"));
    std::fs::write(&file, ca.pem()).unwrap();
    (TlsAcceptor::from(Arc::new(config)), file)
}

fn at(host: &str, target: &str) -> (String, String) {
    (host.to_owned(), target.to_owned())
}

#[tokio::test]
async fn each_place_leads_to_its_own_host_and_to_no_other() {
    let stage = Stage::of_posthog("path = \"/stats/\"").await;
    for (path, host, target) in [
        ("/stats/e/?v=1", "eu.i.posthog.com", "/e/?v=1"),
        ("/stats/static/array.js?v=1", "eu-assets.i.posthog.com", "/static/array.js?v=1"),
        ("/stats/_p/assets/x", "eu-assets.i.posthog.com", "/x"),
        ("/stats/_p/assets", "eu-assets.i.posthog.com", "/"),
        ("/stats/_p/other/x", "eu.i.posthog.com", "/_p/other/x"),
    ] {
        assert_eq!(stage.arrives(path).await, at(host, target), "{path}");
    }
    // One connection for each host, however often it is asked.
    let mut opened = stage.hosts.opened.lock().unwrap().clone();
    opened.sort_unstable();
    assert_eq!(opened, ["eu-assets.i.posthog.com", "eu-assets.i.posthog.com", "eu.i.posthog.com"]);
}

#[tokio::test]
async fn a_region_is_another_set_of_hosts() {
    let stage = Stage::of_posthog("region = \"us\"").await;
    assert_eq!(stage.arrives("/e/").await, at("us.i.posthog.com", "/e/"));
    assert_eq!(stage.arrives("/_p/assets/x").await, at("us-assets.i.posthog.com", "/x"));
}

#[tokio::test]
async fn what_is_captured_is_a_host_of_the_pattern_or_nothing_at_all() {
    let stage = Stage::of_clarity("").await;
    for (path, host, target) in [
        ("/tag/x", "www.clarity.ms", "/tag/x"),
        ("/_p/c/c.gif", "c.clarity.ms", "/c.gif"),
        ("/_p/shard/k/collect", "k.clarity.ms", "/collect"),
        ("/_p/shard/l", "l.clarity.ms", "/"),
    ] {
        assert_eq!(stage.arrives(path).await, at(host, target), "{path}");
    }
    let opened = stage.hosts.opened.lock().unwrap().len();
    for path in
        ["/_p/shard/", "/_p/shard/K/", "/_p/shard/a.b/", "/_p/shard/a%2eb/", "/_p/shard/evil.example:1/"]
    {
        let answer = stage.visitor().ask(&format!("GET {path}"), "").await;
        assert_eq!((answer.status, &*answer.text()), (404, "no route for this path\n"), "{path}");
    }
    // 222.173.190.239, as no digit tells.
    for address in ["222.173.190.239", "203.0.113.77"] {
        let answer =
            stage.visitor().ask(&format!("GET /_p/shard/deadbeef/\nX-Forwarded-For: {address}"), "").await;
        assert_eq!(answer.status == 404, address.starts_with("222"), "{address}");
    }
    assert_eq!(stage.hosts.heard.lock().unwrap().drain(..).count(), 1);
    let opened = opened + 1;
    assert_eq!(stage.hosts.opened.lock().unwrap().len(), opened);
    assert!(stage.hosts.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_host_that_shows_another_name_is_not_spoken_to() {
    let stage = Stage::before("clarity", &["www.clarity.ms"], "").await;
    assert_eq!(stage.arrives("/tag/x").await, at("www.clarity.ms", "/tag/x"));
    let answer = stage.visitor().ask("GET /_p/c/c.gif", "").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("certificate"), "{}", answer.text());
}

#[tokio::test]
async fn a_redirect_to_another_of_the_vendors_hosts_leads_to_its_place() {
    let stage = Stage::of_clarity("path = \"/c/\"").await;
    for (asked, location, led) in [
        ("/c/tag", "https://c.clarity.ms/c.gif?a=b", "/c/_p/c/c.gif?a=b"),
        ("/c/tag", "https://l.clarity.ms/x", "/c/_p/shard/l/x"),
        ("/c/_p/shard/k/x", "https://www.clarity.ms/tag", "/c/tag"),
        ("/c/_p/shard/k/x", "//k.clarity.ms/y", "/c/_p/shard/k/y"),
        ("/c/_p/shard/k/x", "/y", "/c/_p/shard/k/y"),
        ("/c/_p/c/x", "/y", "/c/_p/c/y"),
    ] {
        stage.hosts.answer_with("302 Found", &format!("location: {location}\r\n"));
        let answer = stage.visitor().ask(&format!("GET {asked}"), "").await;
        assert_eq!((answer.status, answer.field("location")), (302, Some(led)), "{asked}: {location}");
    }
    for elsewhere in ["https://evil.example/", "https://a.b.clarity.ms/", "https://clarity.ms.evil.example/"]
    {
        stage.hosts.answer_with("302 Found", &format!("location: {elsewhere}\r\n"));
        assert_eq!(stage.visitor().ask("GET /c/tag", "").await.status, 502, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_cookie_is_of_the_place_that_set_it_and_one_visitor_is_the_same_to_all_hosts() {
    let stage = Stage::of_posthog("path = \"/stats/\"").await;
    for (path, domain, place) in [
        ("/stats/e/", "", "/stats/"),
        ("/stats/_p/assets/x", "", "/stats/_p/assets/"),
        ("/stats/_p/assets/x", "; Domain=.posthog.com", "/stats/"),
    ] {
        stage.hosts.answer_with("200 OK", &format!("set-cookie: __ph_opt_in_out_x=1; Path=/{domain}\r\n"));
        let answer = stage.visitor().ask(&format!("GET {path}"), "").await;
        let set = answer.field("set-cookie").unwrap();
        assert!(set.ends_with(&format!("; Path={place}")) && !set.contains("Domain"), "{path}: {set}");
    }
    stage.hosts.heard.lock().unwrap().clear();
    for path in ["/stats/e/", "/stats/_p/assets/x"] {
        let head = format!("POST {path}\nContent-Type: application/json");
        stage.visitor().ask(&head, r#"{"event":"e","distinct_id":"jane"}"#).await;
    }
    let heard: Vec<String> = stage.hosts.heard.lock().unwrap().iter().map(|(_, said)| said.text()).collect();
    assert!(heard.len() == 2 && heard[0] == heard[1] && !heard[0].contains("jane"), "{heard:?}");
}

#[tokio::test]
async fn a_socket_is_opened_at_the_place_of_its_host() {
    let stage = Stage::of_clarity("[[route.rule]]\nselect = \"text:\"\naction = \"keep\"").await;
    let mut request = "wss://vendor.test/_p/shard/k/live".into_client_request().unwrap();
    request.headers_mut().insert("user-agent", "visitors-own".parse().unwrap());
    let connection = stage.visitor().connect(b"http/1.1").await;
    let (mut socket, _) = client_async(request, connection).await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    let said = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(said, Message::text("hello"));
    let (called, handshake) = stage.hosts.heard.lock().unwrap().pop().unwrap();
    assert_eq!((called.as_str(), handshake.field("host")), ("k.clarity.ms", Some("k.clarity.ms")));
    assert!(handshake.start.starts_with("GET /live "), "{}", handshake.start);
}

#[tokio::test]
async fn a_place_grants_the_sites_pages_what_the_route_grants_and_nobody_else() {
    let stage = Stage::of_posthog("site_origins = [\"https://www.example.com\"]").await;
    stage.hosts.answer_with(
        "200 OK",
        "access-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\n",
    );
    for path in ["/e/", "/_p/assets/x", "/static/array.js"] {
        for (origin, granted) in
            [("https://www.example.com", true), ("https://evil.example", false), ("null", false)]
        {
            let answer = stage.visitor().ask(&format!("GET {path}\nOrigin: {origin}"), "").await;
            let allowed = granted.then_some(origin);
            assert_eq!(
                (answer.status, answer.field("access-control-allow-origin")),
                (200, allowed),
                "{path}"
            );
            let with = granted.then_some("true");
            assert_eq!(answer.field("access-control-allow-credentials"), with, "{path} {origin}");
        }
        let heard = stage.hosts.heard.lock().unwrap().len();
        let head = format!(
            "OPTIONS {path}\nOrigin: https://www.example.com\nAccess-Control-Request-Method: PUT\n\
             Access-Control-Request-Headers: content-type, x-y"
        );
        let answer = stage.visitor().ask(&head, "").await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.field("access-control-allow-origin"), Some("https://www.example.com"), "{path}");
        assert_eq!(answer.field("access-control-allow-methods"), Some("PUT"), "{path}");
        assert_eq!(answer.field("access-control-allow-headers"), Some("content-type, x-y"), "{path}");
        assert_eq!(stage.hosts.heard.lock().unwrap().len(), heard, "the vendor hears of no preflight");
    }
}

#[tokio::test]
async fn a_document_of_any_place_may_ask_the_route_and_the_site_and_call_nobody() {
    let site = "site_origins = [\"https://www.example.com\"]";
    let rule = |header: &str| {
        format!("{site}\n[[route.rule]]\nselect = \"response-header:{header}\"\naction = \"keep\"")
    };
    for (more, is_fenced, is_denied) in [
        (site.to_owned(), true, true),
        (rule("content-security-policy"), false, true),
        (rule("permissions-policy"), true, false),
    ] {
        let stage = Stage::of_posthog(&more).await;
        for path in ["/widget", "/_p/assets/widget"] {
            let answer = stage.visitor().ask(&format!("GET {path}"), "").await;
            let policy = answer.field("content-security-policy").unwrap_or_default();
            assert_eq!(policy.starts_with("default-src 'self' "), is_fenced, "{path}: {policy}");
            assert_eq!(policy.contains(" https://www.example.com "), is_fenced, "{path}: {policy}");
            assert!(!policy.contains("posthog"), "{path}: {policy}");
            let policy = answer.field("permissions-policy").unwrap_or_default();
            assert_eq!(policy.contains("camera=()") && policy.contains("microphone=()"), is_denied, "{path}");
        }
    }
}

#[tokio::test]
async fn every_recipient_is_told_on_the_page_and_no_host_is_forgotten() {
    let stage = Stage::of_clarity("").await;
    let page = stage.visitor().ask("GET /.privet/privacy\nAccept: application/json", "").await.text();
    for host in ["www.clarity.ms", "scripts.clarity.ms", "c.clarity.ms", "*.clarity.ms"] {
        assert!(page.contains(host), "{host}: {page}");
    }
}
