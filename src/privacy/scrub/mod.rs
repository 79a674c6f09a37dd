//! One value at a time: what becomes of a text that stands at some place of one visitor's request.
//!
//! Decides by the place and finds documents inside; `text` looks through free text, `act` does an action. Does
//! not know surfaces, which call it and put the outcome back. Invariant: a text leaves as it came only if no layer of it holds this visitor's
//! address, and nothing a rule or a detector says must not leave.

mod act;
mod text;

use std::sync::Arc;

use super::action::Action;
use super::category::Category;
use super::crowd::Look;
use super::detect;
use super::glance::{ESCAPE, Glance, OPENING, SLASH};
use super::places::{Places, Treatment};
use super::policy::{Compiled, Way};
use super::pseudonym::Pseudonyms;
use super::refusal::Refusal;
use super::sources::Sources;
use super::surface::response::{Home, Names};
use super::surface::{json, pairs, url};
use super::tally::{self, Tally};
use super::visitor::Visitor;
use super::wrapping::coding::Allowance;
use super::wrapping::{self, Layer, MOST_LAYERS, Reading};

/// How often each byte of a request may be looked at, layers and all.
const LOOKS: usize = 12;

/// How many bytes may be written for each of a request's when layers are put back: an encoding that came for one
/// letter is given to all, and layers of it would grow without end.
const WRITES: usize = 4;

/// What may be looked at in the smallest request.
const LEAST: usize = 64 * 1024;

/// A JSON number with fewer characters is no address in any spelling, no phone number and no card.
pub const SHORT_NUMBER: usize = 8;

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Keep,
    Remove,
    Replace(String),
}

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

/// What a value added to the counts.
pub struct Gain {
    tally: tally::Gain,
    looked: usize,
    written: usize,
}

/// What is counted of a request while it is scrubbed.
pub struct Counts {
    tally: Tally,
    looked: usize,
    written: usize,
    allowance: Allowance,
}

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

    /// What was counted so far, to come back to.
    pub fn counts(&self) -> Counts {
        Counts {
            tally: self.tally.clone(),
            looked: self.looked,
            written: self.written,
            allowance: self.allowance,
        }
    }

    /// Forgets what was counted since.
    pub fn back_to(&mut self, counts: Counts) {
        Counts { tally: self.tally, looked: self.looked, written: self.written, allowance: self.allowance } =
            counts;
    }

    /// What was counted since, if nothing was decoded.
    pub fn gained(&self, before: &Counts) -> Option<Gain> {
        let Counts { tally, looked, written, allowance } = before;
        let (looked, written) = (self.looked - looked, self.written - written);
        (self.allowance == *allowance).then(|| Gain { tally: self.tally.gained(tally), looked, written })
    }

    /// Counts the same once more.
    pub fn gain(&mut self, gain: &Gain) -> Result<(), Refusal> {
        self.tally.gain(&gain.tally);
        self.look_at(gain.looked)?;
        self.write(gain.written)
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

    /// A JSON document inside the text, bare or wrapped, is a document of its own; so is a whole query.
    fn document(&mut self, text: &str, place: Place<'p>, glance: &Glance) -> Result<Option<Fate>, Refusal> {
        if glance.any(OPENING) && json::looks_like_document(text) {
            return self.nested(|scrub| json::scrub_inside(scrub, text, place));
        }
        let named = matches!(place, Place::Known(treatment) if !treatment.is_wrapper());
        if let Some(query) = text.strip_prefix('?').filter(|query| !named && pairs::looks_like_form(query)) {
            let fate = self.nested(|scrub| pairs::scrub_inside(scrub, query))?;
            return Ok(Some(fate.map(|new| format!("?{new}"))));
        }
        if let Place::Open = place
            && glance.any(ESCAPE)
            && text.contains('&')
            && !url::is_page(text)
            && pairs::looks_like_form(text)
        {
            return self.nested(|scrub| pairs::scrub_inside(scrub, text)).map(Some);
        }
        if let Place::Closed = place {
            return self.wrapped_document(text, glance);
        }
        Ok(None)
    }

    /// Where only documents may pass, looks for one under the layers.
    fn wrapped_document(&mut self, text: &str, glance: &Glance) -> Result<Option<Fate>, Refusal> {
        let mut layers: Vec<Layer> = Vec::new();
        if wrapping::may_hold_tokens(glance) {
            let tokens = wrapping::tokens(text, &mut self.allowance)?.into_iter();
            layers.extend(tokens.filter(|token| token.span.len() == text.len()).map(|token| token.layer));
        }
        for reading in Reading::ALL.into_iter().filter(|reading| reading.fits(glance)) {
            layers.extend(reading.open(text, &mut self.allowance)?);
        }
        for layer in layers {
            let glance = Glance::of(&layer.inner);
            let fate = self.nested(|scrub| scrub.document(&layer.inner, Place::Closed, &glance))?;
            if let Some(fate) = fate {
                return fate.try_map(|inner| self.wrap(&layer, inner)).map(Some);
            }
        }
        Ok(None)
    }

    /// Puts a layer back around what was in it.
    pub(super) fn wrap(&mut self, layer: &Layer, inner: String) -> Result<String, Refusal> {
        let outer = layer.wrap(inner)?;
        self.write(outer.len())?;
        Ok(outer)
    }

    fn look_at(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.looked += bytes;
        let most = self.bytes().saturating_mul(LOOKS).saturating_add(LEAST);
        if self.looked > most { Err(Refusal::TooDeep) } else { Ok(()) }
    }

    fn write(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.written += bytes;
        let most = self.bytes().saturating_mul(WRITES).saturating_add(LEAST);
        if self.written > most { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// The bytes that came, and those they held.
    const fn bytes(&self) -> usize {
        self.size.saturating_add(self.allowance.spent)
    }

    /// Goes one layer down, within bounds.
    pub fn nested<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.layers == MOST_LAYERS {
            return Err(Refusal::TooDeep);
        }
        self.layers += 1;
        let seen = look(self);
        self.layers -= 1;
        seen
    }
}

impl Fate {
    /// The same fate with another text, if there is one.
    pub fn try_map(self, change: impl FnOnce(String) -> Result<String, Refusal>) -> Result<Self, Refusal> {
        match self {
            Self::Replace(new) => change(new).map(Self::Replace),
            other => Ok(other),
        }
    }

    /// The same fate with another text.
    pub fn map(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Replace(new) => Self::Replace(change(new)),
            other => other,
        }
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
