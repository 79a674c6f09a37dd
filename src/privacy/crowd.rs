//! How many visitors share a browser, screen and language once these are made coarser.
//!
//! A combination that few share names a person, however coarse each part is. Knows combinations and counts; does
//! not know the clock, nor whose combination it is: of a visitor it keeps one bit of a keyed hash. Invariants:
//! nothing is counted longer than the window, and no more than [`MOST`] combinations are.

use std::collections::HashMap;
use std::fmt;

use super::category::Category;

/// Combinations counted at a time; later ones are rare.
const MOST: usize = 1024;
/// Visitors told apart in one combination, at most; two may fall on one bit, which counts too few, never too many.
const BITS: u64 = 256;

/// Browser, screen and language of a request, each as it would leave, in the fullest form it had.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Look([Option<Box<str>>; 3]);

/// What was treated, and shows a look.
pub trait Shown {
    fn look(&self) -> &Look;
}

/// What a visitor of a rare look shows instead.
#[derive(Clone)]
pub struct Disguise {
    own: Look,
    /// The look most visitors have; where none is common enough, nothing is shown.
    common: Option<Look>,
}

/// From how many visitors on a look is common, and how long they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rare {
    pub below: u32,
    /// Seconds.
    pub window: u64,
}

/// The looks of a route's visitors within a window.
#[derive(Default)]
pub struct Crowd {
    /// When the newer half of the window began, in seconds.
    began: u64,
    halves: [HashMap<Look, Visitors>; 2],
}

/// One bit a visitor.
#[derive(Clone, Copy, Default)]
struct Visitors([u64; 4]);

impl Look {
    pub(super) fn note(&mut self, category: Category, value: &str) {
        if let Some(part) = part(category).map(|part| &mut self.0[part])
            && part.as_ref().is_none_or(|noted| noted.len() < value.len())
        {
            *part = Some(value.into());
        }
    }

    fn is_blank(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Whether both tell of the same things.
    fn is_like(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, two)| one.is_some() == two.is_some())
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look(..)")
    }
}

impl Disguise {
    /// What leaves in the place of a value of a look; `None`: nothing.
    pub(super) fn instead(&self, category: Category, value: String) -> Option<String> {
        let Some(part) = part(category) else { return Some(value) };
        // Another form of it would contradict the disguise.
        self.own.0[part].as_deref().filter(|own| *own == value)?;
        self.common.as_ref()?.0[part].as_deref().map(str::to_owned)
    }
}

impl Crowd {
    /// Counts a visitor, by a keyed hash; how to hide it if few look like it.
    pub fn admit(&mut self, look: &Look, visitor: u64, rare: Rare, now: u64) -> Option<Disguise> {
        self.age(rare.window, now);
        if look.is_blank() {
            return None;
        }
        if self.has_room(look) {
            self.halves[1].entry(look.clone()).or_default().add(visitor);
        }
        self.disguise(look, rare, Visitors::default())
    }

    /// The same of a visitor that is not counted, as if it were: for who only asks.
    pub fn consult(&mut self, look: &Look, visitor: u64, rare: Rare, now: u64) -> Option<Disguise> {
        self.age(rare.window, now);
        if look.is_blank() {
            return None;
        }
        let mut asking = Visitors::default();
        if self.has_room(look) {
            asking.add(visitor);
        }
        self.disguise(look, rare, asking)
    }

    /// How to hide who shows a look, unless it is common by those counted and those `more`.
    fn disguise(&self, look: &Look, rare: Rare, more: Visitors) -> Option<Disguise> {
        if self.visitors(look).and(more).count() >= rare.below {
            return None;
        }
        let looks = self.halves.iter().flat_map(HashMap::keys).filter(|other| other.is_like(look));
        let common = looks.map(|other| (self.visitors(other).count(), other)).max_by(|one, two| {
            // The same one for everybody, also where two are as common.
            one.0.cmp(&two.0).then_with(|| one.1.0.cmp(&two.1.0))
        });
        let common = common.filter(|(count, _)| *count >= rare.below).map(|(_, common)| common.clone());
        Some(Disguise { own: look.clone(), common })
    }

    /// Whether who shows this look can still be counted.
    fn has_room(&self, look: &Look) -> bool {
        self.halves[1].len() < MOST || self.halves[1].contains_key(look)
    }

    fn visitors(&self, look: &Look) -> Visitors {
        let of = |half: &HashMap<Look, Visitors>| half.get(look).copied().unwrap_or_default();
        of(&self.halves[0]).and(of(&self.halves[1]))
    }

