//! What a WebSocket's handshake offers, read by its grammar: extensions and subprotocols.
//!
//! Knows RFC 6455 §4.1 and §9.1; does not know what any of them means. Invariant: an offer that is none fails the
//! handshake, as the RFC asks, whoever would have declined it.

use http::header::{HeaderMap, HeaderName, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL};

use super::hop::Unacceptable;

/// Extensions and subprotocols as the grammar has them (RFC 6455 §4.1, §9.1), and no subprotocol twice.
pub fn are_plain(headers: &HeaderMap) -> Result<(), Unacceptable> {
    let extensions = elements(headers, &SEC_WEBSOCKET_EXTENSIONS)?;
    let mut subprotocols = elements(headers, &SEC_WEBSOCKET_PROTOCOL)?;
    let count = subprotocols.len();
    subprotocols.sort_unstable();
    subprotocols.dedup();
    let is_plain = extensions.iter().all(|offer| is_extension(offer))
        && subprotocols.iter().all(|name| is_token(name))
        && subprotocols.len() == count;
    if is_plain { Ok(()) } else { Err(Unacceptable::WebSocket) }
}

/// The elements of a list; empty ones do not count (RFC 9110 §5.6.1).
fn elements<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Vec<&'h str>, Unacceptable> {
    let mut all = Vec::new();
    for line in headers.get_all(name) {
        let line = line.to_str().map_err(|_| Unacceptable::WebSocket)?;
        all.extend(line.split(',').map(str::trim).filter(|element| !element.is_empty()));
    }
    Ok(all)
}

/// A name and its parameters; a value in quotes is a token as well.
fn is_extension(offer: &str) -> bool {
    let mut parts = offer.split(';').map(str::trim);
    let is_parameter = |part: &str| match part.split_once('=') {
        None => is_token(part),
        Some((name, value)) => {
            let value = value.trim_start();
            let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            is_token(name.trim_end()) && is_token(quoted.unwrap_or(value))
        }
    };
    parts.next().is_some_and(is_token) && parts.all(is_parameter)
}

fn is_token(word: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !word.is_empty() && word.bytes().all(letter)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn offers_are_read_by_their_grammar() {
        for (name, value, is_plain) in [
            (SEC_WEBSOCKET_EXTENSIONS, "permessage-deflate; client_max_window_bits, x-any;a=\"b\"", true),
            (SEC_WEBSOCKET_EXTENSIONS, ", a ;b = c,", true),
            (SEC_WEBSOCKET_EXTENSIONS, "", true),
            (SEC_WEBSOCKET_EXTENSIONS, "a;", false),
            (SEC_WEBSOCKET_EXTENSIONS, "a b", false),
            (SEC_WEBSOCKET_EXTENSIONS, "; a=1", false),
            (SEC_WEBSOCKET_EXTENSIONS, "a; b=\"c d\"", false),
            (SEC_WEBSOCKET_EXTENSIONS, "a; b=\"", false),
            (SEC_WEBSOCKET_EXTENSIONS, "\u{e9}", false),
            (SEC_WEBSOCKET_PROTOCOL, "graphql-ws, v12.stomp", true),
            (SEC_WEBSOCKET_PROTOCOL, "a b", false),
            (SEC_WEBSOCKET_PROTOCOL, "a/b", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(&name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(are_plain(&headers).is_ok(), is_plain, "{name}: {value}");
        }
    }
}
