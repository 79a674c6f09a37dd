//! What each policy does with each category.
//!
//! Knows the four built-in policies, as data; does not know where a category stands. Invariant: every
//! category has exactly one action, and the action fits it.

use super::action::Action;
use super::category::Category;

/// An action for every category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions([Action; Category::ALL.len()]);

/// The built-in policies, from the strictest to the most open.
pub const POLICIES: [(&str, &str); 4] = [
    ("strict", include_str!("strict.toml")),
    ("cnil", include_str!("cnil.toml")),
    ("balanced", include_str!("balanced.toml")),
    ("address-only", include_str!("address-only.toml")),
];

impl Actions {
    /// A built-in policy's actions. A category its data does not name is removed.
    pub fn builtin(policy: &str) -> Option<Self> {
        let (_, data) = POLICIES.iter().find(|(name, _)| *name == policy)?;
        let table: toml::Table = data.parse().ok()?;
        let mut actions = Self(std::array::from_fn(|_| Action::Remove));
        for (category, action) in &table {
            let action = Action::parse(action.as_str()?)?;
            let category: Category = category.parse().ok()?;
            if !action.fits(category) {
                return None;
            }
            actions.set(category, action);
        }
        Some(actions)
    }

    pub fn of(&self, category: Category) -> &Action {
        &self.0[category.index()]
    }

    pub fn set(&mut self, category: Category, action: Action) {
        self.0[category.index()] = action;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_policy_names_every_category_with_an_action_that_fits() {
        for (name, data) in POLICIES {
            assert!(Actions::builtin(name).is_some(), "{name}");
            for category in Category::ALL {
                assert!(data.contains(&format!("\n{category} = ")), "{name} lacks {category}");
            }
        }
        assert_eq!(Actions::builtin("lenient"), None);
    }

    #[test]
    fn no_policy_lets_a_full_address_pass() {
        for (name, _) in POLICIES {
            let action = Actions::builtin(name).map(|actions| actions.of(Category::Address).clone());
            assert_ne!(action, Some(Action::Keep), "{name}");
        }
    }
}
