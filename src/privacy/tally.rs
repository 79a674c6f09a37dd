//! How many values of which category met which action, in one request.
//!
//! Invariant: counts only; nothing here was ever said by a visitor.

use super::action::Action;
use super::category::Category;

/// Counts by category and action, and of fields no rule named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: Vec<(Category, &'static str, u64)>,
    unmapped: u64,
}

impl Tally {
    pub(super) fn add(&mut self, category: Category, action: &Action) {
        let name = action.name();
        match self.counts.iter_mut().find(|(c, a, _)| *c == category && *a == name) {
            Some((_, _, count)) => *count += 1,
            None => self.counts.push((category, name, 1)),
        }
    }

    /// A field of the vendor's protocol went because no rule names it. Headers and cookies do not count: every browser
    /// brings some that no vendor asked for.
    pub(super) fn add_unmapped(&mut self) {
        self.unmapped += 1;
        self.add(Category::Unmapped, &Action::Remove);
    }

    pub fn counts(&self) -> impl Iterator<Item = (Category, &'static str, u64)> {
        self.counts.iter().copied()
    }

    /// Fields that no rule named and that were removed for it: a new version of a vendor's script shows here.
    pub const fn unmapped(&self) -> u64 {
        self.unmapped
    }

    /// Values that did not leave as they came.
    pub fn treated(&self) -> u64 {
        self.counts.iter().filter(|(_, action, _)| *action != "keep").map(|(_, _, count)| count).sum()
    }
}
