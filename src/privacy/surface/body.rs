//! A request's body: its codings and character set undone, the surface that reads it, and all put back.
//!
//! Knows first bytes; `label` knows what a body says it is, `codings` what it is packed in, the surfaces know the
//! forms. Invariant: a body that no surface can read is refused, whatever its label says.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::super::policy::Undecodable;
use super::super::refusal::Refusal;
use super::super::scrub::Scrub;
use super::super::wrapping::charset::Charset;
use super::codings::{coded, declared};
use super::label::{Form, Label};
use super::{envelope, json, multipart, plain};
use crate::privacy::image;

/// A body fit to leave, and the labels it leaves with.
#[derive(Debug)]
pub struct Body {
    pub content_type: Option<HeaderValue>,
    pub content_encoding: Option<HeaderValue>,
    pub bytes: Bytes,
}

impl Body {
    const fn empty() -> Self {
        Self { content_type: None, content_encoding: None, bytes: Bytes::new() }
    }
}

/// Rewrites a body by what it is.
pub fn scrub(scrub: &mut Scrub<'_>, headers: &HeaderMap, query: &str, bytes: Bytes) -> Result<Body, Refusal> {
    if bytes.is_empty() {
        return Ok(Body::empty());
    }
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let mut label = Label::told(kind);
    let declared = declared(headers);
    let new =
        match coded(scrub, &declared, query, &bytes, |scrub, bytes| labelled(scrub, kind, &mut label, bytes))
        {
            Err(_) if scrub.policy.undecodable == Undecodable::Remove => return Ok(Body::empty()),
            Err(_) if scrub.policy.undecodable == Undecodable::Keep => None,
            read => read?,
        };
    Ok(Body {
        content_type: label.header,
        content_encoding: if declared.is_empty() { None } else { declared.join(", ").try_into().ok() },
        bytes: new.map_or(bytes, Bytes::from),
    })
}

/// Rewrites what a request's own label names, which may have parts with labels of their own.
fn labelled(
    scrub: &mut Scrub<'_>,
    kind: Option<&str>,
    label: &mut Label,
    bytes: &[u8],
) -> Result<Option<Vec<u8>>, Refusal> {
    let kind = kind.filter(|_| label.form == Form::Unknown);
    let Some(boundary) = kind.and_then(multipart::boundary) else { return readable(scrub, label, bytes) };
    let boundary = boundary?;
    label.header = HeaderValue::try_from(format!("multipart/form-data; boundary=\"{boundary}\"")).ok();
    let rewritten = multipart::scrub(scrub, bytes, &boundary)?;
    label.header = rewritten.content_type();
    Ok(Some(rewritten.bytes))
}

/// Rewrites what stands under one label, perhaps compressed by itself; `None` when it may leave as it came.
pub fn content(scrub: &mut Scrub<'_>, label: &Label, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    coded(scrub, &[], "", bytes, |scrub, bytes| readable(scrub, label, bytes))
}

fn readable(scrub: &mut Scrub<'_>, label: &Label, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    if let Some(stripped) = image::strip(bytes) {
        return if scrub.whole(plain::place(scrub)) {
            Ok(Some(stripped?.into_owned()))
        } else {
            Err(Refusal::UnknownType)
        };
    }
    if label.form == Form::Envelope || (label.form == Form::Text && envelope::is_envelope(bytes)) {
        return envelope::scrub(scrub, bytes);
    }
    let (charset, text) = decoded(label, bytes)?;
    let new = surface(scrub, label.form, &text)?;
    encoded(charset, label, new)
}

/// A body's text, and the character set it is written in.
pub fn decoded<'b>(label: &Label, bytes: &'b [u8]) -> Result<(Charset, Cow<'b, str>), Refusal> {
    let invalid = Refusal::Invalid(label.form.format());
    let charset = Charset::recognized(bytes).or(label.charset).ok_or(Refusal::UnknownEncoding)?;
    let (charset, text) = match charset.decode(bytes) {
        Some(text) => (charset, text),
        // Old pages send what they call nothing.
        None if charset == Charset::Utf8 && label.form == Form::Text && !is_binary(bytes) => {
            (Charset::Latin1, Charset::Latin1.decode(bytes).ok_or(invalid)?)
        }
        None => return Err(invalid),
    };
    if memchr::memchr(0, text.as_bytes()).is_some() { Err(Refusal::UnknownType) } else { Ok((charset, text)) }
}

/// A new text in the character set of the old one.
pub(super) fn encoded(
    charset: Charset,
    label: &Label,
    new: Option<String>,
) -> Result<Option<Vec<u8>>, Refusal> {
    let invalid = Refusal::Invalid(label.form.format());
    new.map(|new| charset.encode(new).ok_or(invalid)).transpose()
}

fn surface(scrub: &mut Scrub<'_>, form: Form, text: &str) -> Result<Option<String>, Refusal> {
    match form {
        Form::Json => json::scrub(scrub, text),
        Form::Ndjson => plain::ndjson(scrub, text),
        // Scripts send JSON under the one label that asks no permission of CORS.
        Form::Urlencoded | Form::Unknown if json::looks_like_document(text) => json::scrub(scrub, text),
        Form::Urlencoded => plain::form(scrub, text),
        Form::Text => plain::scrub(scrub, text),
        Form::Envelope | Form::Unknown => Err(Refusal::UnknownType),
    }
}

