//! A request's body: what it says it is, what it is, and the surface that reads it.
//!
//! Knows media types and first bytes; the surfaces know the forms. Invariant: a body that no surface can read
//! is refused, whatever its label says.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};

use super::super::places::Names;
use super::super::policy::Undecodable;
use super::super::refusal::{Format, Refusal};
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::is_compressed;
use super::pairs::{self, Pairs};
use super::{json, multipart};
use crate::privacy::image;

/// A body fit to leave, and the label it leaves with.
pub struct Body {
    pub content_type: Option<HeaderValue>,
    pub bytes: Bytes,
}

/// Rewrites a body by what it is.
pub fn scrub(scrub: &mut Scrub<'_>, headers: &HeaderMap, bytes: Bytes) -> Result<Body, Refusal> {
    if bytes.is_empty() {
        return Ok(Body { content_type: None, bytes });
    }
    let mut label = Label::of(headers);
    match read(scrub, headers, &mut label, &bytes) {
        Ok(None) => Ok(Body { content_type: label.header, bytes }),
        Ok(Some(new)) => Ok(Body { content_type: label.header, bytes: Bytes::from(new) }),
        Err(refusal) => match scrub.policy.undecodable {
            Undecodable::Refuse => Err(refusal),
            Undecodable::Remove => Ok(Body { content_type: None, bytes: Bytes::new() }),
            Undecodable::Keep => Ok(Body { content_type: label.header, bytes }),
        },
    }
}

fn read(
    scrub: &mut Scrub<'_>,
    headers: &HeaderMap,
    label: &mut Label,
    bytes: &[u8],
) -> Result<Option<Vec<u8>>, Refusal> {
    let coded = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(coded) {
        return Err(Refusal::UnknownEncoding);
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if let Some(boundary) = kind.and_then(multipart::boundary) {
        let boundary = boundary?;
        label.header = HeaderValue::try_from(format!("multipart/form-data; boundary=\"{boundary}\"")).ok();
        let rewritten = multipart::scrub(scrub, bytes, &boundary)?;
        label.header = rewritten.content_type();
        return Ok(Some(rewritten.bytes));
    }
    content(scrub, label, bytes)
}

/// Rewrites what a label names; `None` when it leaves as it came.
pub fn content(scrub: &mut Scrub<'_>, label: &Label, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    if let Some(stripped) = image::strip(bytes) {
        return if scrub.whole(place(scrub)) {
            Ok(Some(stripped?.into_owned()))
        } else {
            Err(Refusal::UnknownType)
        };
    }
    if is_compressed(bytes) {
        return Err(Refusal::UnknownEncoding);
    }
    text(scrub, label, bytes).map(|new| new.map(String::into_bytes))
}

/// The place that a body which is one value stands at.
fn place<'p>(scrub: &Scrub<'p>) -> Place<'p> {
    let rule = scrub.places().text.map(|rank| scrub.places().treatment(rank));
    rule.map_or(scrub.unmapped(), Place::Known)
}

fn text(scrub: &mut Scrub<'_>, label: &Label, bytes: &[u8]) -> Result<Option<String>, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Invalid(label.form.format()))?;
    if text.contains('\0') || !label.readable_charset {
        return Err(Refusal::UnknownEncoding);
    }
    match label.form {
        Form::Json => json::scrub(scrub, text),
        Form::Ndjson => ndjson(scrub, text),
        // Scripts send JSON under the one label that asks no permission of CORS.
        Form::Urlencoded if json::looks_like_document(text) => json::scrub(scrub, text),
        Form::Urlencoded => form(scrub, text),
        Form::Text => plain(scrub, text),
        Form::Unknown if json::looks_like_document(text) => json::scrub(scrub, text),
        Form::Unknown => Err(Refusal::UnknownType),
    }
}

/// `text/plain` is what `sendBeacon` calls everything: the text decides.
fn plain(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    if json::looks_like_document(text) {
        for read in [json::scrub, ndjson] {
            let tally = scrub.tally.clone();
            match read(scrub, text) {
                Err(Refusal::Invalid(_)) => scrub.tally = tally,
                read => return read,
            }
        }
    }
    if json::claims_to_be_a_document(text) {
        return Err(Refusal::Invalid(Format::Json));
    }
    if text.lines().all(pairs::looks_like_form) {
        return lines(scrub, text, form);
    }
    match scrub.value(text, place(scrub))? {
        Fate::Keep => Ok(None),
        Fate::Replace(new) => Ok(Some(new)),
        // A body is no field that could be left out: without it there is no request.
        Fate::Remove => Err(Refusal::UnknownType),
    }
}

