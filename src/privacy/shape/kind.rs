//! What a value looks like, in one word.
//!
//! Knows looks and not places. Invariants: a kind is one of a few fixed words, so nothing of the value is in it;
//! looking costs time linear in the text.

use std::fmt;
use std::str::FromStr;

use super::look::{
    LONGEST_WORD, is_base64, is_binary, is_decimal, is_host, is_id, is_integer, is_language, is_size,
    is_time, is_time_zone, is_url, is_uuid, is_version,
};
use crate::privacy::category::Category;
use crate::privacy::detect;

/// What a value is, as far as it can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Null,
    Bool,
    Integer,
    Decimal,
    Empty,
    /// One word.
    Word,
    /// Anything longer.
    Words,
    Uuid,
    /// Letters and digits that are no word.
    Id,
    Base64,
    Url,
    Host,
    Path,
    Email,
    Address,
    Phone,
    /// A date, or seconds or milliseconds since 1970.
    Time,
    Language,
    TimeZone,
    /// `1920x1080`.
    Size,
    Version,
    /// A user agent, or a part of one.
    Browser,
    /// A token, a card's or an account's number.
    Secret,
    Html,
    /// A document of its own, whose places are told by themselves.
    Document,
    /// An event of a recorded page.
    Recording,
    Binary,
    /// A whole body or message that nobody here can read.
    Unreadable,
}

impl Kind {
    pub const ALL: [Self; 28] = [
        Self::Null,
        Self::Bool,
        Self::Integer,
        Self::Decimal,
        Self::Empty,
        Self::Word,
        Self::Words,
        Self::Uuid,
        Self::Id,
        Self::Base64,
        Self::Url,
        Self::Host,
        Self::Path,
        Self::Email,
        Self::Address,
        Self::Phone,
        Self::Time,
        Self::Language,
        Self::TimeZone,
        Self::Size,
        Self::Version,
        Self::Browser,
        Self::Secret,
        Self::Html,
        Self::Document,
        Self::Recording,
        Self::Binary,
        Self::Unreadable,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Empty => "empty",
            Self::Word => "word",
            Self::Words => "words",
            Self::Uuid => "uuid",
            Self::Id => "id",
            Self::Base64 => "base64",
            Self::Url => "url",
            Self::Host => "host",
            Self::Path => "path",
            Self::Email => "email",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Time => "time",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Size => "size",
            Self::Version => "version",
            Self::Browser => "browser",
            Self::Secret => "secret",
            Self::Html => "html",
            Self::Document => "document",
            Self::Recording => "recording",
            Self::Binary => "binary",
            Self::Unreadable => "unreadable",
        }
    }

    /// The kind of a text. The first look that fits decides: what can only be one thing is asked before what is like
    /// many.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let looks: [(Look, Self); 11] = [
            (str::is_empty, Self::Empty),
            (|text| matches!(text, "true" | "false"), Self::Bool),
            (|text| matches!(text, "null" | "undefined"), Self::Null),
            (is_binary, Self::Binary),
            (is_uuid, Self::Uuid),
            (is_time, Self::Time),
            (is_decimal, Self::Decimal),
            (is_size, Self::Size),
            (is_language, Self::Language),
            (is_time_zone, Self::TimeZone),
            (|text| text.starts_with('<') && text.ends_with('>'), Self::Html),
        ];
        let seen = looks.into_iter().find(|(fits, _)| fits(text)).map(|(_, kind)| kind);
        seen.or_else(|| detected(text)).unwrap_or_else(|| Self::of_word(text))
    }

    /// The kind of a JSON number.
    pub fn of_number(number: &str) -> Self {
        match number {
            number if is_time(number) => Self::Time,
            number if is_integer(number) => Self::Integer,
            _ => Self::Decimal,
        }
    }

    /// The kind of a text in which no detector sees all of anything.
    fn of_word(text: &str) -> Self {
        let looks: [(Look, Self); 7] = [
            (is_integer, Self::Integer),
            (is_version, Self::Version),
            (is_url, Self::Url),
            (|text| text.starts_with('/') && !text.contains(char::is_whitespace), Self::Path),
            (is_host, Self::Host),
            (is_id, Self::Id),
            (is_base64, Self::Base64),
        ];
        let seen = looks.into_iter().find(|(fits, _)| fits(text)).map(|(_, kind)| kind);
        let word = || !text.contains(char::is_whitespace) && text.len() <= LONGEST_WORD;
        seen.unwrap_or_else(|| if word() { Self::Word } else { Self::Words })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind")]
pub struct UnknownKind;

/// Whether a text looks like something.
type Look = fn(&str) -> bool;

/// Longer texts are nothing that a detector finds whole.
const LONGEST_FIND: usize = 4096;

/// What a detector calls all of a text.
fn detected(text: &str) -> Option<Kind> {
    let finds = if text.len() > LONGEST_FIND { Vec::new() } else { detect::find(text) };
    let find = finds.into_iter().find(|find| find.span == (0..text.len()))?;
    Some(match find.category {
        Category::Address => Kind::Address,
        Category::Contact if text.contains('@') => Kind::Email,
        Category::Contact => Kind::Phone,
        Category::UserAgent => Kind::Browser,
        Category::Screen => Kind::Size,
        Category::Secret => Kind::Secret,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_seen_from_the_value_alone() {
        for (text, kind) in [
            ("", Kind::Empty),
            ("  ", Kind::Empty),
            ("true", Kind::Bool),
            ("null", Kind::Null),
            ("42", Kind::Integer),
            ("-7", Kind::Integer),
            ("1.5", Kind::Decimal),
            ("1763841600", Kind::Time),
            ("1763841600123", Kind::Time),
            ("2026-11-22", Kind::Time),
            ("2026-11-22T10:42:31.123+01:00", Kind::Time),
            ("page_view", Kind::Word),
            ("Checkout", Kind::Word),
            ("Where is my parcel?", Kind::Words),
            ("8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa", Kind::Uuid),
            ("9ec79c33ec9942ab8353589fcb2e04dc", Kind::Id),
            ("phc_a1b2c3d4e5", Kind::Id),
            ("dGhpcyBpcyBubyBkb2N1bWVudA==", Kind::Base64),
            ("https://shop.example/cart?x=1", Kind::Url),
            ("wss://chat.example/s", Kind::Url),
            ("//cdn.example/a.js", Kind::Url),
            ("eu.vendor.example", Kind::Host),
            ("/cart/checkout", Kind::Path),
            ("jane@example.org", Kind::Email),
            ("203.0.113.77", Kind::Address),
            ("2001:db8::77", Kind::Address),
            ("+49 170 1234567", Kind::Phone),
            ("de-CH", Kind::Language),
            ("de-CH,de;q=0.8", Kind::Language),
            ("Europe/Zurich", Kind::TimeZone),
            ("1920x1080", Kind::Size),
            ("1.2.3", Kind::Version),
            ("v2.0.0-rc.1", Kind::Version),
            ("<p>Hello</p>", Kind::Html),
            (Category::UserAgent.sample(), Kind::Browser),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                Kind::Secret,
            ),
            ("a\u{1}b", Kind::Binary),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
        assert_eq!(Kind::of_number("1e9"), Kind::Decimal);
        assert_eq!(Kind::of_number("1763841600"), Kind::Time);
        assert_eq!(Kind::of_number("1920"), Kind::Integer);
    }

    #[test]
    fn every_name_reads_back_as_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("jane".parse::<Kind>(), Err(UnknownKind));
    }
}
