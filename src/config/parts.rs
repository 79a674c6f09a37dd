//! What a route's policy is made of: its own rules, its vendor's map and the general map, in that order.
//!
//! Does not know TOML and does not apply anything. Invariant: the operator's own words come before the
//! vendor's, the vendor's before the general ones.

use crate::privacy::{Action, Actions, Category, Files, NameMap, PolicyParts, Rule, Selector, Undecodable};

use super::vendors::{self, Vendor};

/// A route's choices.
#[derive(Debug)]
pub struct Choice<'a> {
    /// A built-in policy's name.
    pub policy: &'a str,
    pub vendor: Option<&'a Vendor>,
    pub rules: Vec<Rule>,
    /// `[route.actions]`.
    pub actions: Vec<(Category, Action)>,
    /// The header that tells a country to a vendor that takes it nowhere else.
    pub country: Option<Selector>,
    pub undecodable: Undecodable,
    pub files: Files,
    pub depth: usize,
    pub body_limit: usize,
    pub site_origins: Vec<String>,
}

impl Choice<'_> {
    /// The parts, if there is such a policy.
    pub fn parts(self) -> Option<PolicyParts> {
        let actions = self.treated()?;
        let sources: Vec<&Vendor> = self.vendor.into_iter().chain([vendors::general()]).collect();
        let mut names = NameMap::default();
        for (category, name) in sources.iter().flat_map(|source| source.named()) {
            names.insert(name, category);
        }
        Some(PolicyParts {
            rules: self.rules.into_iter().chain(sources.iter().flat_map(|source| source.rules())).collect(),
            names,
            actions,
            sentinels: sources.iter().flat_map(|source| source.sentinels.iter().cloned()).collect(),
            off_switches: sources.iter().flat_map(|source| source.off_switches()).collect(),
            withheld_cookies: Vec::new(),
            country: match self.vendor {
                Some(vendor) if !vendor.country.is_empty() => vendor.country.clone(),
                _ => self.country.into_iter().collect(),
            },
            kept_cookies: sources.iter().flat_map(|source| source.kept_cookies.iter().cloned()).collect(),
            undecodable: self.undecodable,
            files: self.files,
            depth: self.depth,
            body_limit: self.body_limit,
            site_origins: self.site_origins,
        })
    }

    /// The same under `strict`, without what the operator let pass besides: for who said no.
    pub fn strictly(&self) -> Self {
        // A rule says what stands somewhere, which still holds, or what to do with it, which strict knows better.
        let rule = |rule: &Rule| match (&rule.action, rule.category) {
            (Some(Action::Remove), _) => Some(rule.clone()),
            // What comes back is no word of the visitor's.
            _ if rule.selector.is_back() => Some(rule.clone()),
            (_, Category::Unmapped) => None,
            _ => Some(Rule { action: None, ..rule.clone() }),
        };
        Self {
            policy: "strict",
            vendor: self.vendor,
            rules: self.rules.iter().filter_map(rule).collect(),
            actions: Vec::new(),
            country: self.country.clone(),
            undecodable: Undecodable::Refuse,
            files: Files::Refuse,
            depth: self.depth,
            body_limit: self.body_limit,
            site_origins: self.site_origins.clone(),
        }
    }

    /// The policy's actions with the route's own put over them.
    pub fn treated(&self) -> Option<Actions> {
        treated(self.policy, self.vendor.is_some(), &self.actions)
    }
}

/// A policy's actions, for a vendor with a map or without, with a route's own put over them.
pub fn treated(policy: &str, mapped: bool, own: &[(Category, Action)]) -> Option<Actions> {
    let mut actions = Actions::builtin(policy)?;
    // A new field of a known vendor's script must not leak; without a map everything would be unknown.
    let closed = mapped && matches!(policy, "strict" | "cnil");
    actions.set(Category::Unmapped, if closed { Action::Remove } else { Action::Keep });
    for (category, action) in own {
        actions.set(*category, action.clone());
    }
    Some(actions)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn choice(policy: &'static str, vendor: Option<&'static Vendor>) -> Choice<'static> {
        let (rules, actions, country, site_origins) = Default::default();
        let (undecodable, files) = Default::default();
        let (depth, body_limit) = (64, 1 << 20);
        Choice {
            policy,
            vendor,
            rules,
            actions,
            country,
            undecodable,
            files,
            depth,
            body_limit,
            site_origins,
        }
    }

    fn unmapped(choice: &Choice<'_>) -> Action {
        choice.treated().unwrap().of(Category::Unmapped).clone()
    }

    #[test]
    fn the_unknown_is_removed_where_a_map_is_complete_and_the_policy_is_closed() {
        let posthog = vendors::find("posthog");
        assert!(posthog.is_some());
        assert_eq!(unmapped(&choice("strict", posthog)), Action::Remove);
        assert_eq!(unmapped(&choice("cnil", posthog)), Action::Remove);
        assert_eq!(unmapped(&choice("balanced", posthog)), Action::Keep);
        assert_eq!(unmapped(&choice("strict", None)), Action::Keep);
    }

    #[test]
    fn a_routes_own_action_wins() {
        let mut own = choice("strict", vendors::find("posthog"));
        own.actions = vec![(Category::Unmapped, Action::Keep), (Category::Language, Action::Generalize)];
        assert_eq!(unmapped(&own), Action::Keep);
        assert_eq!(own.treated().unwrap().of(Category::Language), &Action::Generalize);
    }

    #[test]
    fn a_routes_own_rules_come_first_and_the_vendors_before_the_general_ones() {
        let (selector, category) = ("header:x-plan".parse().unwrap(), Category::Service);
        let own = Rule { selector, category, action: None, max_age: None };
        let mut choice = choice("strict", vendors::find("posthog"));
        choice.rules = vec![own.clone()];
        let parts = choice.parts().unwrap();
        let vendor = vendors::find("posthog").unwrap().rules();
        assert_eq!(parts.rules[0], own);
        assert_eq!(parts.rules[1..=vendor.len()], vendor);
        assert_eq!(parts.rules[1 + vendor.len()..], vendors::general().rules());
    }

    #[test]
    fn there_is_no_policy_of_an_unknown_name() {
        assert!(choice("lenient", None).parts().is_none());
    }
}
