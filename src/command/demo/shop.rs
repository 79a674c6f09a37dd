//! The demo's own pages: the shop, and the feed that tells the page of both sides, live.
//!
//! Knows paths and media types; what the page looks like is in `page/`. Invariant: a page loads nothing from
//! elsewhere and runs nothing but its one script.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::record::{Exchange, Record};
use crate::proxy::ResponseBody;

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/demo.css");
const SCRIPT: &str = include_str!("page/demo.js");

/// The icon is written into the page, hence `data:`.
const NOTHING_FROM_ELSEWHERE: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers what the shop itself is asked for; `None` is for a vendor.
pub fn answer<B>(
    request: &Request<B>,
    record: &Record,
    policy: &str,
    visitor: IpAddr,
) -> Option<Response<ResponseBody>> {
    if request.method() != Method::GET {
        return None;
    }
    match request.uri().path() {
        "/" => Some(page("text/html; charset=utf-8", PAGE)),
        "/demo.css" => Some(page("text/css; charset=utf-8", STYLE)),
        "/demo.js" => Some(page("text/javascript; charset=utf-8", SCRIPT)),
        "/demo/events" => Some(respond("text/event-stream", feed(record, policy, visitor))),
        _ => None,
    }
}

fn page(media_type: &'static str, text: &'static str) -> Response<ResponseBody> {
    respond(media_type, Full::new(Bytes::from_static(text.as_bytes())))
}

fn respond(
    media_type: &'static str,
    body: impl Body<Data = Bytes, Error = Infallible> + Send + 'static,
) -> Response<ResponseBody> {
    let mut response = Response::new(body.map_err(|never| match never {}).boxed_unsync());
    let headers: [(HeaderName, &'static str); 3] = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, NOTHING_FROM_ELSEWHERE),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// First who the visitor is and what was remembered, then every exchange as it comes.
fn feed(record: &Record, policy: &str, visitor: IpAddr) -> Feed {
    let (past, to_come) = record.listen();
    let mut first = message("hello", &json!({ "policy": policy, "address": visitor.to_string() }));
    first.extend(past.iter().map(|exchange| message("exchange", exchange)));
    Feed { first: Some(first.into()), to_come }
}

/// One message of a `text/event-stream` (HTML standard §9.2). JSON has no line breaks of its own.
fn message(event: &str, data: &impl Serialize) -> String {
    serde_json::to_string(data).map(|data| format!("event: {event}\ndata: {data}\n\n")).unwrap_or_default()
}

struct Feed {
    first: Option<Bytes>,
    to_come: Receiver<Exchange>,
}

impl Body for Feed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let next = ready!(self.to_come.poll_recv(cx));
        Poll::Ready(next.map(|exchange| Ok(Frame::data(message("exchange", &exchange).into()))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const VISITOR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 42));

    fn ask(method: &str, path: &str) -> Option<Response<ResponseBody>> {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        answer(&request, &Record::default(), "cnil", VISITOR)
    }

    #[test]
    fn the_shop_answers_for_itself_and_leaves_the_rest_to_the_vendors() {
        for path in ["/", "/?email=jane.doe@example.org", "/demo.css", "/demo.js", "/demo/events"] {
            assert!(ask("GET", path).is_some(), "{path}");
        }
        assert!(ask("POST", "/").is_none());
        assert!(ask("GET", "/strict/stats/e/").is_none());
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_and_no_text_becomes_markup() {
        for text in [PAGE, STYLE, SCRIPT] {
            let addresses = text.matches("://").count();
            let harmless = ["http://www.w3.org/2000/svg", "https://mail.example.com/"];
            assert_eq!(addresses, harmless.iter().map(|known| text.matches(known).count()).sum::<usize>());
        }
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }

    #[tokio::test]
    async fn the_feed_begins_with_who_the_visitor_is() {
        let mut feed = ask("GET", "/demo/events").unwrap().into_body();
        let first = feed.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(first, "event: hello\ndata: {\"address\":\"203.0.113.42\",\"policy\":\"cnil\"}\n\n");
    }
}
