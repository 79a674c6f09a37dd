//! What a route's rules say already of a place that was seen.
//!
//! Walks the same tables as the engine; does not know values. Invariant: a place the engine would leave to its
//! `unmapped` is said of by nobody here.

use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::places::{Folded, Places, Treatment};
use crate::privacy::policy::Policy;
use crate::privacy::rule::{Path, Pointer, Selector, Step};

/// What the vendor's own cookies are.
const KEPT: Treatment<'static> = Treatment { category: Category::Service, action: &Action::Keep };

impl Policy {
    /// What a rule or a well-known name says of a place; `None`: nobody knows it.
    pub fn says(&self, place: &Selector) -> Option<Treatment<'_>> {
        let compiled = self.compiled();
        let places = &compiled.places;
        let ruled = |rank: Option<u32>| rank.map(|rank| places.treatment(rank));
        match place {
            Selector::Header(name) => ruled(places.header.find(&name.stem)),
            Selector::Cookie(name) if compiled.keeps_cookie(&name.stem) => Some(KEPT),
            Selector::Cookie(name) => ruled(places.cookie.find(&name.stem)),
            Selector::Query(name) => places.named(&places.query, &name.stem),
            Selector::Form(name) => places.named(&places.form, &name.stem),
            Selector::Part(name) => places.named(&places.part, &name.stem),
            Selector::Path(path) => of_path(places, path),
            Selector::Json(pointer) => of_member(places, pointer),
            Selector::Text => ruled(places.text),
            Selector::ResponseJson(pointer) => of_member(&self.back()?.places, pointer),
            Selector::ResponseHeader(name) => ruled(places.response_header.find(&name.stem)),
            Selector::SetCookie(name) => ruled(places.set_cookie.find(&name.stem)),
        }
    }
}

/// The rule of a path's first place; a rule names all of them or none.
fn of_path<'p>(places: &'p Places, Path(segments): &Path) -> Option<Treatment<'p>> {
    // No segment that a rule spells is a `*`.
    let text = |index: usize| Some(segments.get(index)?.as_deref().unwrap_or("*").to_owned());
    let ranks = places.path(segments.len(), text);
    ranks.into_iter().flatten().next().map(|rank| places.treatment(rank))
}

/// A member is what a rule says of it, else its name, else the object's and its own, else what is said of the object.
fn of_member<'p>(places: &'p Places, Pointer(steps): &Pointer) -> Option<Treatment<'p>> {
    let mut stack = Vec::new();
    places.json.start(&mut stack);
    let mut said = places.json.rank(&stack).map(|rank| places.treatment(rank));
    let (mut reached, mut owner) = (0..stack.len(), None);
    for step in steps {
        if said.is_some_and(goes_whole) {
            break;
        }
        let name = match step {
            Step::Key(name) if name.stem.parse::<usize>().is_err() => Some(&*name.stem),
            _ => None,
        };
        let key = if let Step::Key(name) = step { &*name.stem } else { "*" };
        let level = stack.len();
        places.json.step(reached, key.as_bytes(), &mut stack);
        reached = level..stack.len();
        let rule = places.json.rank(&stack[reached.clone()]).map(|rank| places.treatment(rank));
        let known = || places.general_in(&Folded::of(owner.unwrap_or_default()), name?);
        said = rule.or_else(known).or(said);
        owner = name.or(owner);
    }
    said
}

/// Whether a container treated like this is not looked into.
const fn goes_whole(treatment: Treatment<'_>) -> bool {
    matches!(treatment.action, Action::Remove | Action::Replace(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{json, policy};
    use crate::privacy::{Category, Policy};

    fn said(policy: &Policy, place: &str) -> Option<Category> {
        policy.says(&place.parse().unwrap()).map(|treatment| treatment.category)
    }

    const RULES: &str = "json:/event -> service
        json:/list/* -> device
        json:/0 -> service
        json:/person -> contact
        json:/meta -> service
        query:v -> service
        cookie:lang -> language
        path:/projects/*/x -> account_id
        response-json:/hosts/* = keep";

    #[test]
    fn a_place_is_covered_by_the_rule_the_engine_would_take() {
        let policy = policy("strict", RULES);
        for (place, category) in [
            ("json:/event", Some(Category::Service)),
            ("json:/other", None),
            ("json:/list/*", Some(Category::Device)),
            ("json:/0", Some(Category::Service)),
            ("json:/person/anything/below", Some(Category::Contact)),
            ("json:/meta/x", Some(Category::Service)),
            ("json:/meta/ip", Some(Category::Address)),
            ("json:/a/*/email", Some(Category::Contact)),
            ("query:v", Some(Category::Service)),
            ("query:u[ip]", Some(Category::Address)),
            ("query:w", None),
            ("form:v", None),
            ("cookie:lang", Some(Category::Language)),
            ("cookie:optout", Some(Category::Service)),
            ("cookie:sid", None),
            ("header:x-plan", None),
            ("path:/projects/*/x", Some(Category::AccountId)),
            ("path:/users/*/x", None),
            ("text:", None),
            ("response-json:/hosts/*", Some(Category::Unmapped)),
            ("response-json:/other", None),
        ] {
            assert_eq!(said(&policy, place), category, "{place}");
        }
    }

    /// Where nothing that is not covered may leave, what leaves is covered.
    #[test]
    fn what_no_rule_covers_does_not_leave_a_closed_route() {
        let policy = policy("strict", RULES);
        let document =
            r#"{"event":"a","other":"b","meta":{"x":"c"},"deep":{"event":"d"},"list":["e"],"text":"f"}"#;
        let left = json(&policy, document).unwrap();
        for (place, value) in [
            ("json:/event", "a"),
            ("json:/other", "b"),
            ("json:/meta/x", "c"),
            ("json:/deep/event", "d"),
            ("json:/list/*", "e"),
            ("json:/text", "f"),
        ] {
            let keeps = policy
                .says(&place.parse().unwrap())
                .is_some_and(|said| *said.action == crate::privacy::Action::Keep);
            assert_eq!(left.contains(&format!("\"{value}\"")), keeps, "{place}");
        }
    }
}
