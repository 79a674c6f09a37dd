//! A case of `cases/leak.jsonl`: a request with marked values somewhere, and what becomes of it.
//!
//! Knows how a case is written and sent; does not know what is right. Values are bytes of Latin-1, as on the wire.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde::Deserialize;
use serde_json::Value;

use crate::judge::Canary;
use crate::support::visitor::HOME;
use crate::support::{Answer, Frames, Visitor};

#[derive(Deserialize)]
#[serde(default)]
pub struct Case {
    pub id: String,
    pub group: String,
    pub expect: String,
    pub canary: Vec<String>,
    pub marker: String,
    pub proto: String,
    pub method: String,
    pub version: String,
    pub path: String,
    pub rawtarget: Option<String>,
    pub authority: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub body_b64: Option<String>,
    pub framing: String,
    pub split: Value,
    pub trailers: Vec<(String, String)>,
    pub needles: Vec<String>,
    pub may_block: u8,
    pub respond: Option<Respond>,
    pub keep: BTreeMap<String, Value>,
    pub ws: Value,
}

#[derive(Deserialize)]
pub struct Respond {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

impl Default for Case {
    fn default() -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            id: text(""),
            group: text(""),
            expect: text(""),
            canary: Vec::new(),
            marker: text(""),
            proto: text("h1"),
            method: text("GET"),
            version: text("1.1"),
            path: text(""),
            rawtarget: None,
            authority: text("vendor.test"),
            headers: Vec::new(),
            body: None,
            body_b64: None,
            framing: text("length"),
            split: Value::Null,
            trailers: Vec::new(),
            needles: Vec::new(),
            may_block: 0,
            respond: None,
            keep: BTreeMap::new(),
            ws: Value::Null,
        }
    }
}

