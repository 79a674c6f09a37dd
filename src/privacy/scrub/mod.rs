//! One value at a time: what becomes of a text that stands at some place of one visitor's request.
//!
//! Decides by the place; `document` finds documents inside, `text` looks through free text, `act` does an action,
//! `counts` bounds the work. Does not know surfaces, which call it and put the outcome back. Invariant: a text leaves
//! as it came only if no layer of it holds this visitor's address, and nothing a rule or a detector says must not
//! leave.

mod act;
mod counts;
mod document;
mod fate;
mod text;

use std::sync::Arc;

pub use counts::Gain;
pub use fate::Fate;

use super::action::Action;
use super::category::Category;
use super::crowd::Look;
use super::detect;
use super::glance::{Glance, OPENING, SLASH};
use super::places::{Places, Treatment};
use super::policy::{Compiled, Way};
use super::pseudonym::Pseudonyms;
use super::refusal::Refusal;
use super::sources::Sources;
use super::surface::response::{Home, Names};
use super::surface::url;
use super::tally::Tally;
use super::visitor::Visitor;
use super::wrapping::coding::Allowance;
use super::wrapping::{self, Reading};

/// A JSON number with fewer characters is no address in any spelling, no phone number and no card.
pub const SHORT_NUMBER: usize = 8;

/// What is known of the place a value stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// A rule names it, or the container it stands in.
    Known(Treatment<'p>),
    /// In a document inside a value that the protocol needs: what stands at a position is the value's own, what has
    /// a name stands alone.
    Inside(Treatment<'p>),
    /// No rule names it: on the way out detectors look, and what they do not find stays.
    Open,
    /// No rule names it, and what no rule names is removed here.
    Closed,
}

/// One request being scrubbed, or one answer.
pub struct Scrub<'p> {
    pub policy: &'p Compiled,
    pub visitor: &'p Visitor,
    pub pseudonyms: &'p Pseudonyms,
    /// On the way back, where the visitor finds what the vendor hands out.
    pub home: Option<&'p Home<'p>>,
    /// On the way back, what is looked for in every text.
    pub names: Option<&'p Arc<Names>>,
    /// On the way out, what names the vendor's own files.
    pub sources: Option<&'p Sources>,
    pub tally: Tally,
    /// Browser, screen and language as they leave.
    pub look: Look,
    /// JSON containers that a document may still nest.
    pub room: usize,
    /// Inside an event of a recording, which may nest deeper, but once.
    pub recorded: bool,
    /// Inside a signed token that a rule keeps.
    signed: bool,
    /// What may still be decoded.
    pub allowance: Allowance,
    /// The last stand-ins made: of which category and value.
    stand_ins: Vec<(Category, String, String)>,
    layers: usize,
    /// The request's own bytes; those looked at so far, each layer its length; those put back so far.
    size: usize,
    looked: usize,
    written: usize,
}

/// A text of which nothing is asked but whether the needle is in it.
const SEARCHED: Treatment<'static> = Treatment { category: Category::Service, action: &Action::Keep };

impl<'p> Scrub<'p> {
    pub fn new(policy: &'p Compiled, visitor: &'p Visitor, pseudonyms: &'p Pseudonyms, size: usize) -> Self {
        let (tally, room) = (Tally::default(), policy.depth);
        let allowance = Allowance::new(policy.body_limit);
        Self {
            policy,
            visitor,
            pseudonyms,
            home: None,
            names: None,
            sources: None,
            tally,
            look: Look::default(),
            room,
            recorded: false,
            signed: false,
            allowance,
            stand_ins: Vec::new(),
            layers: 0,
            size,
            looked: 0,
            written: 0,
        }
    }

