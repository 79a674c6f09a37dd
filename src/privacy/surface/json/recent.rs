//! The few things that served last, of which one may serve again.
//!
//! Does not know what they are. Invariant: no more than a few are kept, and trying for new ones ends where the old
//! ones do not serve.

/// So many are kept.
const MOST: usize = 8;

/// Where nothing served so often, and served as often as not since, only one of so many asks.
const PATIENCE: usize = 16;

/// What served last stands first.
pub struct Recent<T> {
    kept: Vec<T>,
    /// How many more may be tried; each that serves earns another.
    credit: usize,
    /// How much oftener nothing served than something did.
    misses: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), credit: MOST, misses: 0 }
    }
}

impl<T> Recent<T> {
    /// The first that serves, and how.
    pub fn find<R>(&mut self, serves: impl FnMut(&T) -> Option<R>) -> Option<(&T, R)> {
        let asks = self.misses < PATIENCE || self.misses.is_multiple_of(PATIENCE);
        let mut each = self.kept.iter().filter(|_| asks).map(serves).enumerate();
        let Some((index, how)) = each.find_map(|(index, how)| Some((index, how?))) else {
            self.misses += usize::from(!self.kept.is_empty());
            return None;
        };
        self.misses = self.misses.min(PATIENCE).saturating_sub(1);
        self.kept[..=index].rotate_right(1);
        self.credit = (self.credit + 1).min(MOST);
        Some((&self.kept[0], how))
    }

    /// Whether a new one is worth its while.
    pub const fn may_try(&mut self) -> bool {
        let may = self.credit > 0;
        self.credit = self.credit.saturating_sub(1);
        may
    }

    /// Adds a new one; the one that went for it.
    pub fn add(&mut self, new: T) -> Option<T> {
        let gone = if self.kept.len() == MOST { self.kept.pop() } else { None };
        self.kept.insert(0, new);
        gone
    }

    /// Forgets the one that served last, for it did not.
    pub fn tear(&mut self) -> Option<T> {
        self.credit = self.credit.saturating_sub(1);
        (!self.kept.is_empty()).then(|| self.kept.remove(0))
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_served_last_is_asked_first_and_what_served_longest_ago_goes() {
        let mut recent = Recent::default();
        for number in 0..MOST {
            assert_eq!(recent.add(number), None);
        }
        assert_eq!(recent.find(|kept| (*kept == 0).then_some("so")), Some((&0, "so")));
        assert_eq!(recent.add(100), Some(1));
        assert_eq!(recent.iter().copied().take(3).collect::<Vec<_>>(), [100, 0, 7]);
        assert_eq!(recent.tear(), Some(100));
        assert_eq!(recent.find(|_| None::<()>), None);
    }

    #[test]
    fn asking_gets_rare_where_nothing_serves_and_comes_back() {
        let mut recent = Recent::default();
        recent.add(1);
        let mut asked = |serves: bool, times: usize| {
            let mut asked = 0;
            for _ in 0..times {
                recent.find(|_| {
                    asked += 1;
                    serves.then_some(())
                });
            }
            asked
        };
        assert_eq!(asked(false, 10 * PATIENCE), PATIENCE + 9);
        assert_eq!(asked(true, PATIENCE), PATIENCE);
    }

    #[test]
    fn trying_ends_where_nothing_serves() {
        let mut recent = Recent::default();
        assert_eq!((0..100).filter(|_| recent.may_try()).count(), MOST);
        recent.add(1);
        recent.find(|_| Some(()));
        assert!(recent.may_try() && !recent.may_try());
    }
}