pub fn cases() -> Vec<Case> {
    let text = include_str!("../../cases/leak.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl Case {
    pub fn target(&self) -> String {
        match &self.rawtarget {
            Some(raw) => raw.replace("{A}", "vendor.test").replace("{P}", "").replace("{M}", &self.marker),
            None => format!("/e/{}{}", self.marker, self.path),
        }
    }

    pub fn body(&self) -> Option<Vec<u8>> {
        let encoded = self.body_b64.as_ref().map(|body| BASE64_STANDARD.decode(body).unwrap());
        encoded.or_else(|| self.body.clone().map(String::into_bytes))
    }

    /// What is looked for; a canary of the answer is looked for in the answer.
    pub fn canaries(&self) -> Vec<(String, Canary)> {
        let word = |word: &str| Canary::Word(word.to_owned());
        let mut canaries: Vec<(String, Canary)> = Vec::new();
        for kind in &self.canary {
            let found = match &**kind {
                "ip4" => vec![Canary::V4([203, 0, 113, 77].into())],
                "ip6" => vec![Canary::V6("2001:db8:1234:5678:9abc:def0:1111:2222".parse().unwrap())],
                "email" => vec![Canary::Email("jane.q.visitor+77@mail.example.org".to_owned())],
                "phone" => vec![Canary::Phone("+15550104477".to_owned())],
                "device" => vec![Canary::Identifier("8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa".to_owned())],
                "ua" => ["SM-S928B", "UP1A.231005.007", "126.0.6478.122"].map(word).to_vec(),
                "lang" => vec![word("rm-CH")],
                "token" => vec![word("s3cr3tcanaryalpha")],
                "cookie" => vec![word("c00kie77aa55eevisitor")],
                "password" => vec![word("Hunter2!correct-horse")],
                "peer" => vec![Canary::V4(HOME)],
                other => panic!("{}: unknown canary {other}", self.id),
            };
            canaries.extend(found.into_iter().map(|canary| (kind.clone(), canary)));
        }
        canaries.extend(self.needles.iter().map(|needle| ("needle".to_owned(), word(needle))));
        canaries
    }

    /// The request as HTTP/1.1, in segments; a sweep is as many requests, each cut at another byte.
    fn segments(&self) -> Vec<Vec<Vec<u8>>> {
        let mut head = format!(
            "{} {} HTTP/{}\r\nHost: {}\r\n",
            self.method,
            self.target(),
            self.version,
            self.authority
        );
        for (name, value) in [("User-Agent", "e2e"), ("Accept", "*/*"), ("Connection", "close")] {
            if !self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name)) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        self.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        let Some(body) = self.body() else { return vec![vec![latin(&(head + "\r\n"))]] };
        let chunked = self.framing == "chunked";
        match chunked {
            true => head.push_str("Transfer-Encoding: chunked\r\n\r\n"),
            false => head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len())),
        }
        let framed = |piece: &[u8]| match chunked && !piece.is_empty() {
            true => [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat(),
            false => piece.to_vec(),
        };
        let mut tail = Vec::new();
        if chunked {
            tail.extend_from_slice(b"0\r\n");
            self.trailers
                .iter()
                .for_each(|(name, value)| tail.extend(latin(&format!("{name}: {value}\r\n"))));
            tail.extend_from_slice(b"\r\n");
        }
        if self.split == "sweep" {
            let cut = |at: usize| {
                vec![
                    [latin(&head), framed(&body[..at])].concat(),
                    [framed(&body[at..]), tail.clone()].concat(),
                ]
            };
            return (1..body.len()).map(cut).collect();
        }
        let step = self.split.as_u64().map_or(body.len().max(1), |step| step as usize);
        let mut segments = vec![latin(&head)];
        segments.extend(body.chunks(step).map(framed));
        segments.push(tail);
        vec![segments]
    }

    fn frames(&self) -> Request<Frames> {
        let uri = format!("https://{}{}", self.authority, self.target());
        let mut request = Request::builder().method(&*self.method).uri(uri).header("user-agent", "e2e");
        for (name, value) in &self.headers {
            request =
                request.header(name.to_ascii_lowercase(), HeaderValue::from_bytes(&latin(value)).unwrap());
        }
        let trailers = (!self.trailers.is_empty()).then(|| {
            let trailer = |(name, value): &(String, String)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
            };
            self.trailers.iter().map(trailer).collect::<HeaderMap>()
        });
        let body = self.body();
        if let Some(body) = &body {
            request = request.header("content-length", body.len());
        }
        let step = self.split.as_u64().map_or(16384, |step| step as usize);
        request.body(Frames::new(&body.unwrap_or_default(), step, trailers)).unwrap()
    }

    /// Sends it; the last answer.
    pub async fn send(&self, visitor: Visitor) -> Answer {
        if self.proto == "h2" {
            return visitor.h2().await.send(self.frames()).await.unwrap_or_default();
        }
        let mut answer = Answer::default();
        for segments in if self.proto == "ws" { self.handshake() } else { self.segments() } {
            answer = visitor.send(&segments).await;
        }
        answer
    }

    /// Turns into the other version of HTTP; whether it means the same there.
    pub fn turn(&mut self) -> bool {
        let token = |name: &str| name.parse::<HeaderName>().is_ok();
        let of_one_hop = |name: &str| name.eq_ignore_ascii_case("connection");
        let same = self.proto == "h1"
            && self.rawtarget.is_none()
            && self.version == "1.1"
            && self.split != "sweep"
            && format!("https://vendor.test{}", self.target()).parse::<http::Uri>().is_ok()
            && self.headers.iter().all(|(name, value)| {
                token(name) && !of_one_hop(name) && HeaderValue::from_bytes(&latin(value.trim())).is_ok()
            });
        self.headers.iter_mut().for_each(|(_, value)| *value = value.trim().to_owned());
        self.proto = "h2".to_owned();
        same
    }

    fn handshake(&self) -> Vec<Vec<Vec<u8>>> {
        let protocol = self.ws["proto"].as_str().map(|name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        vec![vec![latin(&format!(
            "GET {} HTTP/1.1\r\nHost: vendor.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
            self.target(),
            protocol.unwrap_or_default()
        ))]]
    }
}

fn latin(text: &str) -> Vec<u8> {
    text.chars()
        .flat_map(|c| u8::try_from(c).map_or_else(|_| c.to_string().into_bytes(), |byte| vec![byte]))
        .collect()
}
