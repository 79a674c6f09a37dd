//! Shapes: which places a visitor's requests and messages have, and what kind of value stands at each.
//!
//! For who writes the rules of a vendor that nobody has mapped. `head` and `reader` take a request apart, `tree` a
//! document; `kind`, `look` and `name` say what may be told, `covered` what the rules say already, and `gathering`
//! keeps shapes of many. Invariants: no value is kept, and a name only if it looks like one.

mod covered;
mod gathering;
mod head;
mod kind;
mod look;
mod name;
mod reader;
mod tree;

use std::collections::HashMap;

use bytes::Bytes;
use http::Request;
use http::header::HeaderValue;

use super::message::Message;
use super::policy::Policy;
use super::rule::{Pointer, Selector};
use super::surface::json;
use tree::{Scalar, Tree};

pub use gathering::{Gathering, Told};
pub use kind::{Kind, UnknownKind};

/// Places and kinds of one request or message; more are counted and not told.
const MOST: usize = 1000;

/// What was seen in one request or message.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    counts: HashMap<(Selector, Kind), u64>,
    overlooked: u64,
}

impl Shapes {
    /// Each place with a kind of value there, and how often it was seen.
    pub fn iter(&self) -> impl Iterator<Item = (&Selector, Kind, u64)> {
        self.counts.iter().map(|((place, kind), count)| (place, *kind, *count))
    }

    /// How many values there was no room for.
    pub const fn overlooked(&self) -> u64 {
        self.overlooked
    }

    fn add(&mut self, place: Selector, kind: Kind) {
        let key = (place, kind);
        if let Some(count) = self.counts.get_mut(&key) {
            *count += 1;
        } else if self.counts.len() < MOST {
            self.counts.insert(key, 1);
        } else {
            self.overlook();
        }
    }

    const fn overlook(&mut self) {
        self.overlooked += 1;
    }
}

impl Policy {
    /// The shapes of a request, as it came. Its target is in origin form, below the route's prefix.
    pub fn shapes_of_request(&self, request: &Request<Bytes>) -> Shapes {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        let headers: usize = request.headers().values().map(HeaderValue::len).sum();
        reader::Reader::new(self.compiled(), target + headers + request.body().len()).request(request)
    }

    /// The shapes of a visitor's message on a socket.
    pub fn shapes_of_message(&self, message: &Message) -> Shapes {
        reader::Reader::new(self.compiled(), message.len()).message(message)
    }
}

/// The places of a vendor's JSON answer where a value is one that the caller knows: `response-json:` selectors, each
/// once.
pub fn places_in_answer(answer: &str, depth: usize, knows: &dyn Fn(&str) -> bool) -> Vec<Selector> {
    let mut places: Vec<Selector> = Vec::new();
    let look = &mut |value: Scalar<'_>| Some(matches!(value, Scalar::Text(text) if knows(text)));
    let tree = if json::looks_like_document(answer) { Tree::read(answer, depth, look).ok() } else { None };
    if let Some(tree) = tree {
        tree.tell(false, &mut |steps, known| {
            let place = Selector::ResponseJson(Pointer(steps.into()));
            if *known && places.len() < MOST && !places.contains(&place) {
                places.push(place);
            }
        });
    }
    places
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
