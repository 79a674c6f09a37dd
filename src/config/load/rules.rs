//! A route's own words on categories and places.
//!
//! Knows which action fits which category, and which places a rule can reach; does not apply a rule. Invariant: a
//! rule that would never do anything is told, not kept.

use std::time::Duration;

use super::super::file::{ActionEntry, ActionsEntry, RuleEntry};
use super::super::section::Written;
use super::super::words::{either, nearest, quote};
use super::{Desk, distinct};
use crate::privacy::{Action, Actions, Category, LONGEST_COOKIE, Rule, Selector};

/// `[route.actions]`.
pub fn actions(entry: &ActionsEntry, desk: &Desk<'_>) -> Vec<(Category, Action)> {
    let read = |(name, action): &(Written<String>, ActionEntry)| {
        let category = category(name, &entry.place, desk);
        let judge = category.map_or(Judge::Word, Judge::Beside);
        let action = self::action(action, judge, name.line, &entry.place, desk);
        Some((category?, action?))
    };
    entry.actions.iter().filter_map(read).collect()
}

/// `[[route.rule]]`, in the order written.
///
/// `treated` is what the route does with each category, where that is known.
pub fn rules(entries: &[RuleEntry], treated: Option<&Actions>, desk: &Desk<'_>) -> Vec<Rule> {
    let rules: Vec<Option<Rule>> = entries.iter().map(|entry| rule(entry, treated, desk)).collect();
    let selectors = rules.iter().map(|rule| rule.as_ref().map(|rule| &rule.selector));
    distinct(selectors, |first, second| {
        let entry = &entries[second];
        let what = format!("rule {} already stands for this place, so this one never does", first + 1);
        desk.findings.tell(entry.line, &entry.place, what, "remove one of them");
    });
    rules.into_iter().flatten().collect()
}

fn rule(entry: &RuleEntry, treated: Option<&Actions>, desk: &Desk<'_>) -> Option<Rule> {
    let place = &entry.place;
    if entry.select.is_none() {
        let instead = "write select = \"query:NAME\", \"json:/a/b\" or another selector";
        desk.findings.missing(entry.line, place, &["select"], instead);
    }
    if entry.category.is_none() && entry.action.is_none() {
        let instead = "say what the place holds, or what to do with it";
        desk.findings.missing(entry.line, place, &["category", "action"], instead);
    }
    let selector = entry.select.as_ref().and_then(|written| selector(written, place, desk));
    let category = entry.category.as_ref().map(|written| category(written, place, desk));
    let action = entry.action.as_ref().map(|written| {
        let judge = match category {
            None => Judge::Alone,
            Some(None) => Judge::Word,
            Some(Some(category)) => Judge::Beside(category),
        };
        match &written.value {
            // What it fits is a place, not a category.
            ActionEntry::Word(word) if word == Action::Route.name() => Some(Action::Route),
            other => action(other, judge, written.line, place, desk),
        }
    });
    let category = category.unwrap_or(Some(Category::Unmapped))?;
    let action = match action {
        Some(action) => Some(action?),
        None => None,
    };
    let max_age = entry.max_age.as_ref().map(|written| written.value);
    let rule = Rule { selector: selector?, category, action, max_age };
    fits_way(&rule, entry, treated, desk);
    caps_a_cookie(&rule, entry, desk);
    Some(rule)
}

/// Tells a lifetime where no cookie is set, and one that would be none or no cap.
fn caps_a_cookie(rule: &Rule, entry: &RuleEntry, desk: &Desk<'_>) {
    let Some(Written { value, line }) = entry.max_age else { return };
    let (what, instead) = match rule.selector {
        Selector::SetCookie(_) if rule.action == Some(Action::Remove) => {
            ("max_age is for a cookie that passes", "remove max_age, or write action = \"keep\"")
        }
        Selector::SetCookie(_) if value < Duration::from_secs(1) => {
            ("max_age is shorter than a second", "write 1s to 395d, or action = \"remove\"")
        }
        Selector::SetCookie(_) if value > LONGEST_COOKIE => {
            ("max_age is longer than the 13 months that any cookie may live", "write 1s to 395d")
        }
        Selector::SetCookie(_) => return,
        _ => ("max_age is for a cookie that the vendor sets", "write select = \"set-cookie:NAME\""),
    };
    desk.findings.tell(line, &entry.place, what, instead);
}

/// Tells a rule whose action makes no sense on its way, by itself or by what the policy says.
fn fits_way(rule: &Rule, entry: &RuleEntry, treated: Option<&Actions>, desk: &Desk<'_>) {
    let Some(action) = rule.action.as_ref().or_else(|| Some(treated?.of(rule.category))) else { return };
    let right: &[&str] = match &rule.selector {
        // What comes back is the vendor's own word or a stand-in already.
        Selector::ResponseJson(_) => &["keep", "remove", "replace", "mask", "generalize", "country", "route"],
        Selector::ResponseHeader(_) => &["keep", "remove", "replace", "route"],
        Selector::SetCookie(_) => &["keep", "remove"],
        _ if *action == Action::Route => &["keep", "remove", "replace"],
        _ => return,
    };
    // The policy's word on a cookie or header that may pass is not on how.
    let matters = rule.action.is_some() || matches!(rule.selector, Selector::ResponseJson(_));
    if matters && !right.contains(&action.name()) {
        let written = [entry.action.as_ref().map(|it| it.line), entry.category.as_ref().map(|it| it.line)];
        let line = written.into_iter().flatten().next().unwrap_or(entry.line);
        let by = if rule.action.is_some() { "" } else { ", which is what the policy says," };
        let surface = rule.selector.to_string();
        let surface = surface.split(':').next().unwrap_or_default();
        let what = format!("action {}{by} makes no sense at {surface}:", action.name());
        let words: Vec<&str> = right.iter().copied().filter(|word| fits(word, rule.category)).collect();
        let instead = if rule.action.is_some() { "use" } else { "add action =" };
        desk.findings.tell(line, &entry.place, what, format!("{instead} {}", either(&words)));
    }
}

