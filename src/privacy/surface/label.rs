//! What a body says it is (RFC 9110 §8.3).
//!
//! Knows media types; does not look at the body. Invariant: of a label only type, subtype and charset leave, others
//! could carry anything.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::super::refusal::Format;
use super::super::wrapping::charset::Charset;

/// What most bodies are called.
const JSON: &str = "application/json";

/// A body's label, read.
#[derive(Clone, Debug)]
pub struct Label {
    pub form: Form,
    /// `None`: a set that nobody here can read.
    pub charset: Option<Charset>,
    /// The label as it may leave.
    pub header: Option<HeaderValue>,
}

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Ndjson,
    Urlencoded,
    Text,
    /// Sentry's lines of JSON and bytes.
    Envelope,
    Unknown,
}

impl Form {
    pub const fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Ndjson => Format::Ndjson,
            Self::Urlencoded => Format::Form,
            Self::Envelope => Format::Envelope,
            Self::Text | Self::Unknown => Format::Text,
        }
    }

    fn of(essence: &str) -> Self {
        match essence {
            JSON | "application/csp-report" | "application/reports+json" | "text/json" => Self::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines" => Self::Ndjson,
            "application/x-www-form-urlencoded" => Self::Urlencoded,
            "application/x-sentry-envelope" => Self::Envelope,
            "application/xml" | "application/javascript" | "" => Self::Text,
            other if other.ends_with("+json") => Self::Json,
            other if other.ends_with("+xml") || other.starts_with("text/") => Self::Text,
            _ => Self::Unknown,
        }
    }
}

impl Label {
    /// The label of a request.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::told(headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default()))
    }

    /// What a body calls itself. Without a word it is text.
    pub fn told(kind: Option<&str>) -> Self {
        match kind {
            Some(kind) => Self::parse(kind),
            None => Self { form: Form::Text, charset: Some(Charset::Utf8), header: None },
        }
    }

    pub fn parse(text: &str) -> Self {
        if text == JSON {
            let header = Some(HeaderValue::from_static(JSON));
            return Self { form: Form::Json, charset: Some(Charset::Utf8), header };
        }
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let named = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            name.trim().eq_ignore_ascii_case("charset").then_some(value)
        });
        let charset = named.as_deref().map_or(Some(Charset::Utf8), Charset::named);
        let form = Form::of(&essence);
        let header = match (&named, form) {
            (_, Form::Unknown) if !is_token_pair(&essence) => None,
            (Some(named), _) if charset.is_some() => {
                HeaderValue::try_from(format!("{essence};charset={named}")).ok()
            }
            _ => HeaderValue::try_from(essence).ok(),
        };
        Self { form, charset, header }
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
