//! What becomes of a value that is no container.
//!
//! Knows numbers, words and texts; does not know names. Invariant: a leaf is replaced by a leaf that is JSON.
use super::super::member::Still;
use super::super::memory::{Recalled, Slot};
use super::super::scrub_inside;
use super::super::spelling::{is_number, quote};
use super::{At, Walk};
use crate::privacy::action::Action;
use crate::privacy::places::Treatment;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::{Fate, Place};
use crate::privacy::surface::replay::{self, Part, Spelling};

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// What becomes of a value that is no container.
    pub(super) fn scalar(&mut self, at: At<'p>) -> Result<Fate, Refusal> {
        Ok(match self.lexer.peek()? {
            b'"' => {
                if self.keeps_words(at)
                    && let Some(end) = self.lexer.quiet_text(self.lexer.at)
                {
                    self.lexer.at = end;
                    return Ok(Fate::Keep);
                }
                let text = self.lexer.string()?;
                // A document inside this string may nest as deep as is left here.
                self.scrub.room = self.lexer.room();
                self.text(&text, at)?.map(|new| quote(&new))
            }
            b't' => self.word("true", at)?,
            b'f' => self.word("false", at)?,
            b'n' => self.word("null", at)?,
            _ => {
                let number = self.lexer.number()?;
                let fate = if at.part.is_foreign() {
                    self.scrub.number(number, at.place)?
                } else {
                    replay::scalar(self.scrub, number, at.part, Spelling::Number)?
                };
                fate.map(|new| number_like(new, at.place))
            }
        })
    }

    /// The same of a value that stands where others did, and of which it may be known where it ends: one that comes
    /// again comes to the same.
    pub(super) fn again(
        &mut self,
        at: At<'p>,
        slot: Option<Slot>,
        end: Option<usize>,
    ) -> Result<Fate, Refusal> {
        let (start, level) = (self.lexer.at, self.level());
        let slot = slot.filter(|slot| self.memory.expects(*slot));
        let end = || end.or_else(|| self.lexer.scalar(start));
        let Some((slot, end)) = slot.and_then(|slot| Some((slot, end()?))) else { return self.scalar(at) };
        match self.memory.recall(slot, &self.lexer.input[start..end], level) {
            Recalled::Known(fate, gain) => {
                self.scrub.gain(gain)?;
                self.lexer.at = end;
                Ok(fate.clone())
            }
            Recalled::Again => {
                let before = self.scrub.counts();
                let fate = self.scalar(at)?;
                if let Some(gain) = self.scrub.gained(&before) {
                    self.memory.keep(slot, fate.clone(), gain);
                }
                Ok(fate)
            }
            Recalled::New => self.scalar(at),
        }
    }

    fn text(&mut self, text: &str, at: At<'p>) -> Result<Fate, Refusal> {
        let part = match at {
            // Where unnamed texts would stay, those in a recording are texts of the page.
            At { part: Part::Foreign, place: Place::Open, .. } => Part::Page,
            At { part, .. } => part,
        };
        if !part.is_foreign() {
            return replay::scalar(self.scrub, text, part, Spelling::Text);
        }
        if replay::holds_events(text, at.place) {
            let inside = self.scrub.nested(|scrub| scrub_inside(scrub, text, at.place))?;
            if let Some(fate) = inside {
                return Ok(fate);
            }
        }
        self.scrub.value(text, at.place)
    }

    /// `true`, `false` or `null`: there is no coarser form and no stand-in of so few words.
    fn word(&mut self, word: &str, at: At<'p>) -> Result<Fate, Refusal> {
        self.lexer.word(word)?;
        if !at.part.is_foreign() {
            return Ok(Fate::Keep);
        }
        let Place::Known(Treatment { category, action }) = at.place else {
            return self.scrub.value(word, at.place);
        };
        let fate = match action {
            Action::Keep | Action::Route => Fate::Keep,
            Action::Replace(new) if matches!(&**new, "true" | "false" | "null") => {
                Fate::Replace(new.to_string())
            }
            Action::Replace(new) => Fate::Replace(quote(new)),
            // Nothing is nothing, whoever says it.
            Action::Mask | Action::Generalize | Action::Pseudonymize if word == "null" => Fate::Keep,
            _ => Fate::Remove,
        };
        self.scrub.tally.add(category, if fate == Fate::Remove { &Action::Remove } else { action });
        Ok(fate)
    }

    /// What stays where it stands under a name that may leave, and nobody counts it.
    pub(super) fn still(&self, at: At<'p>) -> Option<Still> {
        let stays = match at.part {
            part if part.is_foreign() => at.place == Place::Open && !self.scrub.knows_short_sentinels(),
            part => replay::is_figure(part),
        };
        let still = if self.keeps_words(at) { Still::Words } else { Still::Figures };
        stays.then_some(still)
    }

    /// Whether a quiet text stays here.
    pub(super) fn keeps_words(&self, at: At<'p>) -> bool {
        let open = match at.part {
            Part::Outside => at.place == Place::Open,
            part => replay::keeps_words(self.scrub, part),
        };
        self.quiet && open
    }
}

/// A text in a number's place, of the right type.
fn number_like(new: String, place: Place<'_>) -> String {
    match place {
        _ if is_number(&new) => new,
        Place::Known(Treatment { action: Action::Replace(_), .. }) => quote(&new),
        _ => "0".to_owned(),
    }
}
