//! HAR 1.2, as browsers save what they sent (w3c.github.io/web-performance/specs/HAR), with the messages of sockets
//! that Chrome adds.
//!
//! Knows where a HAR holds requests, messages and answers; shapes are floor 1's. Invariant: what a field holds goes
//! nowhere but into that reader.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::seen::Seen;
use super::{DEPTH, Unusable};
use crate::config::{Route, vendors};
use crate::privacy::{Message, Policy, places_in_answer};

#[derive(Deserialize)]
pub struct Har<'h> {
    #[serde(borrow)]
    entries: Vec<Entry<'h>>,
}

/// Which requests are meant: to these hosts, else to the route's and its vendor's, else all.
pub struct Scope<'r> {
    pub hosts: Vec<String>,
    pub route: Option<&'r Route>,
}

#[derive(Deserialize)]
struct Entry<'h> {
    #[serde(borrow)]
    request: Asked<'h>,
    #[serde(borrow)]
    response: Option<Answered<'h>>,
    #[serde(borrow, default, rename = "_webSocketMessages")]
    messages: Vec<Spoken<'h>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'h> {
    #[serde(borrow)]
    method: Cow<'h, str>,
    #[serde(borrow)]
    url: Cow<'h, str>,
    #[serde(borrow, default)]
    headers: Vec<Pair<'h>>,
    #[serde(borrow, default)]
    cookies: Vec<Pair<'h>>,
    #[serde(borrow)]
    post_data: Option<Content<'h>>,
}

#[derive(Deserialize)]
struct Answered<'h> {
    #[serde(borrow)]
    content: Option<Content<'h>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content<'h> {
    #[serde(borrow)]
    mime_type: Option<Cow<'h, str>>,
    #[serde(borrow)]
    text: Option<Cow<'h, str>>,
    #[serde(borrow)]
    encoding: Option<Cow<'h, str>>,
    #[serde(borrow, default)]
    params: Vec<Pair<'h>>,
}

#[derive(Deserialize)]
struct Pair<'h> {
    #[serde(borrow)]
    name: Cow<'h, str>,
    #[serde(borrow)]
    value: Option<Cow<'h, str>>,
}

#[derive(Deserialize)]
struct Spoken<'h> {
    #[serde(borrow, rename = "type")]
    way: Cow<'h, str>,
    #[serde(default)]
    opcode: f64,
    #[serde(borrow)]
    data: Cow<'h, str>,
}

impl Har<'_> {
    /// The shapes of all requests and messages that are meant.
    pub fn seen(&self, scope: &Scope<'_>, policy: &Policy, route: &str) -> Result<Seen, Unusable> {
        let mut seen = Seen { route: route.to_owned(), ..Seen::default() };
        let meant = |entry: &&Entry<'_>| entry.request.uri().is_some_and(|uri| scope.means(&uri));
        let meant: Vec<_> = self.entries.iter().filter(meant).collect();
        if meant.is_empty() {
            return Err(Unusable::Elsewhere(self.entries.len()));
        }
        let uris = meant.iter().filter_map(|entry| entry.request.uri());
        let hosts: HashSet<String> = uris.filter_map(|uri| host(&uri)).collect();
        for entry in meant {
            match entry.request.read(scope) {
                Some(request) => seen.add(&policy.shapes_of_request(&request)),
                None => seen.unread += 1,
            }
            seen.requests += 1;
            for message in entry.messages.iter().filter(|message| message.way == "send") {
                match message.read() {
                    Some(message) => seen.add(&policy.shapes_of_message(&message)),
                    None => seen.unread += 1,
                }
                seen.messages += 1;
            }
            let answer = entry.response.as_ref().and_then(|answer| answer.content.as_ref()?.bytes());
            let answer = answer.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            let is_known = |text: &str| named(text).is_some_and(|host| hosts.contains(&host));
            places_in_answer(&answer, DEPTH, &is_known).into_iter().for_each(|place| seen.hand_out(place));
        }
        Ok(seen)
    }
}

impl Scope<'_> {
    fn means(&self, uri: &Uri) -> bool {
        let Some(host) = host(uri) else { return false };
        if !self.hosts.is_empty() {
            return self.hosts.contains(&host);
        }
        self.route.is_none_or(|route| self.is_here(uri) || is_vendors(route, &host))
    }

    /// Whether it was recorded on its way to privet.
    fn is_here(&self, uri: &Uri) -> bool {
        self.route.is_some_and(|route| {
            route.host.is_some() && route.host == host(uri) && below(route, uri.path()).is_some()
        })
    }

    /// The target as the vendor sees it.
    fn target(&self, uri: &Uri) -> Option<Uri> {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        match self.route.filter(|_| self.is_here(uri)) {
            Some(route) => format!("/{}", below(route, target)?).parse().ok(),
            None => target.parse().ok(),
        }
    }
}