/// Whether the word of an action fits a category.
fn fits(word: &str, category: Category) -> bool {
    Action::parse(word).is_none_or(|action| action == Action::Route || action.fits(category))
}

fn selector(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<Selector> {
    let shown = quote(&written.value);
    let selector = match written.value.parse::<Selector>() {
        Ok(selector) => selector,
        Err(error) => {
            desk.findings.tell(written.line, place, format!("{shown} selects nothing"), error.to_string());
            return None;
        }
    };
    if let Some((why, instead)) = unreachable(&selector) {
        desk.findings.tell(written.line, place, format!("{shown} {why}"), instead);
    }
    Some(selector)
}

/// Places that a rule cannot reach, and why.
fn unreachable(selector: &Selector) -> Option<(&'static str, &'static str)> {
    /// Written anew for every hop, whatever the visitor sent.
    const OF_THE_HOP: [&str; 10] = [
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    match selector {
        Selector::Header(name) if !name.open && OF_THE_HOP.contains(&&*name.stem) => {
            Some(("is a header that privet writes itself", "remove the rule"))
        }
        Selector::Header(name) if !name.open && &*name.stem == "cookie" => {
            Some(("is a header of many cookies", "name each one, cookie:NAME"))
        }
        Selector::ResponseHeader(name) if !name.open && &*name.stem == "set-cookie" => {
            Some(("is a header of cookies", "name each one, set-cookie:NAME"))
        }
        _ => None,
    }
}

fn category(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<Category> {
    let category = written.value.parse().ok();
    if category.is_none() {
        let names = Category::ALL.map(Category::name);
        let instead = match nearest(&written.value, names) {
            Some(name) => format!("did you mean {}?", quote(name)),
            None => format!("use {}", either(&names)),
        };
        desk.findings.tell(
            written.line,
            place,
            format!("unknown category {}", quote(&written.value)),
            instead,
        );
    }
    category
}

/// What an action is measured by.
#[derive(Clone, Copy)]
enum Judge {
    Beside(Category),
    /// No category is named: only what needs none fits.
    Alone,
    /// The category was told to be wrong: only the action's own word can be.
    Word,
}

impl Judge {
    fn fits(self, action: &Action) -> bool {
        match self {
            Self::Beside(category) => action.fits(category),
            Self::Alone => action.fits(Category::Unmapped),
            Self::Word => true,
        }
    }

    /// The words that are right, in a sentence.
    fn right(self) -> String {
        let words = match self {
            Self::Beside(category) => Action::fitting(category),
            Self::Alone => Action::fitting(Category::Unmapped),
            Self::Word => vec!["keep", "remove", "replace", "mask", "generalize", "country", "pseudonymize"],
        };
        format!("use {}", either(&words))
    }
}

/// An action that fits.
fn action(entry: &ActionEntry, judge: Judge, line: usize, place: &str, desk: &Desk<'_>) -> Option<Action> {
    let (what, instead) = match (read(entry, judge, desk)?, judge) {
        (Ok(action), _) if judge.fits(&action) => return Some(action),
        (Ok(action), Judge::Beside(category)) => {
            (format!("action {} does not fit category {category}", action.name()), judge.right())
        }
        (Ok(action), _) => (
            format!("action {} needs a category", action.name()),
            format!("add category = \"…\", or {}", judge.right()),
        ),
        (Err(wrong), _) => wrong,
    };
    desk.findings.tell(line, place, what, instead);
    None
}

/// The action as a word or replacement, or what is wrong with it and what is right; nothing where that was told.
fn read(entry: &ActionEntry, judge: Judge, desk: &Desk<'_>) -> Option<Result<Action, (String, String)>> {
    Some(match entry {
        ActionEntry::Wrong => return None,
        ActionEntry::Replace(text) if text.contains(char::is_control) => {
            Err(("the replacement holds a control character".to_owned(), "write plain text".to_owned()))
        }
        ActionEntry::Replace(text) => Ok(Action::Replace(text.as_str().into())),
        ActionEntry::Word(word) if word == "replace" => {
            Err(("replace needs a value".to_owned(), "write { replace = \"…\" }".to_owned()))
        }
        ActionEntry::Word(word) => match Action::parse(word) {
            Some(Action::Country) if desk.country.is_none() => Err((
                "action country needs a database of countries".to_owned(),
                "add [geo] with database = \"country.mmdb\"".to_owned(),
            )),
            Some(action) => Ok(action),
            None => Err((format!("unknown action {}", quote(word)), judge.right())),
        },
    })
}
