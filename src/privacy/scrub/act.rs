//! One action done to one text.
//!
//! Knows how each action is done, and counts it; does not know why it was chosen. Invariant: what cannot be made
//! coarser is removed.

use super::{Fate, Place, Scrub, is_page};
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::generalize;
use crate::privacy::glance::Glance;
use crate::privacy::mask::mask;
use crate::privacy::places::Treatment;
use crate::privacy::refusal::Refusal;
use crate::privacy::wrapping::Reading;

/// So many stand-ins of a request are remembered for the next value that is the same.
const MOST_STAND_INS: usize = 8;

impl Scrub<'_> {
    /// An action that makes another text of a text, under as many percent layers as it came.
    pub(super) fn transform(
        &mut self,
        text: &str,
        category: Category,
        action: &Action,
    ) -> Result<Fate, Refusal> {
        match Reading::Percent.open(text, &mut self.allowance)? {
            Some(layer) if !keeps_escapes(text, category, action) => {
                let fate = self.nested(|scrub| scrub.transform(&layer.inner, category, action))?;
                fate.try_map(|inner| self.wrap(&layer, inner))
            }
            _ => match self.act(text, category, action) {
                Fate::Remove => Ok(Fate::Remove),
                // A coarser form keeps its host, and the host may be an address.
                fate if is_page(category) || *action == Action::Route => {
                    let left = if let Fate::Replace(new) = &fate { new } else { text };
                    Ok(match self.as_it_stands(left, Place::Open, &Glance::of(left))? {
                        Fate::Keep => fate,
                        found => found,
                    })
                }
                fate => Ok(fate),
            },
        }
    }

    /// Whether a content that no action could change leaves, as it can only whole.
    pub fn whole(&mut self, place: Place<'_>) -> bool {
        let Treatment { category, action } = match place {
            Place::Open => return true,
            Place::Closed => self.places().of(Category::Unmapped),
            Place::Known(treatment) | Place::Inside(treatment) => treatment,
        };
        let leaves = *action == Action::Keep;
        self.tally.add(category, if leaves { action } else { &Action::Remove });
        leaves
    }

    /// Does one action to one plain text.
    pub(super) fn act(&mut self, text: &str, category: Category, action: &Action) -> Fate {
        let new = match action {
            // An empty text says nothing, and a vendor may expect the field.
            Action::Generalize | Action::Pseudonymize if text.is_empty() => Some(String::new()),
            Action::Keep => Some(text.to_owned()),
            Action::Remove => None,
            // Only this visitor's address was looked up.
            Action::Country => {
                self.visitor.needle().find(text).and_then(|_| self.visitor.place()).map(str::to_owned)
            }
            Action::Replace(value) => Some(value.to_string()),
            Action::Mask => Some(mask(text)),
            Action::Generalize => self.generalize(text, category),
            Action::Pseudonymize => Some(self.stand_in(category, text)),
            Action::Route => match self.home.and_then(|home| home.place_of(text)) {
                Some(place) => Some(place),
                // What the route does not serve stays, and is counted as that.
                None => return self.act(text, category, &Action::Keep),
            },
        };
        let (fate, done) = match new {
            None => (Fate::Remove, &Action::Remove),
            Some(new) if new == text => (Fate::Keep, action),
            Some(new) => (Fate::Replace(new), action),
        };
        self.tally.add(category, done);
        fate
    }

    /// A batch says the same few identifiers in every event, and a stand-in is made by hashing.
    fn stand_in(&mut self, category: Category, text: &str) -> String {
        let same = |made: &&(Category, String, String)| made.0 == category && made.1 == text;
        if let Some((_, _, stand_in)) = self.stand_ins.iter().find(same) {
            return stand_in.clone();
        }
        let stand_in = self.pseudonyms.stand_in(category, text);
        if self.stand_ins.len() == MOST_STAND_INS {
            self.stand_ins.remove(0);
        }
        self.stand_ins.push((category, text.to_owned(), stand_in.clone()));
        stand_in
    }

    fn generalize(&mut self, text: &str, category: Category) -> Option<String> {
        let new = self.coarser(text, category)?;
        self.look.note(category, &new);
        match self.visitor.disguise() {
            Some(disguise) => disguise.instead(category, new),
            None => Some(new),
        }
    }

    fn coarser(&self, text: &str, category: Category) -> Option<String> {
        match category {
            Category::Address => generalize::address::generalize(text),
            Category::UserAgent => generalize::user_agent::generalize(text),
            Category::Screen => generalize::screen::generalize(text),
            Category::Language => generalize::language::generalize(text),
            Category::Referrer => generalize::referrer::generalize(text, &self.policy.site_origins),
            Category::PageUrl => generalize::url::page(text),
            Category::Time => generalize::time::generalize(text),
            _ => None,
        }
    }
}

/// A URL keeps its own escapes: they are not a layer around it.
fn keeps_escapes(text: &str, category: Category, action: &Action) -> bool {
    match action {
        Action::Route => text.starts_with('/') || text.contains("://"),
        // Without a scheme, too: `shop.example/cart?email=jane%40example.org`.
        _ => is_page(category) && text.split_once('/').is_some_and(|(start, _)| !start.contains('%')),
    }
}