/// Text of no set has control characters.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=31 | 127))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::fixture::{body, open, parts, policy, scrub};
    use crate::privacy::wrapping::charset::Charset;
    use crate::privacy::{Format, Policy, Refusal, Undecodable};

    fn open_policy() -> Policy {
        open(parts("strict", ""))
    }

    #[test]
    fn what_a_body_is_decides_not_what_it_is_called() {
        let policy = open_policy();
        for label in [
            "application/json",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "application/csp-report",
            "application/vnd.x+json",
            "",
        ] {
            assert_eq!(body(&policy, label, r#"{"ip":1,"a":2}"#).unwrap(), r#"{"a":2}"#, "{label}");
        }
        for label in ["text/plain", "application/x-ndjson"] {
            assert_eq!(
                body(&policy, label, "{\"ip\":1,\"a\":2}\r\n\n{\"b\":3}\n").unwrap(),
                "{\"a\":2}\r\n\n{\"b\":3}\n"
            );
        }
        assert_eq!(body(&policy, "text/plain", "en=a&ip=1\r\nen=b&email=x").unwrap(), "en=a\r\nen=b");
        assert_eq!(
            body(&policy, "application/x-www-form-urlencoded", "a=1&email=j&b=two+words").unwrap(),
            "a=1&b=two+words"
        );
    }

    #[test]
    fn text_stays_but_for_what_is_found_in_it() {
        let policy = open_policy();
        for kept in ["hello :: world 12:34:56", "a::before{content:\"\\201C\"}", "", "{not json}", "a = b"] {
            assert_eq!(body(&policy, "text/plain", kept).unwrap(), kept);
        }
        assert_eq!(
            body(&policy, "text/plain", "from 203.0.113.77, thanks").unwrap(),
            "from [address], thanks"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let policy = open_policy();
        let refused = |label: &str, bytes: &[u8]| {
            let request =
                Request::post("/e").header("content-type", label).body(Bytes::copy_from_slice(bytes));
            scrub(&policy, request.unwrap()).map(|_| ()).unwrap_err()
        };
        assert_eq!(refused("application/json", b"{"), Refusal::Invalid(Format::Json));
        assert_eq!(refused("application/json", b"\x1f\x8b\x08\0"), Refusal::BrokenEncoding);
        assert_eq!(refused("text/plain", b"\x78\x9cabc"), Refusal::BrokenEncoding);
        assert_eq!(refused("application/json; charset=shift_jis", b"{}"), Refusal::UnknownEncoding);
        assert_eq!(refused("application/x-protobuf", b"\x0a\x03abc"), Refusal::UnknownType);
        assert_eq!(
            refused("multipart/form-data; boundary=x", b"--x\r\n"),
            Refusal::Invalid(Format::Multipart)
        );
        assert_eq!(refused("text/plain", b"caf\xe9\0\x01\x02"), Refusal::Invalid(Format::Text));
        assert_eq!(refused("text/plain", b"{\"password\":\"hunter2\""), Refusal::Invalid(Format::Json));
        let coded =
            Request::post("/e").header("content-encoding", "x-secret").body(Bytes::from_static(b"{}"));
        assert_eq!(scrub(&policy, coded.unwrap()).map(|_| ()).unwrap_err(), Refusal::UnknownEncoding);
    }

    /// What leaves of a body under such a label.
    fn sent(label: &str, bytes: Vec<u8>) -> Request<Bytes> {
        let request = Request::post("/e").header("content-type", label).body(Bytes::from(bytes));
        scrub(&open_policy(), request.unwrap()).unwrap().request.into_inner()
    }

    #[test]
    fn other_character_sets_are_read_and_written_back() {
        for charset in [Charset::Utf16Le, Charset::Utf16Be] {
            let before = charset.encode("\u{feff}{\"ip\":1,\"caf\u{e9}\":2}".to_owned()).unwrap();
            let left = sent("application/json", before);
            assert_eq!(charset.decode(left.body()).unwrap(), "\u{feff}{\"caf\u{e9}\":2}");
        }
        let left = sent("text/plain", b"caf\xe9 203.0.113.77 now".to_vec());
        assert_eq!(left.body(), &b"caf\xe9 [address] now"[..]);
    }

    #[test]
    fn a_route_may_send_without_an_unreadable_body_or_speak_of_a_hole() {
        let with = |undecodable| {
            let policy = Policy::compile(crate::privacy::PolicyParts { undecodable, ..parts("strict", "") });
            body(&policy, "application/json", "{").unwrap()
        };
        assert_eq!(with(Undecodable::Remove), "");
        assert_eq!(with(Undecodable::Keep), "{");
    }

    #[test]
    fn where_a_vendor_is_mapped_free_text_needs_a_rule() {
        let closed = policy("strict", "");
        assert_eq!(body(&closed, "text/plain", "hello").unwrap_err(), Refusal::UnknownType);
        let chat = policy("strict", "text: -> message");
        assert_eq!(body(&chat, "text/plain", "hello j@example.org").unwrap(), "hello j@example.org");
    }

    #[test]
    fn only_the_charset_of_a_label_leaves() {
        let request =
            Request::post("/e").header("content-type", "Application/JSON; x=jane; Charset=\"UTF-8\"");
        let treated = scrub(&open_policy(), request.body(Bytes::from_static(b"{}")).unwrap()).unwrap();
        assert_eq!(treated.request.as_inner().headers()["content-type"], "application/json;charset=utf-8");
    }
}
