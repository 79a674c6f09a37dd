//! One value of a recording, treated by its part.
//!
//! Knows what becomes of each part under a policy; does not know how documents are walked. Invariants: nothing here is
//! removed, for an event without its text does not replay; a secret is masked whatever the policy says.

use super::css;
use super::holder::{Holder, Tag};
use super::outline;
use super::part::Part;
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::detect;
use crate::privacy::mask::mask;
use crate::privacy::places::Treatment;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::{Fate, Place, SHORT_NUMBER, Scrub};
use crate::privacy::surface::json;
use crate::privacy::wrapping::Reading;

/// What recorders put in a script's place.
const SCRIPT: &str = "SCRIPT_PLACEHOLDER";

/// A window's size where the policy tells none.
const WIDTH: &str = "1366";
const HEIGHT: &str = "768";

static KEEP: Action = Action::Keep;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    Text,
    Number,
}

/// What becomes of a text or number that is such a part.
pub fn scalar(scrub: &mut Scrub<'_>, text: &str, part: Part, spelling: Spelling) -> Result<Fate, Refusal> {
    let number = spelling == Spelling::Number;
    match part {
        Part::Secret => Ok(masked(scrub, text, Category::Secret)),
        Part::Text(holder) if holder.secret => Ok(masked(scrub, text, Category::Secret)),
        Part::Typed(holder) if holder.secret => Ok(masked(scrub, text, Category::Secret)),
        Part::Typed(holder) => allowable(scrub, text, Category::TypedText, holder),
        Part::Width => screen(scrub, text, WIDTH),
        Part::Height => screen(scrub, text, HEIGHT),
        Part::Time => time(scrub, text),
        Part::Text(holder) | Part::Label(holder) if !number => words(scrub, text, part, holder),
        Part::Page if !number => known(scrub, text, Category::PageText),
        Part::Url if !number => known(scrub, text, Category::PageUrl),
        Part::Source if !number && !text.starts_with('#') => known(scrub, text, Category::PageUrl),
        Part::Urls if !number => css::candidates(text, |url| address(scrub, url)),
        Part::Css if !number => style(scrub, text),
        structure if structure.is_structure() && !number => packed(scrub, text, structure),
        _ if number => figure(scrub, text),
        _ => kept(scrub, text),
    }
}

/// Whether a number here is one the player needs, and a word stays.
pub const fn is_figure(part: Part) -> bool {
    !matches!(part, Part::Secret | Part::Text(_) | Part::Typed(_) | Part::Width | Part::Height | Part::Time)
        && !part.is_foreign()
}

/// Whether a text of words alone, in which nothing can be found, stays as such a part.
pub fn keeps_words(scrub: &Scrub<'_>, part: Part) -> bool {
    let (category, holder) = match part {
        Part::Kept => return true,
        Part::Text(holder) if holder.secret || holder.tag == Tag::Script => return false,
        Part::Typed(holder) if holder.secret => return false,
        Part::Typed(holder) => (Category::TypedText, holder),
        Part::Text(holder) | Part::Label(holder) => (Category::PageText, holder),
        Part::Page => (Category::PageText, Holder::default()),
        _ => return false,
    };
    holder.allowed == Some(true) || *scrub.places().of(category).action == Action::Keep
}

/// Whether a text at a place with this treatment is a recording that must not go whole.
pub fn holds_events(text: &str, place: Place<'_>) -> bool {
    let page_text = matches!(place, Place::Known(Treatment { category: Category::PageText, .. }));
    page_text && json::looks_like_document(text) && outline::may_hold_events(text)
}

fn words(scrub: &mut Scrub<'_>, text: &str, part: Part, holder: Holder) -> Result<Fate, Refusal> {
    match (part, holder.tag) {
        (Part::Text(_), Tag::Style) => style(scrub, text),
        (Part::Text(_), Tag::Script) if text == SCRIPT => Ok(Fate::Keep),
        // No player runs a script, and a script may hold anything.
        (Part::Text(_), Tag::Script) => Ok(Fate::Replace(String::new())),
        _ => allowable(scrub, text, Category::PageText, holder),
    }
}

/// A text that passes where the site allowed it.
fn allowable(scrub: &mut Scrub<'_>, text: &str, category: Category, holder: Holder) -> Result<Fate, Refusal> {
    if holder.allowed == Some(true) { kept(scrub, text) } else { known(scrub, text, category) }
}

/// What the policy says of a category, with a mask where it would remove.
fn known(scrub: &mut Scrub<'_>, text: &str, category: Category) -> Result<Fate, Refusal> {
    let treatment = scrub.places().of(category);
    match treatment.action {
        // What parts a page's elements says nothing.
        _ if text.chars().all(char::is_whitespace) => Ok(Fate::Keep),
        Action::Keep if category != Category::PageUrl => kept(scrub, text),
        Action::Remove | Action::Mask => Ok(masked(scrub, text, category)),
        _ => {
            let fate = scrub.value(text, Place::Known(treatment))?;
            Ok(or_masked(fate, text))
        }
    }
}

