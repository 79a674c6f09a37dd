//! A request beside what a vendor would receive of it, value by value.
//!
//! Sends nothing and keeps nothing. Invariant: what is shown on the vendor's side came out of the route's own policy,
//! by the same steps as on the way there.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{COOKIE, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Request, Uri};
use percent_encoding::percent_decode_str;

use super::super::crowds::Crowds;
use super::super::hop;
use super::account::Fate;
use crate::config::Route;
use crate::privacy::{Policy, Pseudonyms, Visitor};

/// Longer values are shown by their beginning.
const SHOWN: usize = 240;
const MOST_ROWS: usize = 400;

/// What the pages say to themselves in an address.
const OWN: [&str; 2] = ["lang", "privet"];

/// Where in a request a value stands, in the order shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Connection,
    Query,
    Cookie,
    Header,
}

impl Part {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Query => "query",
            Self::Cookie => "cookie",
            Self::Header => "header",
        }
    }
}

/// One value on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub part: Part,
    pub name: String,
    pub fate: Fate,
    pub sent: Option<String>,
    pub received: Option<String>,
}

type Value = (Part, String, String);

/// The request as if it had been for the route; `None`: it would be refused.
pub fn compare(
    head: &Parts,
    address: IpAddr,
    visitor: &Visitor,
    route: &Route,
    (pseudonyms, crowds): (&Pseudonyms, &Crowds),
    server: &str,
) -> Option<Vec<Row>> {
    let query = query(&head.uri);
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = Uri::builder().path_and_query(format!("/{query}")).build().ok()?;
    *request.headers_mut() = head.headers.clone();
    hop::leave_behind(request.headers_mut());
    let treated = crowds.show(route, Policy::scrub_request, request, visitor, pseudonyms).ok()?;
    let leaves = treated.request.into_inner();

    let host = head.uri.authority().map(|authority| authority.as_str());
    let mut sent = values(&query, &head.headers, host);
    sent.insert(0, (Part::Connection, "address".to_owned(), address.to_string()));
    let leaving = format!("?{}", leaves.uri().query().unwrap_or_default());
    let mut received = values(&leaving, leaves.headers(), Some(route.upstream.authority.as_str()));
    received.insert(0, (Part::Connection, "address".to_owned(), server.to_owned()));
    Some(pair(sent, received))
}

/// Puts values of one name together, in their order.
fn pair(sent: Vec<Value>, received: Vec<Value>) -> Vec<Row> {
    let mut places: HashMap<(Part, String), VecDeque<usize>> = HashMap::new();
    for (index, (part, name, _)) in received.iter().enumerate() {
        places.entry((*part, name.clone())).or_default().push_back(index);
    }
    let mut received: Vec<Option<Value>> = received.into_iter().map(Some).collect();
    let mut rows = Vec::with_capacity(sent.len());
    for (part, name, value) in sent {
        let key = (part, name);
        let index = places.get_mut(&key).and_then(VecDeque::pop_front);
        let arrived = index.and_then(|index| received[index].take()).map(|(_, _, value)| value);
        rows.push(Row::new(part, key.1, Some(value), arrived));
    }
    let added = received.into_iter().flatten();
    rows.extend(added.map(|(part, name, value)| Row::new(part, name, None, Some(value))));
    rows.sort_by_key(|row| row.part);
    rows.truncate(MOST_ROWS);
    rows
}

impl Row {
    fn new(part: Part, name: String, sent: Option<String>, received: Option<String>) -> Self {
        let fate = match (&sent, &received) {
            (None, _) => Fate::Added,
            (_, None) => Fate::Removed,
            (one, other) if one == other => Fate::Kept,
            _ => Fate::Changed,
        };
        Self {
            part,
            name: shown(&name),
            fate,
            sent: sent.as_deref().map(shown),
            received: received.as_deref().map(shown),
        }
    }
}