/// What is left of a target below a route's own path.
fn below<'t>(route: &Route, target: &'t str) -> Option<&'t str> {
    let prefix = route.path.as_deref().filter(|_| !route.keep_path).unwrap_or("/");
    target.strip_prefix(prefix)
}

fn is_vendors(route: &Route, host: &str) -> bool {
    let fits = |pattern: &str| match pattern.split_once('*') {
        Some((start, end)) => {
            host.len() >= start.len() + end.len() && host.starts_with(start) && host.ends_with(end)
        }
        None => pattern.eq_ignore_ascii_case(host),
    };
    let vendor = route.vendor.as_deref().and_then(vendors::find);
    route.authorities().any(|authority| fits(authority.host()))
        || vendor.is_some_and(|vendor| vendor.hosts.browser.iter().any(|pattern| fits(pattern)))
}

fn host(uri: &Uri) -> Option<String> {
    uri.host().map(str::to_ascii_lowercase)
}

/// The host that a text names, by itself or in a URL.
fn named(text: &str) -> Option<String> {
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', '#']).next()?;
    (host.contains('.') && !host.contains(char::is_whitespace)).then(|| host.to_ascii_lowercase())
}

impl Asked<'_> {
    fn uri(&self) -> Option<Uri> {
        self.url.split('#').next()?.parse().ok()
    }

    fn read(&self, scope: &Scope<'_>) -> Option<Request<Bytes>> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = scope.target(&self.uri()?)?;
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).ok()?;
        let headers = request.headers_mut();
        for Pair { name, value } in &self.headers {
            // HTTP/2's own names are no headers.
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_bytes(value.as_deref().unwrap_or_default().as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        if !headers.contains_key(COOKIE) && !self.cookies.is_empty() {
            headers.insert(COOKIE, HeaderValue::from_bytes(joined(&self.cookies, "; ").as_bytes()).ok()?);
        }
        if let Some(content) = &self.post_data {
            *request.body_mut() = content.body(request.headers_mut())?.into();
        }
        Some(request)
    }
}

impl Content<'_> {
    /// The bytes as they were sent, under headers that are right for them.
    fn body(&self, headers: &mut HeaderMap) -> Option<Vec<u8>> {
        let kind = self.mime_type.as_deref().and_then(|kind| HeaderValue::try_from(kind).ok());
        if let (Some(kind), false) = (kind, headers.contains_key(CONTENT_TYPE)) {
            headers.insert(CONTENT_TYPE, kind);
        }
        let bytes = self.bytes()?;
        // Some browsers save a body without its coding, and the header all the same.
        if std::str::from_utf8(&bytes).is_ok() {
            headers.remove(CONTENT_ENCODING);
        }
        Some(bytes)
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.text, self.encoding.as_deref()) {
            (Some(text), Some("base64")) => BASE64_STANDARD.decode(text.as_bytes()).ok(),
            (Some(text), _) if !text.is_empty() => Some(bytes_of(text)),
            _ => Some(joined(&self.params, "&").into_bytes()),
        }
    }
}

/// A text's bytes; one of compressed bytes has a character for each.
fn bytes_of(text: &str) -> Vec<u8> {
    let magic = ["\u{1f}\u{8b}", "(\u{b5}/\u{fd}", "x\u{9c}", "x\u{1}", "x\u{da}"];
    let packed = magic.iter().any(|magic| text.starts_with(magic));
    let byte = |character: char| u8::try_from(character).ok();
    let packed = packed.then(|| text.chars().map(byte).collect::<Option<Vec<u8>>>());
    packed.flatten().unwrap_or_else(|| text.as_bytes().to_vec())
}

fn joined(pairs: &[Pair<'_>], separator: &str) -> String {
    let spelled = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pair = |pair: &Pair<'_>| {
        let (name, value) = (spelled(&pair.name), spelled(pair.value.as_deref().unwrap_or_default()));
        let name = if separator == "&" { name } else { pair.name.to_string() };
        format!("{name}={value}")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(separator)
}

impl Spoken<'_> {
    fn read(&self) -> Option<Message> {
        const BINARY: f64 = 2.0;
        if (self.opcode - BINARY).abs() < f64::EPSILON {
            return BASE64_STANDARD
                .decode(self.data.as_bytes())
                .ok()
                .map(|bytes| Message::Binary(bytes.into()));
        }
        Some(Message::Text(self.data.to_string()))
    }
}
