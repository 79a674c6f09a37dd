//! What belongs to one hop: framing, expectations, upgrades, and the headers `Connection` names.
//!
//! Knows RFC 9110 §7.6.1 and RFC 9112 §6; does not know routes. Invariant: framing that two readers could read
//! in two ways does not pass, and `Connection` takes nothing away that privet itself decides by.
//!
//! hyper has refused before: malformed lines, obsolete folding, spaces around names, lengths that are no number
//! or differ, bad chunks, `Transfer-Encoding` in HTTP/1.0 and 2, connection headers in HTTP/2. It also repairs
//! what RFC 9112 §6.3 lets it repair, unseen here: a length beside `Transfer-Encoding` is dropped and the
//! connection closed, equal lengths in HTTP/1 become one.

use http::Version;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;

use crate::privacy::surface::response::connection_options;

/// What one hop may not ask of privet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    #[error("message framing is ambiguous")]
    Framing,
    #[error("expectation not supported")]
    Expectation,
    #[error("websocket handshake is malformed")]
    WebSocket,
    #[error("websocket version not supported")]
    WebSocketVersion,
    #[error("no page of this origin may open a websocket")]
    Origin,
}

/// Headers of this hop, whether `Connection` names them or not.
static HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What privet reads to decide how to treat a request; a visitor's choice among it.
static DECIDED_BY: [HeaderName; 7] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::ORIGIN,
    header::DNT,
    HeaderName::from_static("sec-gpc"),
];

/// Turns away what cannot be understood in one way only, or not be done at all.
pub fn accept(head: &Parts) -> Result<(), Unacceptable> {
    if framing_is_ambiguous(head) {
        return Err(Unacceptable::Framing);
    }
    if head
        .headers
        .get_all(header::EXPECT)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        return Err(Unacceptable::Expectation);
    }
    Ok(())
}

/// Removes what belongs to this hop alone.
pub fn leave_behind(headers: &mut HeaderMap) {
    for option in connection_options(headers) {
        if let Ok(name) = HeaderName::try_from(option)
            && !DECIDED_BY.contains(&name)
        {
            headers.remove(name);
        }
    }
    // Few come with more than one of them: to look at each name once is cheaper than to look for each of the nine.
    let of_this_hop = |headers: &HeaderMap| headers.keys().find(|name| HOP_BY_HOP.contains(name)).cloned();
    while let Some(name) = of_this_hop(headers) {
        headers.remove(name);
    }
}

fn framing_is_ambiguous(head: &Parts) -> bool {
    let mut lengths = head.headers.get_all(header::CONTENT_LENGTH).iter();
    let mut encodings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_plain = match (lengths.next(), encodings.next()) {
        (None, None) => true,
        (Some(length), None) => !length.is_empty() && length.as_bytes().iter().all(u8::is_ascii_digit),
        (None, Some(encoding)) => {
            encoding.as_bytes().eq_ignore_ascii_case(b"chunked") && head.version == Version::HTTP_11
        }
        (Some(_), Some(_)) => false,
    };
    let is_said_once = lengths.next().is_none() && encodings.next().is_none();
    !is_plain || !is_said_once || head.headers.keys().any(looks_like_framing)
}

/// A name that a careless reader takes for one of the two that frame a message, such as `transfer_encoding`.
fn looks_like_framing(name: &HeaderName) -> bool {
    let is_short = name.as_str().len() < "contentlength".len();
    if is_short || *name == header::CONTENT_LENGTH || *name == header::TRANSFER_ENCODING {
        return false;
    }
    let letters = || name.as_str().bytes().filter(u8::is_ascii_lowercase);
    letters().eq("contentlength".bytes()) || letters().eq("transferencoding".bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::Request;

    fn verdict(version: Version, headers: &[(&str, &str)]) -> Result<(), Unacceptable> {
        let mut request = Request::builder().version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        accept(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn framing_is_plain_or_refused() {
        for headers in [
            &[("content-length", "5"), ("transfer-encoding", "chunked")][..],
            &[("content-length", "5"), ("content-length", "5")],
            &[("content-length", "5, 5")],
            &[("content-length", "+5")],
            &[("content-length", "")],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
            &[("transfer-encoding", "identity")],
            &[("transfer_encoding", "chunked")],
            &[("content_length", "5")],
            &[("content-length-", "5")],
        ] {
            assert_eq!(verdict(Version::HTTP_11, headers), Err(Unacceptable::Framing), "{headers:?}");
        }
        assert_eq!(verdict(Version::HTTP_11, &[("content-length", "5")]), Ok(()));
        assert_eq!(verdict(Version::HTTP_11, &[("transfer-encoding", "Chunked")]), Ok(()));
        assert_eq!(verdict(Version::HTTP_11, &[("x-content-length", "5")]), Ok(()));
        assert_eq!(
            verdict(Version::HTTP_10, &[("transfer-encoding", "chunked")]),
            Err(Unacceptable::Framing)
        );
        assert_eq!(verdict(Version::HTTP_2, &[("transfer-encoding", "chunked")]), Err(Unacceptable::Framing));
    }

    #[test]
    fn only_a_continue_may_be_expected() {
        assert_eq!(verdict(Version::HTTP_11, &[("expect", "100-Continue")]), Ok(()));
        assert_eq!(verdict(Version::HTTP_11, &[("expect", "200-ok")]), Err(Unacceptable::Expectation));
    }

    #[test]
    fn connection_takes_what_it_names_and_nothing_privet_decides_by() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop, Content-Encoding"),
            ("connection", "sec-gpc,x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("keep-alive", "1"),
            ("te", "trailers"),
            ("content-encoding", "gzip"),
            ("sec-gpc", "1"),
            ("accept", "*/*"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        leave_behind(&mut headers);
        let mut left = headers.keys().map(HeaderName::as_str).collect::<Vec<_>>();
        left.sort_unstable();
        assert_eq!(left, ["accept", "content-encoding", "sec-gpc"]);
    }
}
