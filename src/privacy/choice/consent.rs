//! What a site's consent tool has written down, read from its cookie.
//!
//! Knows cookies, JSON in them, and how a value is compared; does not know any tool. Invariant: what cannot be read is
//! no consent.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use http::header::HeaderMap;
use serde_json::Value;

use super::jar;
use crate::privacy::rule::Name;
use crate::privacy::wrapping::percent;

/// What must hold before anything of a visitor passes: every one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent(pub Vec<Predicate>);

/// What one cookie must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    pub cookie: Name,
    /// A JSON Pointer (RFC 6901) into the cookie's document; without one, the cookie's text is looked at.
    pub pointer: Option<String>,
    pub test: Test,
}

/// How a value is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Equals(String),
    /// Holds this, not as a part of a longer word; a list: has this element.
    Contains(String),
}

impl Consent {
    pub fn is_given(&self, headers: &HeaderMap) -> bool {
        self.0.iter().all(|predicate| predicate.holds(headers))
    }

    pub fn cookies(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().map(|predicate| &predicate.cookie)
    }
}

impl Predicate {
    /// A cookie that comes twice must say so twice.
    fn holds(&self, headers: &HeaderMap) -> bool {
        let mut values = jar::values(headers, &self.cookie).peekable();
        values.peek().is_some() && values.all(|value| self.accepts(value))
    }

    fn accepts(&self, value: &str) -> bool {
        let text = percent::decode(value.as_bytes());
        match &self.pointer {
            None => self.test.accepts_text(&text),
            Some(pointer) => document(&text)
                .and_then(|document| document.pointer(pointer).map(|value| self.test.accepts(value)))
                .unwrap_or(false),
        }
    }
}

/// As it would be said.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cookie {}", self.cookie)?;
        self.pointer.iter().try_for_each(|pointer| write!(f, " at {pointer}"))?;
        match &self.test {
            Test::Equals(whole) => write!(f, " equals {whole:?}"),
            Test::Contains(part) => write!(f, " contains {part:?}"),
        }
    }
}

impl Test {
    fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Contains(part), Value::Array(items)) => {
                items.iter().any(|item| written(item).is_some_and(|text| text == part.as_str()))
            }
            _ => written(value).is_some_and(|text| self.accepts_text(&text)),
        }
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Self::Equals(whole) => text == whole,
            Self::Contains(part) => holds_word(text, part),
        }
    }
}

/// A single value as it would be written without quotes.
fn written(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A document as tools put it into a cookie: percent-encoded once or twice, or in base64.
fn document(text: &str) -> Option<Value> {
    const LENIENT: GeneralPurposeConfig =
        general_purpose::PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let json = |text: &str| serde_json::from_str(text).ok();
    json(text).or_else(|| json(&percent::decode(text.as_bytes()))).or_else(|| {
        [&base64::alphabet::STANDARD, &base64::alphabet::URL_SAFE].into_iter().find_map(|alphabet| {
            let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(text).ok()?;
            serde_json::from_slice(&bytes).ok()
        })
    })
}

/// Whether a text holds a part that does not begin or end in the middle of a word: `a:1` is not in `ba:10`.
fn holds_word(text: &str, part: &str) -> bool {
    let in_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let joins =
        |one: Option<char>, other: Option<char>| one.is_some_and(in_word) && other.is_some_and(in_word);
    text.match_indices(part).any(|(start, found)| {
        let (before, after) = (&text[..start], &text[start + found.len()..]);
        !part.is_empty()
            && !joins(before.chars().next_back(), found.chars().next())
            && !joins(found.chars().next_back(), after.chars().next())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn predicate(pointer: &str, test: Test) -> Predicate {
        let pointer = (!pointer.is_empty()).then(|| pointer.to_owned());
        Predicate { cookie: "consent".parse().unwrap(), pointer, test }
    }

    fn given(predicate: Predicate, cookies: &str) -> bool {
        let headers = [(http::header::COOKIE, cookies.parse().unwrap())].into_iter().collect();
        Consent(vec![predicate]).is_given(&headers)
    }

    fn equals(pointer: &str, value: &str, cookies: &str) -> bool {
        given(predicate(pointer, Test::Equals(value.to_owned())), cookies)
    }

    fn contains(pointer: &str, value: &str, cookies: &str) -> bool {
        given(predicate(pointer, Test::Contains(value.to_owned())), cookies)
    }

    #[test]
    fn a_cookie_equals_what_it_is_decoded() {
        assert!(equals("", "yes", "a=b; consent=yes"));
        assert!(equals("", "all of it", "consent=\"all%20of%20it\""));
        for cookies in
            ["consent=no", "consent=", "consent", "xconsent=yes", "a=yes", "consent=yes; consent=no"]
        {
            assert!(!equals("", "yes", cookies), "{cookies}");
        }
        assert!(!given(predicate("", Test::Equals("yes".into())), ""));
    }

    #[test]
    fn a_part_counts_only_as_a_whole_word() {
        assert!(contains("", "C0002:1", "consent=groups%3DC0001%3A1%2CC0002%3A1%26x"));
        assert!(contains("", "statistics:true", "consent={statistics:true,marketing:false}"));
        assert!(contains("", "stats", "consent=xstats,stats"));
        for cookies in ["consent=C0002:10", "consent=XC0002:1", "consent=C0002:0", "consent=not-C0002:1"] {
            assert!(!contains("", "C0002:1", cookies), "{cookies}");
        }
        assert!(!contains("", "", "consent=x"));
    }

    #[test]
    fn a_pointer_leads_into_a_document_however_it_is_wrapped() {
        let json = r#"{"a":{"b":true,"n":1,"s":"yes"},"list":["x","stats"],"~/":"odd"}"#;
        let twice = percent::encode(&percent::encode(json, percent::COMPONENT), percent::COMPONENT);
        let coded = general_purpose::URL_SAFE_NO_PAD.encode(json);
        for value in [percent::encode(json, percent::COMPONENT), twice, coded, json.to_owned()] {
            let cookies = format!("consent={}", value.replace(';', "%3B"));
            assert!(equals("/a/b", "true", &cookies), "{cookies}");
            assert!(equals("/a/n", "1", &cookies) && equals("/~0~1", "odd", &cookies));
            assert!(contains("/list", "stats", &cookies) && equals("/list/0", "x", &cookies));
            assert!(!contains("/list", "stat", &cookies));
            assert!(!equals("/a/b", "false", &cookies) && !equals("/a", "", &cookies));
            assert!(!equals("/none", "true", &cookies));
        }
        assert!(!equals("/a", "1", "consent=not%20json"));
    }
}
