//! What was sent beside what was received, value by value.
//!
//! What became of a value is read off both sides, never assumed; what it is called (category, action) is asked of the
//! engine, value by value, on a request that holds nothing else. Invariant: every value of either side is in one row.

use std::net::IpAddr;

use serde::Serialize;

use super::dissection::{self, Part, Value};
use super::record::Message;
use crate::privacy::{Category, Key, Policy, Pseudonyms, Visitor};

/// One value on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub part: Part,
    pub name: String,
    pub fate: Fate,
    pub sent: Option<String>,
    pub received: Option<String>,
    /// What the engine says it is; empty where it has nothing to say.
    pub categories: Vec<Verdict>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    Removed,
    Changed,
    Kept,
    Added,
}

/// The engine's words on a value, or on a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Verdict {
    #[serde(serialize_with = "name")]
    pub category: Category,
    pub action: &'static str,
}

/// Puts both sides together; the vendor heard nothing where there is no `received`.
pub fn compare(sent: &Message, received: Option<&Message>, policy: &Policy, visitor: IpAddr) -> Vec<Row> {
    let visitor = Visitor::new(visitor);
    let mut arrived = received.map(dissection::values).unwrap_or_default();
    let mut rows = vec![connection(sent, received)];
    for value in dissection::values(sent) {
        let same = |other: &Value| other.part == value.part && other.name == value.name;
        let other = arrived.iter().position(same).map(|index| arrived.remove(index).text);
        let categories = value.alone.map(|alone| ask(policy, alone, &visitor)).unwrap_or_default();
        rows.push(Row::new(value.part, value.name, Some(value.text), other, categories));
    }
    rows.extend(
        arrived.into_iter().map(|value| Row::new(value.part, value.name, None, Some(value.text), Vec::new())),
    );
    // By category within a part: what is alike stands together, what the protocol needs at the end.
    rows.sort_by_key(|row| {
        (row.part, row.categories.first().map_or(Category::Unmapped, |first| first.category))
    });
    rows
}

/// The address that the connection itself tells.
fn connection(sent: &Message, received: Option<&Message>) -> Row {
    let categories = vec![Verdict { category: Category::Address, action: "replace" }];
    let other = received.map(|message| message.from.clone());
    Row::new(Part::Connection, "address".to_owned(), Some(sent.from.clone()), other, categories)
}

impl Row {
    fn new(
        part: Part,
        name: String,
        sent: Option<String>,
        received: Option<String>,
        categories: Vec<Verdict>,
    ) -> Self {
        let fate = match (&sent, &received) {
            (None, _) => Fate::Added,
            (_, None) => Fate::Removed,
            (one, other) if one == other => Fate::Kept,
            _ => Fate::Changed,
        };
        Self { part, name, fate, sent, received, categories }
    }
}

/// What the engine would do with a request that holds one value; treated parts of it before kept ones.
fn ask(policy: &Policy, alone: http::Request<bytes::Bytes>, visitor: &Visitor) -> Vec<Verdict> {
    // The stand-ins made here are thrown away: any key will do.
    let pseudonyms = Pseudonyms::new(&Key::from_bytes([0; 32]), 0, "", "");
    let Ok(treated) = policy.scrub_request(alone, visitor, &pseudonyms) else { return Vec::new() };
    let all = || treated.tally.counts().map(|(category, action, _)| Verdict { category, action });
    let mut verdicts: Vec<Verdict> = all().filter(|verdict| verdict.action != "keep").collect();
    if verdicts.is_empty() {
        verdicts = all().collect();
    }
    verdicts.sort_unstable();
    verdicts
}

fn name<S: serde::Serializer>(category: &Category, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(category.name())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config;
    use std::path::Path;

    fn policy() -> Policy {
        let text = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"a\"\npath = \"/\"\nupstream = \"http://127.0.0.1:1\"\nvendor = \"posthog\"\n";
        config::parse(text, Path::new("proxy.toml")).unwrap().routes[0].policy.clone()
    }

    fn message(body: &str) -> Message {
        let line = "POST /e/ HTTP/1.1".to_owned();
        Message { from: "203.0.113.42".to_owned(), line, headers: Vec::new(), body: body.to_owned() }
    }

    fn told(received: Option<&str>) -> Vec<(String, Fate, Vec<&'static str>)> {
        let sent = message(r#"{"event":"x","properties":{"$ip":"203.0.113.42","title":"t"}}"#);
        let received = received.map(message);
        let rows = compare(&sent, received.as_ref(), &policy(), "203.0.113.42".parse().unwrap());
        let rows = rows.into_iter().filter(|row| row.part == Part::Body);
        let named = |row: Row| {
            (row.name, row.fate, row.categories.iter().map(|verdict| verdict.category.name()).collect())
        };
        rows.map(named).collect()
    }

    #[test]
    fn what_became_of_a_value_is_what_arrived_and_not_what_should_have() {
        let rows = told(Some(r#"{"event":"x","properties":{"title":"other","added":true}}"#));
        let row =
            |name: &str, fate, categories: &[&'static str]| (name.to_owned(), fate, categories.to_vec());
        assert_eq!(
            rows,
            [
                row("/properties/$ip", Fate::Removed, &["address"]),
                row("/properties/title", Fate::Changed, &["page_title"]),
                row("/event", Fate::Kept, &["service"]),
                row("/properties/added", Fate::Added, &[]),
            ]
        );
    }

    #[test]
    fn where_nothing_arrived_everything_stayed() {
        assert!(told(None).iter().all(|(_, fate, _)| *fate == Fate::Removed));
    }
}