/// Newline-delimited JSON.
fn ndjson(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    lines(scrub, text, json::scrub).map_err(|refusal| match refusal {
        Refusal::Invalid(_) => Refusal::Invalid(Format::Ndjson),
        other => other,
    })
}

fn form(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let names: &Names = &scrub.places().form;
    pairs::scrub(scrub, text, Pairs { names, separator: '&', plus: true, switches: &[] })
}

/// Each line on its own; line ends and empty lines stay.
fn lines(
    scrub: &mut Scrub<'_>,
    text: &str,
    surface: fn(&mut Scrub<'_>, &str) -> Result<Option<String>, Refusal>,
) -> Result<Option<String>, Refusal> {
    let mut out = String::new();
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_end_matches(['\r', '\n']);
        let new = if inner.trim().is_empty() { None } else { surface(scrub, inner)? };
        changed |= new.is_some();
        out.push_str(new.as_deref().unwrap_or(inner));
        out.push_str(&line[inner.len()..]);
    }
    Ok(changed.then_some(out))
}

/// What a body says it is.
pub struct Label {
    form: Form,
    readable_charset: bool,
    header: Option<HeaderValue>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Ndjson,
    Urlencoded,
    Text,
    Unknown,
}

impl Form {
    const fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Ndjson => Format::Ndjson,
            Self::Urlencoded => Format::Form,
            Self::Text | Self::Unknown => Format::Text,
        }
    }

    fn of(essence: &str) -> Self {
        match essence {
            "application/json" | "application/csp-report" | "application/reports+json" | "text/json" => {
                Self::Json
            }
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines" => Self::Ndjson,
            "application/x-www-form-urlencoded" => Self::Urlencoded,
            "application/xml" | "application/javascript" | "" => Self::Text,
            other if other.ends_with("+json") => Self::Json,
            other if other.ends_with("+xml") || other.starts_with("text/") => Self::Text,
            _ => Self::Unknown,
        }
    }
}

impl Label {
    /// Reads `Content-Type`.
    fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_TYPE) else {
            return Self { form: Form::Text, readable_charset: true, header: None };
        };
        Self::parse(value.to_str().unwrap_or_default())
    }

    /// Reads a media type. Of its parameters only the charset leaves: others could carry anything.
    pub fn parse(text: &str) -> Self {
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let charset = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        let readable_charset =
            charset.as_deref().is_none_or(|name| matches!(name, "utf-8" | "utf8" | "us-ascii"));
        let form = Form::of(&essence);
        let header = match (&charset, form) {
            (_, Form::Unknown) if !is_token_pair(&essence) => None,
            (Some(charset), _) => HeaderValue::try_from(format!("{essence};charset={charset}")).ok(),
            (None, _) => HeaderValue::try_from(essence).ok(),
        };
        Self { form, readable_charset, header }
    }
}

/// `type/subtype` of plain words.
fn is_token_pair(essence: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word.len() <= 64
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| word(kind) && word(subtype))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::fixture::{body, open, parts, policy, scrub};
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
        assert_eq!(refused("application/json", b"\x1f\x8b\x08\0"), Refusal::UnknownEncoding);
        assert_eq!(refused("text/plain", b"\x78\x9cabc"), Refusal::UnknownEncoding);
        assert_eq!(refused("application/json; charset=utf-16le", b"{\0}\0"), Refusal::UnknownEncoding);
        assert_eq!(refused("application/x-protobuf", b"\x0a\x03abc"), Refusal::UnknownType);
        assert_eq!(
            refused("multipart/form-data; boundary=x", b"--x\r\n"),
            Refusal::Invalid(Format::Multipart)
        );
        assert_eq!(refused("text/plain", b"caf\xe9"), Refusal::Invalid(Format::Text));
        assert_eq!(refused("text/plain", b"{\"password\":\"hunter2\""), Refusal::Invalid(Format::Json));
        let coded = Request::post("/e").header("content-encoding", "br").body(Bytes::from_static(b"{}"));
        assert_eq!(scrub(&policy, coded.unwrap()).map(|_| ()).unwrap_err(), Refusal::UnknownEncoding);
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
