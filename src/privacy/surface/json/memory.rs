//! What became of the values that stood in the same places before: one that comes again comes to the same.
//!
//! A batch says in each event the same page, browser and identifiers. Does not know what a value means. Invariant: an
//! outcome is used again only for the very bytes it was found for, as deep in the document, and all that was counted
//! then is counted again.

use super::stencil::Level;
use crate::privacy::scrub::{Fate, Gain};

/// So many places are remembered.
const PLACES: usize = 512;

/// Where so many values came one after the other and each was new, none is expected to come again.
const PATIENCE: u8 = 16;

/// The last value of each place.
#[derive(Default)]
pub struct Memory<'i>(Vec<Last<'i>>);

/// A place by its number.
pub type Slot = usize;

struct Last<'i> {
    value: &'i str,
    level: Level,
    /// What became of it, once it came twice.
    outcome: Option<(Fate, Gain)>,
    /// How many values were new since one came again.
    new: u8,
}

/// What is remembered of a value.
pub enum Recalled<'m> {
    /// It did not come last time.
    New,
    /// It comes for the second time: what becomes of it is worth remembering.
    Again,
    Known(&'m Fate, &'m Gain),
}

impl<'i> Memory<'i> {
    /// Room for one place more, if there is any.
    pub fn slot(&mut self) -> Option<Slot> {
        let free = self.0.len();
        (free < PLACES).then(|| {
            self.0.push(Last { value: "", level: Level { room: 0, recorded: false }, outcome: None, new: 0 });
            free
        })
    }

    /// Whether a value of this place may come again.
    pub fn expects(&self, slot: Slot) -> bool {
        self.0.get(slot).is_some_and(|last| last.new < PATIENCE)
    }

    /// What became of a value the last time, if it was the last at this place.
    pub fn recall(&mut self, slot: Slot, value: &'i str, level: Level) -> Recalled<'_> {
        match self.0.get_mut(slot) {
            Some(last) if last.value == value && last.level == level => {
                last.new = 0;
                match &last.outcome {
                    Some((fate, gain)) => Recalled::Known(fate, gain),
                    None => Recalled::Again,
                }
            }
            Some(last) => {
                *last = Last { value, level, outcome: None, new: last.new + 1 };
                Recalled::New
            }
            None => Recalled::New,
        }
    }

    /// Remembers what became of the last value at a place.
    pub fn keep(&mut self, slot: Slot, fate: Fate, gain: Gain) {
        if let Some(last) = self.0.get_mut(slot) {
            last.outcome = Some((fate, gain));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::fixture::{parts, policy, scrub};
    use crate::privacy::{Policy, Refusal, fixture};

    /// What leaves of a list, and how often what was done to it.
    fn left(policy: &Policy, elements: &[String]) -> (String, Vec<(String, u64)>) {
        let request = Request::post("/e").header("content-type", "application/json");
        let treated =
            scrub(policy, request.body(Bytes::from(format!("[{}]", elements.join(",")))).unwrap()).unwrap();
        let counts =
            treated.tally.counts().map(|(category, action, count)| (format!("{category:?} {action}"), count));
        let counts = counts.collect();
        (String::from_utf8(treated.request.into_inner().into_body().to_vec()).unwrap(), counts)
    }

    #[test]
    fn a_value_that_comes_again_comes_to_the_same_and_is_counted_again() {
        let event = |page: &str| {
            format!(
                r#"{{"url":"https://shop.example/{page}?email=jane@example.org","ip":"203.0.113.77","lang":"de-CH","gone":{{"home":["1"]}},"seen":"198.51.100.23 and 203.0.113.9","wrapped":"{{\"ip\":\"203.0.113.77\"}}"}}"#
            )
        };
        for policy in [
            policy("balanced", "json:/*/seen -> service\njson:/*/gone -> contact"),
            fixture::open(parts("strict", "json:/*/lang -> language\njson:/*/gone -> contact")),
        ] {
            let (one, once) = left(&policy, &[event("cart")]);
            let (many, often) = left(&policy, &vec![event("cart"); 100]);
            assert_eq!(many, format!("[{}]", vec![&one[1..one.len() - 1]; 100].join(",")));
            assert_eq!(often, once.into_iter().map(|(what, count)| (what, 100 * count)).collect::<Vec<_>>());
            let mut other = vec![event("cart"); 50];
            other.push(event("user/17300112"));
            let last = left(&policy, &[event("user/17300112")]).0;
            assert!(left(&policy, &other).0.ends_with(&format!(",{}", &last[1..])));
        }
    }

    #[test]
    fn a_document_in_a_value_that_comes_again_is_refused_where_it_nests_too_deep() {
        let policy = fixture::open(parts("strict", ""));
        let deep = |levels: usize| {
            let member = r#""m":{"s":"[[[[[[[[1]]]]]]]]"}"#;
            let shallow = vec![format!("{{{member}}}"); 200].join(",");
            format!("[{shallow},{}{{{member}}}{}]", "[".repeat(levels), "]".repeat(levels))
        };
        assert_eq!(fixture::json(&policy, &deep(5)).unwrap(), deep(5));
        assert_eq!(fixture::json(&policy, &deep(6)), Err(Refusal::TooDeep));
    }
}
