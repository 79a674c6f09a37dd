//! A request's head, read for its shape: path, query, headers, cookies; and pairs wherever they stand.
//!
//! Knows which headers no script writes. Invariant: what is no name is told as any.

use http::Uri;
use http::header::{COOKIE, HeaderMap};

use super::name::is_name;
use super::reader::Reader;
use crate::privacy::rule::{Name, Path, Selector};
use crate::privacy::wrapping::percent;

/// Segments of a path that may have places.
const MOST_SEGMENTS: usize = 12;

/// Headers that browsers and proxies write by themselves: no vendor's script does, and none passes without a rule.
const ORDINARY: &str = "accept accept-charset accept-encoding accept-language cache-control connection content-encoding \
    content-length content-type cookie dnt expect forwarded host keep-alive origin pragma priority range referer te trailer \
    transfer-encoding upgrade upgrade-insecure-requests user-agent via x-real-ip";

/// How such headers begin.
const FAMILIES: &str = "access-control- cf- fastly- if- proxy- sec- true-client- x-forwarded-";

impl Reader<'_> {
    pub(super) fn target(&mut self, uri: &Uri) {
        let segments: Vec<&str> = uri.path().split('/').skip(1).collect();
        let own = |segment: &&str| segment.split(';').next().unwrap_or_default().to_owned();
        let named: Vec<String> = segments.iter().map(own).collect();
        let step = |text: &String| (text.is_empty() || is_name(text)).then(|| text.as_str().into());
        let path: Box<[Option<Box<str>>]> = named.iter().map(step).collect();
        let unnamed = |(text, step)| Option::is_none(step).then_some(text);
        let places = named.iter().zip(&path).filter_map(unnamed);
        for text in places.filter(|_: &&String| path.len() <= MOST_SEGMENTS) {
            self.value(Selector::Path(Path(path.clone())), &percent::decode(text.as_bytes()));
        }
        for (_, parameters) in segments.iter().filter_map(|segment| segment.split_once(';')) {
            self.pairs(parameters, ';', Selector::Query);
        }
        self.pairs(uri.query().unwrap_or_default(), '&', Selector::Query);
    }

    pub(super) fn headers(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            let name = name.as_str();
            if !is_ordinary(name) {
                self.value(Selector::Header(told(name)), &percent::text(value.as_bytes()));
            }
        }
        for line in headers.get_all(COOKIE) {
            for pair in percent::text(line.as_bytes()).split(';') {
                let Some((name, value)) = pair.trim().split_once('=') else { continue };
                if !self.policy.withholds(name) {
                    self.value(
                        Selector::Cookie(told(name)),
                        &percent::decode(value.trim_matches('"').as_bytes()),
                    );
                }
            }
        }
    }

    pub(super) fn pairs(&mut self, text: &str, separator: char, place: fn(Name) -> Selector) {
        for pair in text.split(separator).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = percent::decode_plus(name);
            self.value(place(told(&name)), &percent::decode_plus(value));
        }
    }
}

/// A name as a rule would write it; for one that is none, any.
pub fn told(name: &str) -> Name {
    if is_name(name) { Name { stem: name.into(), open: false } } else { Name { stem: "".into(), open: true } }
}

fn is_ordinary(header: &str) -> bool {
    ORDINARY.split(' ').any(|name| name == header)
        || FAMILIES.split(' ').any(|family| header.starts_with(family))
}
