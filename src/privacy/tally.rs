//! How many values of which category met which action, in one request.
//!
//! Invariant: counts only; nothing here was ever said by a visitor.

use super::action::Action;
use super::category::Category;
use super::surface::response::Changes;

/// Counts by category and action, and of fields no rule named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By the category's index and the action's.
    counts: [[u32; Action::NAMES.len()]; Category::ALL.len()],
    /// A bit for each category that was met: few are, and every exchange asks.
    met: u32,
    unmapped: u64,
}

/// What was added to a tally.
pub struct Gain {
    /// By the category's index and the action's.
    counts: Vec<(usize, usize, u32)>,
    unmapped: u64,
}

impl Tally {
    /// What was added since.
    pub fn gained(&self, before: &Self) -> Gain {
        let rows = self.counts.iter().zip(&before.counts).enumerate().filter(|(_, (now, then))| now != then);
        let cells = rows.flat_map(|(category, (now, then))| {
            now.iter().zip(then).enumerate().map(move |(action, (now, then))| (category, action, now - then))
        });
        Gain {
            counts: cells.filter(|(.., more)| *more > 0).collect(),
            unmapped: self.unmapped - before.unmapped,
        }
    }

    /// Adds the same once more.
    pub fn gain(&mut self, gain: &Gain) {
        self.unmapped += gain.unmapped;
        for (category, action, more) in &gain.counts {
            let count = &mut self.counts[*category][*action];
            *count = count.saturating_add(*more);
            self.met |= 1 << category;
        }
    }

    pub(super) fn add(&mut self, category: Category, action: &Action) {
        let count = &mut self.counts[category.index()][action.index()];
        *count = count.saturating_add(1);
        self.met |= 1 << category.index();
    }

    /// What was done to a text beside its values: a server's name is the protocol's, one that asks for the address is
    /// not.
    pub(super) fn add_changes(&mut self, changes: &Changes) {
        for (category, action, count) in [
            (Category::Service, &Action::Route, changes.routed),
            (Category::Address, &Action::Remove, changes.unreachable + changes.echoed),
        ] {
            let counted = &mut self.counts[category.index()][action.index()];
            *counted = counted.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            self.met |= u32::from(count > 0) << category.index();
        }
    }

    /// The same, counted by itself.
    pub fn of_changes(changes: &Changes) -> Self {
        let mut tally = Self::default();
        tally.add_changes(changes);
        tally
    }

    /// A field of the vendor's protocol went because no rule names it. Headers and cookies do not count: every browser
    /// brings some that no vendor asked for.
    pub(super) fn add_unmapped(&mut self) {
        self.unmapped += 1;
        self.add(Category::Unmapped, &Action::Remove);
    }

    pub fn counts(&self) -> impl Iterator<Item = (Category, &'static str, u64)> {
        let met = Category::ALL.into_iter().filter(|category| self.met >> category.index() & 1 == 1);
        let all = met.flat_map(|category| {
            let row = Action::NAMES.into_iter().zip(&self.counts[category.index()]);
            row.map(move |(action, count)| (category, action, u64::from(*count)))
        });
        all.filter(|(_, _, count)| *count > 0)
    }

    /// Fields that no rule named and that were removed for it: a new version of a vendor's script shows here.
    pub const fn unmapped(&self) -> u64 {
        self.unmapped
    }

    /// Whether something of the visitor stood there, and may still stand there in another form.
    pub fn tells(&self) -> bool {
        let mut counts = self.counts();
        counts.any(|(category, action, _)| {
            category == Category::Address || !matches!(action, "keep" | "remove" | "replace" | "route")
        })
    }

    /// Values that did not leave as they came.
    pub fn treated(&self) -> u64 {
        self.counts().filter(|(_, action, _)| *action != "keep").map(|(_, _, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_in_a_text_is_counted() {
        let changes = Changes { routed: 2, unreachable: 1, echoed: 3, patched: Vec::new() };
        let counts: Vec<_> = Tally::of_changes(&changes).counts().collect();
        assert_eq!(counts, [(Category::Address, "remove", 4), (Category::Service, "route", 2)]);
        assert_eq!(Tally::of_changes(&Changes::default()), Tally::default());
    }

    #[test]
    fn a_value_in_another_form_still_tells_of_the_visitor() {
        for (category, action, tells) in [
            (Category::Service, Action::Route, false),
            (Category::Location, Action::Remove, false),
            (Category::Location, Action::Replace("x".into()), false),
            (Category::UserAgent, Action::Generalize, true),
            (Category::VisitorId, Action::Pseudonymize, true),
            (Category::Address, Action::Remove, true),
        ] {
            let mut tally = Tally::default();
            tally.add(category, &action);
            assert_eq!(tally.tells(), tells, "{category:?}");
        }
    }
}
