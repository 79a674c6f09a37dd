//! A recording as it lies in this directory: what a browser sent, and the marked words it sent.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use privet::privacy::Message;
use serde::Deserialize;
use serde_json::Value;

use crate::judge::Canary;

#[derive(Deserialize)]
pub struct Recording {
    client_addr: IpAddr,
    visitor: Value,
    #[serde(default)]
    device_ids: Vec<String>,
    #[serde(default)]
    session_ids: Vec<String>,
    pub requests: Vec<Recorded>,
    #[serde(default)]
    pub websockets: Vec<Socket>,
}

/// One socket: the request that asked for it, and what was said on it.
#[derive(Deserialize)]
pub struct Socket {
    pub n: usize,
    path: String,
    headers: Vec<(String, String)>,
    messages: Vec<Said>,
}

/// One message or control frame.
#[derive(Deserialize)]
struct Said {
    dir: String,
    opcode: u8,
    text: Option<String>,
    b64: Option<String>,
}

/// One request, before or after.
#[derive(Deserialize)]
pub struct Recorded {
    pub n: usize,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    body_b64: String,
}

impl Recording {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/captures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    pub fn address(&self) -> IpAddr {
        self.client_addr
    }

    /// Every word of the visitor that `strict` does not let leave, by what it is.
    pub fn canaries(&self) -> Vec<(String, Canary)> {
        let said = |pointer: &str| self.visitor.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let word = |pointer: &str| Canary::Word(said(pointer));
        let mut canaries = vec![
            ("contact: email", Canary::Email(said("/email"))),
            ("typed_text: an unsent email", Canary::Email(said("/unsubmitted"))),
            ("contact: name", word("/name")),
            ("contact: phone", Canary::Phone(said("/phone"))),
            ("contact: street", Canary::Word("Kanarienweg".into())),
            ("secret: card", Canary::Phone(said("/card"))),
            ("secret: password", word("/password")),
            ("secret: site session", word("/sessionCookie")),
            ("page_text: searched words", Canary::Word("CANARYSEARCH".into())),
            ("typed_text: a note", Canary::Word("CANARYNOTE".into())),
            ("page_text: a chat's words", Canary::Word("CANARYCHAT".into())),
            ("account_id: login", Canary::Word("CANARYUSERID".into())),
            ("account_id: order", word("/order")),
            ("address: visitor's", Canary::V4(self.client_addr.to_string().parse().unwrap())),
            ("address: IPv4", Canary::V4(said("/ip4").parse().unwrap())),
            ("address: IPv6", Canary::V6(said("/ip6").parse().unwrap())),
            ("language", word("/browser/locale")),
            ("timezone", word("/browser/timezone")),
            ("screen: width", Canary::Word("1337".into())),
            ("screen: viewport", Canary::Word("1211".into())),
            ("user_agent", Canary::Word("CanaryUA".into())),
            ("user_agent: version", Canary::Word("156.0.7731".into())),
            ("user_agent: brand", Canary::Word("CanaryBrand".into())),
            ("user_agent: platform version", Canary::Word("6.13.37".into())),
            ("device: model", Canary::Word("CanaryModel".into())),
            ("click_id", Canary::Word("CANARYGCLID".into())),
            ("campaign", Canary::Word("utm_source=x".into())),
            ("referrer: path", Canary::Word("canary-refpath".into())),
            ("referrer: searched words", Canary::Word("suchwort".into())),
            ("page_url: fragment", Canary::Word("CANARYFRAGMENT".into())),
            ("visitor_id: a cookie nobody mapped", Canary::Word("CANARYCOOKIE".into())),
        ];
        canaries.extend(self.device_ids.iter().map(|id| ("visitor_id", Canary::Identifier(id.clone()))));
        canaries.extend(self.session_ids.iter().map(|id| ("session_id", Canary::Identifier(id.clone()))));
        canaries.into_iter().map(|(name, canary)| (name.to_owned(), canary)).collect()
    }
}

impl Socket {
    pub fn handshake(&self) -> Recorded {
        let (method, headers) = ("GET".to_owned(), self.headers.clone());
        Recorded { n: self.n, method, path: self.path.clone(), headers, body_b64: String::new() }
    }

    /// What the visitor said, message by message.
    pub fn said(&self) -> impl Iterator<Item = Message> {
        let said = self.messages.iter().filter(|said| said.dir == "c2s");
        said.filter_map(|said| match (said.opcode, &said.text, &said.b64) {
            (1, Some(text), _) => Some(Message::Text(text.clone())),
            (2, _, Some(bytes)) => Some(Message::Binary(BASE64_STANDARD.decode(bytes).unwrap().into())),
            _ => None,
        })
    }
}

impl Recorded {
    pub fn from_http(n: usize, request: &Request<Bytes>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers =
            request.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Self {
            n,
            method: request.method().to_string(),
            path: request.uri().to_string(),
            headers: headers.collect(),
            body_b64: BASE64_STANDARD.encode(request.body()),
        }
    }

    pub fn to_http(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(&*self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(self.body())).unwrap()
    }

    pub fn body(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(&self.body_b64).unwrap()
    }

    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap()
    }

    pub fn query(&self) -> &str {
        self.path.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Each part on its own, so that a find says where.
    pub fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let headers =
            self.headers.iter().map(|(name, value)| (format!("header {name}"), value.clone().into_bytes()));
        let pairs = self.query().split('&').filter(|pair| !pair.is_empty());
        let query = pairs
            .map(|pair| (format!("query {}", pair.split('=').next().unwrap()), pair.as_bytes().to_vec()));
        let path = ("path".to_owned(), self.path_only().as_bytes().to_vec());
        headers.chain(query).chain([path, ("body".to_owned(), self.body())]).collect()
    }
}