/// Text that stays, but for what is found in it.
fn kept(scrub: &mut Scrub<'_>, text: &str) -> Result<Fate, Refusal> {
    let spoken = *scrub.places().of(Category::Secret).action == Action::Keep;
    if spoken && detect::holds_secret(text) {
        return Ok(masked(scrub, text, Category::Secret));
    }
    let fate = scrub.value(text, Place::Open)?;
    Ok(or_masked(fate, text))
}

fn masked(scrub: &mut Scrub<'_>, text: &str, category: Category) -> Fate {
    scrub.tally.add(category, &Action::Mask);
    let new = mask(text);
    if new == text { Fate::Keep } else { Fate::Replace(new) }
}

fn or_masked(fate: Fate, text: &str) -> Fate {
    if fate == Fate::Remove { Fate::Replace(mask(text)) } else { fate }
}

/// A number the player needs: it stays unless it is this visitor's address.
fn figure(scrub: &mut Scrub<'_>, number: &str) -> Result<Fate, Refusal> {
    if number.len() < SHORT_NUMBER {
        return Ok(Fate::Keep);
    }
    let treatment = Treatment { category: Category::Service, action: &KEEP };
    let fate = scrub.value(number, Place::Known(treatment))?;
    Ok(or_masked(fate, number))
}

fn screen(scrub: &mut Scrub<'_>, side: &str, common: &str) -> Result<Fate, Refusal> {
    let treatment = scrub.places().of(Category::Screen);
    match treatment.action {
        Action::Keep => figure(scrub, side),
        Action::Remove | Action::Mask => {
            scrub.tally.add(Category::Screen, &Action::Mask);
            Ok(Fate::Replace(common.to_owned()))
        }
        _ => match scrub.value(side, Place::Known(treatment))? {
            Fate::Remove => Ok(Fate::Replace(common.to_owned())),
            fate => Ok(fate),
        },
    }
}

/// When it happened: a recording without its clock is none.
fn time(scrub: &mut Scrub<'_>, time: &str) -> Result<Fate, Refusal> {
    let treatment = scrub.places().of(Category::Time);
    if *treatment.action == Action::Remove {
        return figure(scrub, time);
    }
    let fate = scrub.value(time, Place::Known(treatment))?;
    Ok(or_masked(fate, time))
}

/// A style sheet, with the addresses in it.
fn style(scrub: &mut Scrub<'_>, text: &str) -> Result<Fate, Refusal> {
    let fate = css::addresses(text, |url| address(scrub, url))?;
    let left = if let Fate::Replace(new) = &fate { new } else { text };
    Ok(match kept(scrub, left)? {
        Fate::Keep => fate,
        found => found,
    })
}

/// An address inside a style sheet or a list. What it holds itself, or refers to on the page, is no address.
fn address(scrub: &mut Scrub<'_>, url: &str) -> Result<Fate, Refusal> {
    let inside =
        url.starts_with('#') || url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if inside { Ok(Fate::Keep) } else { known(scrub, url, Category::PageUrl) }
}

/// A part put into a string, compressed or not: its JSON text is read as the part.
fn packed(scrub: &mut Scrub<'_>, text: &str, part: Part) -> Result<Fate, Refusal> {
    if let Some(layer) = Reading::Latin1.open(text, &mut scrub.allowance)? {
        let fate = scrub.nested(|scrub| packed(scrub, &layer.inner, part))?;
        return fate.try_map(|inner| layer.wrap(inner));
    }
    if json::looks_like_document(text) {
        return scrub.nested(|scrub| json::scrub_part(scrub, text, part));
    }
    known(scrub, text, Category::PageText)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{open, parts};
    use crate::privacy::tally::Tally;
    use crate::privacy::{Key, Pseudonyms, Visitor};

    #[test]
    fn words_that_are_said_to_stay_do_and_are_not_counted() {
        let (visitor, key) = (Visitor::new([198, 51, 100, 23].into()), Key::from_bytes([7; 32]));
        let pseudonyms = Pseudonyms::new(&key, 1, "shop.example", "vendor");
        let tags = [Tag::Any, Tag::Style, Tag::Script, Tag::Link, Tag::Choice, Tag::Field];
        let holders = tags.into_iter().flat_map(|tag| {
            [(false, None), (false, Some(true)), (false, Some(false)), (true, None), (true, Some(true))]
                .map(|(secret, allowed)| Holder { tag, secret, allowed })
        });
        let mut every =
            vec![Part::Kept, Part::Page, Part::Secret, Part::Url, Part::Source, Part::Urls, Part::Css];
        every.extend(
            holders.flat_map(|holder| [Part::Text, Part::Label, Part::Typed].map(|part| part(holder))),
        );
        let mut kept = 0;
        for name in ["strict", "cnil", "balanced", "address-only"] {
            let policy = open(parts(name, ""));
            for (part, text) in
                every.iter().flat_map(|part| ["", "the red shoes, please"].map(|text| (*part, text)))
            {
                let mut scrub = Scrub::new(policy.compiled(), &visitor, &pseudonyms, 0);
                if keeps_words(&scrub, part) {
                    assert_eq!(
                        scalar(&mut scrub, text, part, Spelling::Text),
                        Ok(Fate::Keep),
                        "{part:?} {name}"
                    );
                    assert!(scrub.tally == Tally::default());
                    kept += 1;
                }
            }
        }
        assert!(kept > 100, "{kept}");
    }
}
