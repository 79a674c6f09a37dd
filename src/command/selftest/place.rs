//! Places made concrete: a selector's `*` and open names filled in, values put where it points.
//!
//! Does not know what may stand there. Invariant: what is put somewhere is found again by the selector it was made of.

use serde_json::{Map, Value};

use crate::privacy::{Name, Pointer, Selector, Step};

/// What stands where a rule says "any name".
pub const ANY: &str = "q7";

/// Where values have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Header,
    Cookie,
    Query,
    Form,
    Part,
}

impl Surface {
    pub const ALL: [Self; 5] = [Self::Header, Self::Cookie, Self::Query, Self::Form, Self::Part];

    /// As selectors spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query => "query",
            Self::Form => "form",
            Self::Part => "part",
        }
    }

    /// The name that a selector wants here.
    pub const fn name(self, selector: &Selector) -> Option<&Name> {
        match (self, selector) {
            (Self::Header, Selector::Header(name))
            | (Self::Cookie, Selector::Cookie(name))
            | (Self::Query, Selector::Query(name))
            | (Self::Form, Selector::Form(name))
            | (Self::Part, Selector::Part(name)) => Some(name),
            _ => None,
        }
    }
}

/// One level of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Member(String),
    Index(usize),
}

impl Key {
    pub fn text(&self) -> String {
        match self {
            Self::Member(name) => name.clone(),
            Self::Index(index) => index.to_string(),
        }
    }
}

/// How the gaps of a pointer are filled.
#[derive(Clone, Copy, Debug)]
pub enum Filling {
    /// `*` is the first of an array, `**` is nothing.
    Near,
    /// `*` is some member, `**` is two levels.
    Far,
}

/// An exact name for one that may be open.
pub fn name(name: &Name) -> String {
    if name.open { format!("{}{ANY}", name.stem) } else { name.stem.to_string() }
}

/// The levels of a pointer.
pub fn keys(pointer: &Pointer, filling: Filling) -> Vec<Key> {
    let any = || Key::Member(ANY.to_owned());
    let fill = |step: &Step| match (step, filling) {
        (Step::Key(stem), _) => vec![Key::Member(name(stem))],
        (Step::One, Filling::Near) => vec![Key::Index(0)],
        (Step::One, Filling::Far) => vec![any()],
        (Step::Any, Filling::Near) => Vec::new(),
        (Step::Any, Filling::Far) => vec![any(), any()],
    };
    pointer.0.iter().flat_map(fill).collect()
}

/// As a pointer is written.
pub fn pointer(keys: &[Key]) -> String {
    keys.iter().map(|key| format!("/{}", key.text().replace('~', "~0").replace('/', "~1"))).collect()
}

/// Puts a text into a document, if nothing stands in its way; a new document is `null`.
pub fn put(document: &mut Value, keys: &[Key], text: &str) -> bool {
    let Some((key, rest)) = keys.split_first() else {
        let free = document.is_null();
        if free {
            *document = text.into();
        }
        return free;
    };
    if document.is_null() {
        *document = match key {
            Key::Member(_) => Map::new().into(),
            Key::Index(_) => Value::Array(Vec::new()),
        };
    }
    let below = match (key, document) {
        (Key::Member(name), Value::Object(members)) => members.entry(name.clone()).or_insert(Value::Null),
        (Key::Index(index), Value::Array(items)) => {
            if items.len() <= *index {
                items.resize(index + 1, Value::Null);
            }
            &mut items[*index]
        }
        _ => return false,
    };
    put(below, rest, text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_filled_near_and_far() {
        let told = |text: &str, filling| pointer(&keys(&text.parse().unwrap(), filling));
        assert_eq!(told("/batch/*/**/utm_*", Filling::Near), "/batch/0/utm_q7");
        assert_eq!(told("/batch/*/**/utm_*", Filling::Far), "/batch/q7/q7/q7/utm_q7");
    }

    #[test]
    fn what_is_put_does_not_overwrite() {
        let mut document = Value::Null;
        let at = |text: &str| keys(&text.parse().unwrap(), Filling::Near);
        assert!(put(&mut document, &at("/a/*/b"), "1"));
        assert!(put(&mut document, &at("/a/*/c"), "2"));
        assert!(!put(&mut document, &at("/a/*/b"), "3"));
        assert!(!put(&mut document, &at("/a/*"), "3"));
        assert!(!put(&mut document, &at("/a/b"), "3"));
        assert_eq!(document.to_string(), r#"{"a":[{"b":"1","c":"2"}]}"#);
    }
}
