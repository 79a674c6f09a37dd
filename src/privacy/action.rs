//! What happens to a value on its way out.
//!
//! Knows which action makes sense for which category; does not know how any is done. Invariant: an
//! action that makes no sense for a category never gets past the reading of the settings.

use std::fmt;
use std::sync::Arc;

use super::category::Category;

/// How a value of some category is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Keep,
    Remove,
    /// A fixed value in its place.
    Replace(Arc<str>),
    /// Asterisks: length kept in classes.
    Mask,
    /// The coarser form of the category, see [`super::generalize`].
    Generalize,
    /// The country the address belongs to.
    Country,
    /// A keyed stand-in of the same shape, see [`super::Pseudonyms`].
    Pseudonymize,
    /// On the way back: a host of the vendor becomes the route's own place, see [`super::Home`].
    Route,
}

impl Action {
    /// Reads the word of an action that has no argument.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "keep" => Self::Keep,
            "remove" => Self::Remove,
            "mask" => Self::Mask,
            "generalize" => Self::Generalize,
            "country" => Self::Country,
            "pseudonymize" => Self::Pseudonymize,
            "route" => Self::Route,
            _ => return None,
        })
    }

    /// The words of all actions, each at its [`Action::index`].
    pub(super) const NAMES: [&str; 8] =
        ["keep", "remove", "replace", "mask", "generalize", "country", "pseudonymize", "route"];

    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.index()]
    }

    pub(super) const fn index(&self) -> usize {
        match self {
            Self::Keep => 0,
            Self::Remove => 1,
            Self::Replace(_) => 2,
            Self::Mask => 3,
            Self::Generalize => 4,
            Self::Country => 5,
            Self::Pseudonymize => 6,
            Self::Route => 7,
        }
    }

    /// Whether the action makes sense for a category. `route` is for places, whatever stands there.
    pub const fn fits(&self, category: Category) -> bool {
        use Category as C;
        match self {
            Self::Keep | Self::Remove | Self::Replace(_) => true,
            Self::Mask => !matches!(
                category,
                C::Address | C::UserAgent | C::Language | C::Referrer | C::PageUrl | C::Time | C::Unmapped
            ),
            Self::Generalize => matches!(
                category,
                C::Address | C::UserAgent | C::Screen | C::Language | C::Referrer | C::PageUrl | C::Time
            ),
            Self::Country => matches!(category, C::Address),
            Self::Pseudonymize => {
                matches!(category, C::ClickId | C::VisitorId | C::SessionId | C::AccountId | C::Contact)
            }
            Self::Route => false,
        }
    }

    /// The words of the actions that fit a category, for error messages and docs.
    pub fn fitting(category: Category) -> Vec<&'static str> {
        [
            Self::Keep,
            Self::Remove,
            Self::Replace("".into()),
            Self::Mask,
            Self::Generalize,
            Self::Country,
            Self::Pseudonymize,
        ]
        .iter()
        .filter(|action| action.fits(category))
        .map(Self::name)
        .collect()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replace(value) => write!(f, "replace with \"{value}\""),
            other => f.pad(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_fits_somewhere() {
        for word in ["keep", "remove", "mask", "generalize", "country", "pseudonymize"] {
            let action = Action::parse(word);
            assert_eq!(action.as_ref().map(Action::name), Some(word));
            assert!(action.is_some_and(|a| Category::ALL.into_iter().any(|c| a.fits(c))));
        }
        assert_eq!(Action::parse("hash"), None);
    }

    #[test]
    fn a_page_title_cannot_be_generalized_nor_a_language_pseudonymized() {
        assert!(!Action::Generalize.fits(Category::PageTitle));
        assert!(!Action::Pseudonymize.fits(Category::Language));
    }
}
