//! One marked request or conversation: what is sent, and what stands where in it.
//!
//! Knows how a request is written; does not know what any of it means. Invariant: whatever is carried is in what is
//! sent.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_tungstenite::tungstenite::Message;

use super::expected::Expected;
use super::mark::{Mark, VISITOR};
use super::place::ANY;
use crate::config::Route;

/// A mark at its place.
#[derive(Clone, Debug)]
pub struct Carried {
    pub mark: Mark,
    /// As a selector, or in words where there is none.
    pub place: String,
    pub expected: Expected,
}

/// What one exchange carries, and how.
#[derive(Clone, Debug)]
pub struct Probe {
    pub surface: &'static str,
    pub carried: Vec<Carried>,
    pub letter: Letter,
}

/// A request, perhaps with what is said on the socket it opens.
#[derive(Clone, Debug)]
pub struct Letter {
    pub method: Method,
    /// Below the route's prefix, with the query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub http2: bool,
    pub socket: bool,
    pub messages: Vec<Message>,
}

impl Letter {
    pub fn get(target: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
            http2: false,
            socket: false,
            messages: Vec::new(),
        }
    }

    pub fn post(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { method: Method::POST, headers, body: body.into(), ..Self::get(place()) }
    }

    pub fn json(document: &serde_json::Value) -> Self {
        Self::post("application/json", document.to_string())
    }

    pub fn socket(messages: Vec<Message>) -> Self {
        Self { socket: true, messages, ..Self::get(place()) }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn over_http2(self) -> Self {
        Self { http2: true, ..self }
    }

    /// A request with the letter's body.
    pub fn filled(&self, request: Request<()>) -> Request<Full<Bytes>> {
        request.map(|()| Full::new(Bytes::from(self.body.clone())))
    }

    /// The request as the made-up visitor's browser would write it to a route.
    pub fn request(&self, route: &Route) -> Option<Request<()>> {
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = target(route, &self.target).parse::<Uri>().ok()?;
        let host = route.host.as_deref().unwrap_or("selftest.invalid");
        let headers = request.headers_mut();
        headers.insert(http::header::HOST, host.parse().ok()?);
        headers.insert("x-forwarded-for", HeaderValue::try_from(VISITOR.to_string()).ok()?);
        for (name, value) in &self.headers {
            headers.append(
                HeaderName::try_from(name.as_str()).ok()?,
                HeaderValue::try_from(value.as_str()).ok()?,
            );
        }
        Some(request)
    }
}

/// Where nothing else is to be said by the path.
fn place() -> String {
    format!("/{ANY}")
}

/// A target below a route's prefix, where a visitor finds it.
fn target(route: &Route, target: &str) -> String {
    match route.path.as_deref() {
        Some(prefix) if route.keep_path && target.starts_with(prefix) => target.to_owned(),
        Some(prefix) => format!("{prefix}{}", target.trim_start_matches('/')),
        None => target.to_owned(),
    }
}

/// As scripts write a value into a query or a form.
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `a=1&b=2`.
pub fn pairs<'c>(pairs: impl IntoIterator<Item = (&'c str, &'c str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}