/// The query of an address with its question mark, without what is for the page itself.
fn query(uri: &Uri) -> String {
    let own = |pair: &&str| OWN.contains(&pair.split('=').next().unwrap_or_default());
    let pairs: Vec<&str> =
        uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !own(pair)).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// Every value of a query and a head; the host stands in either place.
fn values(query: &str, headers: &HeaderMap, host: Option<&str>) -> Vec<Value> {
    let pairs = query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
    let mut values: Vec<Value> = pairs.map(|pair| named(Part::Query, pair)).collect();
    if let Some(host) = host {
        values.push((Part::Header, HOST.to_string(), host.to_owned()));
    }
    for (name, value) in headers {
        match *name {
            HOST if host.is_some() => {}
            COOKIE => values.extend(text(value).split(';').map(|pair| named(Part::Cookie, pair.trim()))),
            _ => values.push((Part::Header, name.to_string(), text(value))),
        }
    }
    values
}

fn named(part: Part, pair: &str) -> Value {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let plain = |text: &str| match part {
        Part::Query => percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned(),
        _ => text.to_owned(),
    };
    (part, plain(name), plain(value))
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Key;
    use crate::proxy::shared::tests::route;

    fn rows(uri: &str, headers: &[(&str, &str)]) -> Vec<Row> {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let head = request.body(()).unwrap().into_parts().0;
        let pseudonyms = Pseudonyms::new(&Key::from_bytes([1; 32]), 0, "site", "vendor");
        let route = route("r", "http://vendor.test");
        let address = "203.0.113.77".parse().unwrap();
        let crowds = Crowds::default();
        compare(&head, address, &Visitor::new(address), &route, (&pseudonyms, &crowds), "ours").unwrap()
    }

    fn of<'r>(rows: &'r [Row], name: &str) -> (Fate, Option<&'r str>, Option<&'r str>) {
        let row = rows.iter().find(|row| row.name == name).unwrap();
        (row.fate, row.sent.as_deref(), row.received.as_deref())
    }

    #[test]
    fn each_value_stands_beside_what_the_engine_made_of_it() {
        let rows = rows(
            "/.privet/privacy?lang=de&ip=203.0.113.77&a=b",
            &[
                ("host", "site.test"),
                ("cookie", "_ga=GA1.1.2.3; x=1"),
                ("user-agent", "Mozilla/5.0"),
                ("connection", "x-hop"),
                ("x-hop", "1"),
            ],
        );
        assert_eq!(of(&rows, "address"), (Fate::Changed, Some("203.0.113.77"), Some("ours")));
        assert_eq!(of(&rows, "host"), (Fate::Changed, Some("site.test"), Some("vendor.test")));
        assert_eq!(of(&rows, "ip").2, None);
        assert_eq!(of(&rows, "a").0, Fate::Removed);
        assert_eq!(of(&rows, "_ga"), (Fate::Removed, Some("GA1.1.2.3"), None));
        assert_eq!(of(&rows, "user-agent"), (Fate::Removed, Some("Mozilla/5.0"), None));
        assert_eq!(of(&rows, "x-hop").0, Fate::Removed);
        assert_eq!(of(&rows, "accept-encoding").0, Fate::Added);
        assert!(rows.iter().all(|row| row.name != "lang"));
    }

    #[test]
    fn values_of_one_name_are_told_apart_and_long_ones_cut() {
        let long = "y".repeat(5000);
        let rows = rows("/?a=1&a=2", &[("x-long", &long)]);
        let sent: Vec<_> = rows.iter().filter(|row| row.name == "a").map(|row| row.sent.clone()).collect();
        assert_eq!(sent, [Some("1".to_owned()), Some("2".to_owned())]);
        assert_eq!(of(&rows, "x-long").1.unwrap().chars().count(), SHOWN + 1);
    }

    #[test]
    fn a_head_full_of_values_gives_a_bounded_page() {
        let query = (0..5000).map(|n| format!("n{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(rows(&format!("/?{query}"), &[]).len(), MOST_ROWS);
    }
}
