//! A visitor's wish for a WebSocket, and the answer that grants it.
//!
//! Knows RFC 6455 §4.2 and RFC 8441; does not know what is said afterwards. No extension is ever agreed upon: what is
//! compressed would pass unread. Invariant: a wish that is not plain is refused or is none, never passed on as some
//! other request's head.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{Method, StatusCode, Version, response};
use hyper::ext::Protocol;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::hop::Unacceptable;
use super::offers;
use crate::privacy::surface::response::connection_options;

/// A visitor asks to go on as a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What proves that the wish was read; HTTP/2 needs none.
    accept: Option<HeaderValue>,
}

/// What a request wishes. Another upgrade is ignored, as RFC 9110 §7.8 allows.
///
/// A wish in HTTP/2 becomes a `GET`, which it is in every other respect.
pub fn wish(head: &mut Parts) -> Result<Option<Box<Wish>>, Unacceptable> {
    if head.version == Version::HTTP_2 {
        let protocol = head.extensions.get::<Protocol>().map(Protocol::as_str);
        if head.method != Method::CONNECT || protocol != Some("websocket") {
            return Ok(None);
        }
        head.method = Method::GET;
        is_of_version_13(&head.headers)?;
        offers::are_plain(&head.headers)?;
        return Ok(Some(Box::new(Wish { accept: None })));
    }
    let upgrades = head.headers.get_all(UPGRADE).iter();
    if head.version != Version::HTTP_11 || !upgrades.map(HeaderValue::as_bytes).any(mentions_websocket) {
        return Ok(None);
    }
    let asks = connection_options(&head.headers).iter().any(|option| option == "upgrade");
    let has_body = head.headers.contains_key(TRANSFER_ENCODING)
        || head.headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0");
    if head.method != Method::GET || !asks || has_body {
        return Err(Unacceptable::WebSocket);
    }
    is_of_version_13(&head.headers)?;
    offers::are_plain(&head.headers)?;
    let key =
        only(&head.headers, &SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or(Unacceptable::WebSocket)?;
    let accept = HeaderValue::try_from(derive_accept_key(key)).map_err(|_| Unacceptable::WebSocket)?;
    Ok(Some(Box::new(Wish { accept: Some(accept) })))
}

impl Wish {
    /// Makes an answer's head the one that grants the wish.
    pub fn grant(self, head: &mut response::Parts) {
        head.headers.remove(CONTENT_LENGTH);
        match self.accept {
            None => head.status = StatusCode::OK,
            Some(accept) => {
                head.status = StatusCode::SWITCHING_PROTOCOLS;
                head.headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
                head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                head.headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
            }
        }
    }
}

/// Whether a wish comes from a page that may have it: the site's, one of the route's own, or none at all.
///
/// CORS does not hold for sockets, so nobody else asks (RFC 6455 §10.2).
pub fn is_of_site(head: &Parts, site_origins: &[String]) -> bool {
    let host = match head.uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => only(&head.headers, &HOST),
    };
    let is_welcome = |origin: &HeaderValue| {
        let origin = origin.as_bytes();
        let own = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
        own.zip(host).is_some_and(|(own, host)| own.eq_ignore_ascii_case(host))
            || site_origins.iter().any(|site| origin.eq_ignore_ascii_case(site.as_bytes()))
    };
    site_origins.is_empty() || head.headers.get_all(ORIGIN).iter().all(is_welcome)
}