    pub fn places(&self) -> &'p Places {
        &self.policy.places
    }

    /// The place of a value that no rule names.
    pub fn unmapped(&self) -> Place<'p> {
        if self.signed {
            return Place::Known(self.places().of(Category::Service));
        }
        match self.places().of(Category::Unmapped).action {
            Action::Keep => Place::Open,
            Action::Remove => Place::Closed,
            _ => Place::Known(self.places().of(Category::Unmapped)),
        }
    }

    /// What becomes of a text at a place.
    pub fn value(&mut self, text: &str, place: Place<'p>) -> Result<Fate, Refusal> {
        if self.policy.sentinels.iter().any(|sentinel| sentinel == text) {
            return Ok(self.sentinel());
        }
        let fate = match place {
            Place::Known(Treatment { category, action: action @ (Action::Remove | Action::Replace(_)) }) => {
                self.act(text, category, action)
            }
            _ => self.read(text, place)?,
        };
        if let (Place::Closed, Fate::Remove) = (place, &fate) {
            self.tally.add_unmapped();
        }
        Ok(fate)
    }

    /// Whether a number or a word that is a sentinel may be as short as [`SHORT_NUMBER`] says.
    pub fn knows_short_sentinels(&self) -> bool {
        let scalar = |first: char| first == '-' || first.is_ascii_alphanumeric();
        let mut sentinels = self.policy.sentinels.iter();
        sentinels.any(|sentinel| sentinel.len() < SHORT_NUMBER && sentinel.starts_with(scalar))
    }

    /// Whether a text that is quiet, as the index of a document says, stays where no rule names it.
    pub fn keeps_quiet_texts(&self) -> bool {
        !self.policy.quiet_sentinels && self.visitor.needle().has_digits()
    }

    /// The same of a JSON number.
    pub fn number(&mut self, number: &str, place: Place<'p>) -> Result<Fate, Refusal> {
        // Of so few digits and so few separators nothing can be made.
        let open = place == Place::Open && number.len() < SHORT_NUMBER;
        if open && !self.policy.sentinels.iter().any(|sentinel| sentinel == number) {
            return Ok(Fate::Keep);
        }
        self.value(number, place)
    }

    /// A member's or parameter's name that no rule knows: whether it may leave.
    pub fn name(&mut self, name: &str) -> Result<bool, Refusal> {
        let plain = name.len() < 12 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        Ok(plain || self.read(name, Place::Open)? == Fate::Keep)
    }

    /// Whether this visitor's address is in a text under whatever layer, of which nothing is counted if it is not.
    pub fn tells(&mut self, text: &str) -> Result<bool, Refusal> {
        let tally = self.tally.clone();
        let fate = self.value(text, Place::Known(SEARCHED))?;
        if fate == Fate::Keep {
            self.tally = tally;
        }
        Ok(fate != Fate::Keep)
    }

    /// "Take the address yourself" is an address.
    fn sentinel(&mut self) -> Fate {
        let Treatment { category, action } = self.places().of(Category::Address);
        let action = if *action == Action::Keep { action } else { &Action::Remove };
        self.tally.add(category, action);
        if *action == Action::Keep { Fate::Keep } else { Fate::Remove }
    }

    fn read(&mut self, text: &str, place: Place<'p>) -> Result<Fate, Refusal> {
        self.look_at(text.len())?;
        let glance = Glance::of(text);
        if glance.any(SLASH)
            && !is_referrer(place)
            && let Some(named) = self.sources.and_then(|sources| sources.named(text))
        {
            let fate = self.nested(|scrub| scrub.read(&named, place))?;
            return Ok(if fate == Fate::Keep { Fate::Replace(named) } else { fate });
        }
        if matches!(place, Place::Open) && self.says_nothing(text, &glance) {
            return Ok(Fate::Keep);
        }
        // Nothing else can be read of compressed bytes: any other reading would spoil them.
        if Reading::Latin1.fits(&glance)
            && let Some(layer) = Reading::Latin1.open(text, &mut self.allowance)?
        {
            let fate = self.nested(|scrub| scrub.read(&layer.inner, place))?;
            return fate.try_map(|inner| self.wrap(&layer, inner));
        }
        if let Some(fate) = self.document(text, place, &glance)? {
            return Ok(fate);
        }
        match place {
            Place::Known(Treatment { category, action: Action::Keep })
            | Place::Inside(Treatment { category, action: Action::Keep }) => {
                if is_page(category) && url::is_absolute(text) {
                    return self.nested(|scrub| url::scrub(scrub, text));
                }
                self.tally.add(category, &Action::Keep);
                self.text(text, place, &glance)
            }
            Place::Known(Treatment { category, action }) | Place::Inside(Treatment { category, action }) => {
                self.transform(text, category, action)
            }
            Place::Open if self.policy.way == Way::Out && glance.any(SLASH) && url::is_page(text) => {
                let page = self.places().of(Category::PageUrl);
                if *page.action == Action::Keep {
                    self.nested(|scrub| url::scrub(scrub, text))
                } else {
                    self.transform(text, page.category, page.action)
                }
            }
            Place::Open => self.text(text, place, &glance),
            Place::Closed => Ok(Fate::Remove),
        }
    }

    /// Whether there is nothing that a detector or the needle could find in a text, and no other way to read it.
    fn says_nothing(&self, text: &str, glance: &Glance) -> bool {
        !glance.any(OPENING | SLASH)
            && !self.visitor.needle().may_stand(glance)
            && !wrapping::may_hold_tokens(glance)
            && !Reading::ALL.into_iter().any(|reading| reading.fits(glance))
            && !detect::may_stand(text, glance)
    }
}

/// What led to a request is the site's, whoever asks: by that a vendor knows whom it serves.
const fn is_referrer(place: Place<'_>) -> bool {
    matches!(place, Place::Known(Treatment { category: Category::Referrer, .. }))
}

/// Categories whose values are addresses of pages, with places of their own inside.
const fn is_page(category: Category) -> bool {
    matches!(category, Category::PageUrl | Category::Referrer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;
    use crate::privacy::Key;
    use crate::privacy::fixture::{open, parts};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
        #[test]
        fn of_a_text_that_says_nothing_nothing_is_found(
            any in any::<String>(), letters in "[a-fx ,;~'\"<é]{0,40}",
            figures in "[0-9]{0,2}[a-cx.:;,=@ _-]{0,12}[0-9]{0,2}[a-z.: -]{0,9}[0-9]{0,2}",
            words in prop::collection::vec(prop::sample::select(vec![
                "bearer ", "Basic ", "dTp4", "abcdefgh", "a~b~c~d~e", "fdab", "cdef", "de.aa.be.ea", "de aa be ea",
                "the ", "fewer ", "null", "=", "cart", "a|b",
            ]), 0..8),
        ) {
            let (policy, key) = (open(parts("strict", "")), Key::from_bytes([7; 32]));
            let pseudonyms = Pseudonyms::new(&key, 1, "shop.example", "vendor");
            for address in ["198.51.100.23", "222.170.190.234", "fdab::cdef"] {
                let visitor = Visitor::new(address.parse::<IpAddr>().unwrap());
                for text in [&any, &letters, &figures, &words.concat()] {
                    let mut scrub = Scrub::new(policy.compiled(), &visitor, &pseudonyms, text.len());
                    if scrub.says_nothing(text, &Glance::of(text)) {
                        prop_assert_eq!(scrub.document(text, Place::Open, &Glance::ALL), Ok(None), "{}", text);
                        prop_assert_eq!(scrub.text(text, Place::Open, &Glance::ALL), Ok(Fate::Keep), "{}", text);
                        prop_assert!(!url::is_page(text));
                    }
                }
            }
        }
    }
}
