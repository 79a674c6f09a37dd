//! A rule: a place in a vendor's traffic, and what stands there or what to do with it.
//!
//! Knows how a selector is spelled; does not know how a surface is read. Invariant: every selector that
//! parses prints as it was written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::action::Action;
use super::category::Category;

/// One line of a map or of a route's own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub selector: Selector,
    pub category: Category,
    /// Set when the rule itself says what to do; otherwise the policy's action for the category.
    pub action: Option<Action>,
    /// How long a cookie may live that a vendor sets here, where that is less than all may.
    pub max_age: Option<Duration>,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// `header:NAME`, a request header.
    Header(Name),
    /// `cookie:NAME`, a cookie of the visitor.
    Cookie(Name),
    /// `query:NAME`, a parameter of the request target, in the query or after a `;` in the path.
    Query(Name),
    /// `path:/a/*/b`, the request path; a `*` segment is the value.
    Path(Path),
    /// `form:NAME`, a field of an urlencoded body.
    Form(Name),
    /// `part:NAME`, a part of a multipart body.
    Part(Name),
    /// `json:/a/*/b`, a value of a JSON document, wherever the document was found.
    Json(Pointer),
    /// `text:`, a plain text body.
    Text,
    /// `response-header:NAME`.
    ResponseHeader(Name),
    /// `set-cookie:NAME`.
    SetCookie(Name),
    /// `response-json:/a/b`.
    ResponseJson(Pointer),
}

/// A name, exact or with any ending (`utm_*`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    pub stem: Box<str>,
    /// Written with a final `*`.
    pub open: bool,
}

/// One level of a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member's name or an index.
    Key(Name),
    /// `*`, exactly one level.
    One,
    /// `**`, any number of levels, none included.
    Any,
}

/// A JSON Pointer (RFC 6901) with `*` and `**`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pointer(pub Box<[Step]>);

/// The segments of a request path; `None` stands for `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path(pub Box<[Option<Box<str>>]>);

/// What is wrong with a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    #[error(
        "a selector starts with header:, cookie:, query:, path:, form:, part:, json:, text:, response-header:, set-cookie: or response-json:"
    )]
    Surface,
    #[error("a name is missing after the colon")]
    Empty,
    #[error("a pointer starts with /")]
    Pointer,
    #[error("a path starts with / and holds at least one *")]
    Path,
    #[error("text: takes no name")]
    Text,
}

impl Selector {
    /// Whether the place is in what the vendor answers.
    pub const fn is_back(&self) -> bool {
        matches!(self, Self::ResponseHeader(_) | Self::SetCookie(_) | Self::ResponseJson(_))
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (surface, place) = text.split_once(':').ok_or(SelectorError::Surface)?;
        Ok(match surface {
            "header" => Self::Header(Name::lowercase(place)?),
            "cookie" => Self::Cookie(place.parse()?),
            "query" => Self::Query(place.parse()?),
            "path" => Self::Path(place.parse()?),
            "form" => Self::Form(place.parse()?),
            "part" => Self::Part(place.parse()?),
            "json" => Self::Json(place.parse()?),
            "text" if place.is_empty() => Self::Text,
            "text" => return Err(SelectorError::Text),
            "response-header" => Self::ResponseHeader(Name::lowercase(place)?),
            "set-cookie" => Self::SetCookie(place.parse()?),
            "response-json" => Self::ResponseJson(place.parse()?),
            _ => return Err(SelectorError::Surface),
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Path(path) => write!(f, "path:{path}"),
            Self::Form(name) => write!(f, "form:{name}"),
            Self::Part(name) => write!(f, "part:{name}"),
            Self::Json(pointer) => write!(f, "json:{pointer}"),
            Self::Text => f.write_str("text:"),
            Self::ResponseHeader(name) => write!(f, "response-header:{name}"),
            Self::SetCookie(name) => write!(f, "set-cookie:{name}"),
            Self::ResponseJson(pointer) => write!(f, "response-json:{pointer}"),
        }
    }
}

impl Name {
    /// Header names ignore case.
    fn lowercase(text: &str) -> Result<Self, SelectorError> {
        text.to_ascii_lowercase().parse()
    }

    pub fn matches(&self, name: &[u8]) -> bool {
        if self.open { name.starts_with(self.stem.as_bytes()) } else { name == self.stem.as_bytes() }
    }
}

impl FromStr for Name {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_suffix('*') {
            _ if text.is_empty() => Err(SelectorError::Empty),
            Some(stem) => Ok(Self { stem: stem.into(), open: true }),
            None => Ok(Self { stem: text.into(), open: false }),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.stem, if self.open { "*" } else { "" })
    }
}

impl FromStr for Pointer {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(Box::new([])));
        }
        let steps = text.strip_prefix('/').ok_or(SelectorError::Pointer)?.split('/').map(|step| match step {
            "*" => Step::One,
            "**" => Step::Any,
            // An empty key is legal in JSON, so `json:/a/` is its member "".
            "" => Step::Key(Name { stem: "".into(), open: false }),
            key => {
                let open = key.ends_with('*');
                let stem = key.strip_suffix('*').unwrap_or(key).replace("~1", "/").replace("~0", "~");
                Step::Key(Name { stem: stem.into(), open })
            }
        });
        Ok(Self(steps.collect()))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::One => f.write_str("/*"),
            Step::Any => f.write_str("/**"),
            Step::Key(name) => {
                let stem = name.stem.replace('~', "~0").replace('/', "~1");
                write!(f, "/{stem}{}", if name.open { "*" } else { "" })
            }
        })
    }
}

impl FromStr for Path {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let segments: Box<[Option<Box<str>>]> = text
            .strip_prefix('/')
            .ok_or(SelectorError::Path)?
            .split('/')
            .map(|segment| (segment != "*").then(|| segment.into()))
            .collect();
        if segments.iter().any(Option::is_none) { Ok(Self(segments)) } else { Err(SelectorError::Path) }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| write!(f, "/{}", segment.as_deref().unwrap_or("*")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_prints_as_it_was_written() {
        for text in [
            "header:user-agent",
            "cookie:_pk_id*",
            "query:utm_*",
            "path:/array/*/config",
            "form:data",
            "part:file",
            "json:/batch/*/properties/$ip",
            "json:/**/utm_*",
            "json:/a~1b/c~0d",
            "json:",
            "json:/a/",
            "text:",
            "response-header:x-ip",
            "set-cookie:*",
            "response-json:/ip",
        ] {
            assert_eq!(text.parse::<Selector>().map(|s| s.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_wrong_selector_says_what_is_wrong() {
        assert_eq!("ip".parse::<Selector>(), Err(SelectorError::Surface));
        assert_eq!("body:/a".parse::<Selector>(), Err(SelectorError::Surface));
        assert_eq!("header:".parse::<Selector>(), Err(SelectorError::Empty));
        assert_eq!("json:a".parse::<Selector>(), Err(SelectorError::Pointer));
        assert_eq!("path:/a/b".parse::<Selector>(), Err(SelectorError::Path));
        assert_eq!("text:x".parse::<Selector>(), Err(SelectorError::Text));
    }

    #[test]
    fn header_names_ignore_case() {
        assert_eq!("header:X-Plan".parse::<Selector>(), "header:x-plan".parse::<Selector>());
    }
}