    /// Forgets what was counted before the window.
    fn age(&mut self, window: u64, now: u64) {
        let half = (window / 2).max(1);
        let halves = now.saturating_sub(self.began) / half;
        if halves == 0 {
            return;
        }
        self.halves.swap(0, 1);
        self.halves[1].clear();
        if halves > 1 {
            self.halves[0].clear();
        }
        self.began = now - now % half;
    }
}

impl Visitors {
    fn add(&mut self, visitor: u64) {
        let bit = visitor % BITS;
        self.0[(bit / 64) as usize] |= 1 << (bit % 64);
    }

    /// Those of both, each once.
    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|part| self.0[part] | other.0[part]))
    }

    fn count(self) -> u32 {
        self.0.iter().map(|part| part.count_ones()).sum()
    }
}

const fn part(category: Category) -> Option<usize> {
    match category {
        Category::UserAgent => Some(0),
        Category::Screen => Some(1),
        Category::Language => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RARE: Rare = Rare { below: 3, window: 100 };

    fn look(browser: &str, language: &str) -> Look {
        let mut look = Look::default();
        look.note(Category::UserAgent, browser);
        look.note(Category::Language, language);
        look
    }

    /// What each visitor of a look shows as its language, in order.
    fn shown(
        crowd: &mut Crowd,
        language: &str,
        visitors: std::ops::Range<u64>,
        now: u64,
    ) -> Vec<Option<String>> {
        let look = look("chrome", language);
        visitors
            .map(|visitor| match crowd.admit(&look, visitor, RARE, now) {
                None => Some(language.to_owned()),
                Some(disguise) => disguise.instead(Category::Language, language.to_owned()),
            })
            .collect()
    }

    #[test]
    fn a_look_shows_from_so_many_visitors_on_and_a_rare_one_becomes_the_commonest() {
        let mut crowd = Crowd::default();
        let german = Some("de".to_owned());
        assert_eq!(shown(&mut crowd, "de", 0..4, 7), [None, None, german.clone(), german.clone()]);
        assert_eq!(shown(&mut crowd, "rm", 9..11, 8), [german.clone(), german]);
    }

    #[test]
    fn one_visitor_is_no_crowd_however_often_it_comes() {
        let mut crowd = Crowd::default();
        for _ in 0..50 {
            assert_eq!(shown(&mut crowd, "de", 5..6, 7), [None]);
        }
    }

    #[test]
    fn who_only_asks_is_told_what_it_would_show_and_is_not_counted() {
        let mut crowd = Crowd::default();
        assert_eq!(shown(&mut crowd, "de", 0..3, 7)[2].as_deref(), Some("de"));
        assert_eq!(shown(&mut crowd, "rm", 3..5, 7), [Some("de".to_owned()), Some("de".to_owned())]);
        let (romansh, german) = (look("chrome", "rm"), look("chrome", "de"));
        for _ in 0..2 {
            // The third that speaks so, and one of the two before.
            assert!(crowd.consult(&romansh, 9, RARE, 7).is_none());
            let disguise = crowd.consult(&romansh, 3, RARE, 7);
            let instead = disguise.and_then(|it| it.instead(Category::Language, "rm".to_owned()));
            assert_eq!(instead.as_deref(), Some("de"));
        }
        assert_eq!(crowd.visitors(&romansh).count(), 2);
        // The window ends for who asks, too.
        assert!(crowd.consult(&german, 9, RARE, 1000).is_some());
    }

    #[test]
    fn nothing_is_counted_longer_than_the_window() {
        let mut crowd = Crowd::default();
        assert_eq!(shown(&mut crowd, "de", 0..3, 1000)[2].as_deref(), Some("de"));
        assert_eq!(shown(&mut crowd, "de", 0..1, 1060), [Some("de".to_owned())]);
        assert_eq!(shown(&mut crowd, "de", 0..1, 1160), [None]);
    }

    #[test]
    fn another_form_of_a_hidden_value_is_hidden_with_it() {
        let own = look("Mozilla/5.0 (Amiga)", "rm");
        let disguise = Disguise { own, common: Some(look("Mozilla/5.0 (Windows)", "de")) };
        let instead = |value: &str| disguise.instead(Category::UserAgent, value.to_owned());
        assert_eq!(instead("Mozilla/5.0 (Amiga)").as_deref(), Some("Mozilla/5.0 (Windows)"));
        assert_eq!(instead("Amiga"), None);
        assert_eq!(disguise.instead(Category::Screen, "1920x1080".to_owned()), None);
    }

    #[test]
    fn no_more_looks_are_kept_than_the_bound() {
        let mut crowd = Crowd::default();
        for number in 0..5000 {
            let _ = crowd.admit(&look(&number.to_string(), "de"), number, RARE, 7);
        }
        assert_eq!(crowd.halves[1].len(), MOST);
    }
}