fn mentions_websocket(protocols: &[u8]) -> bool {
    protocols.split(|byte| *byte == b',').any(|name| name.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

fn is_of_version_13(headers: &HeaderMap) -> Result<(), Unacceptable> {
    match only(headers, &SEC_WEBSOCKET_VERSION) {
        Some(b"13") => Ok(()),
        _ => Err(Unacceptable::WebSocketVersion),
    }
}

fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Sixteen bytes in base64.
fn is_key(key: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.len() == 24 && key.ends_with(b"==") && key[..22].iter().all(digit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::Request;

    const PLAIN: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    /// A plain wish, but for one header.
    fn asked(version: Version, name: &str, value: &str) -> Result<Option<Box<Wish>>, Unacceptable> {
        let mut request = Request::get("/s").version(version);
        for (name, value) in PLAIN.iter().filter(|(other, _)| *other != name).chain([&(name, value)]) {
            if !value.is_empty() {
                request = request.header(*name, *value);
            }
        }
        wish(&mut request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_plain_wish_is_granted_with_its_proof() {
        let wish = asked(Version::HTTP_11, "host", "h").unwrap().unwrap();
        let mut head = http::Response::new(()).into_parts().0;
        wish.grant(&mut head);
        assert_eq!(head.status, 101);
        assert_eq!(head.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_wish_that_is_not_plain_is_refused_or_none() {
        for (name, value, expected) in [
            ("upgrade", "h2c", Ok(())),
            ("upgrade", "xwebsocket", Ok(())),
            ("upgrade", "", Ok(())),
            ("connection", "keep-alive", Err(Unacceptable::WebSocket)),
            ("connection", "", Err(Unacceptable::WebSocket)),
            ("sec-websocket-key", "", Err(Unacceptable::WebSocket)),
            ("sec-websocket-key", "c2hvcnQ=", Err(Unacceptable::WebSocket)),
            ("content-length", "5", Err(Unacceptable::WebSocket)),
            ("transfer-encoding", "chunked", Err(Unacceptable::WebSocket)),
            ("sec-websocket-version", "8", Err(Unacceptable::WebSocketVersion)),
            ("sec-websocket-version", "", Err(Unacceptable::WebSocketVersion)),
            ("sec-websocket-extensions", "a; b=", Err(Unacceptable::WebSocket)),
            ("sec-websocket-protocol", "a, b, a", Err(Unacceptable::WebSocket)),
        ] {
            let got = asked(Version::HTTP_11, name, value).map(|wish| assert_eq!(wish, None));
            assert_eq!(got, expected, "{name}: {value}");
        }
        assert_eq!(asked(Version::HTTP_10, "host", "h"), Ok(None));
    }

    #[test]
    fn a_page_of_the_site_or_of_the_route_may_ask_and_another_may_not() {
        let site = ["https://www.example.com".to_owned()];
        let asked = |uri: &str, origins: &[&str], site: &[String]| {
            let mut request = Request::get(uri).header("host", "chat.example.com:8443");
            for origin in origins {
                request = request.header("origin", *origin);
            }
            is_of_site(&request.body(()).unwrap().into_parts().0, site)
        };
        for (uri, origins, welcome) in [
            ("/s", &[][..], true),
            ("/s", &["https://WWW.example.com"], true),
            ("/s", &["https://chat.example.com:8443"], true),
            ("https://chat.example.com/s", &["https://chat.example.com"], true),
            ("/s", &["https://chat.example.com"], false),
            ("/s", &["https://evil.example"], false),
            ("/s", &["null"], false),
            ("/s", &["https://www.example.com", "https://evil.example"], false),
        ] {
            assert_eq!(asked(uri, origins, &site), welcome, "{origins:?}");
            assert!(asked(uri, origins, &[]), "{origins:?}");
        }
    }

    #[test]
    fn over_http2_a_connect_for_a_websocket_is_a_wish_and_another_is_not() {
        let asked = |protocol: &'static str| {
            let request = Request::connect("https://h/s").version(Version::HTTP_2);
            let request =
                request.header("sec-websocket-version", "13").extension(Protocol::from_static(protocol));
            let mut head = request.body(()).unwrap().into_parts().0;
            (wish(&mut head), head.method)
        };
        assert_eq!(asked("websocket"), (Ok(Some(Box::new(Wish { accept: None }))), Method::GET));
        assert_eq!(asked("connect-udp"), (Ok(None), Method::CONNECT));
    }
}
