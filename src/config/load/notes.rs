//! What an operator should know of a route that is right as it is written, and may not be what was meant.
//!
//! Invariant: a note changes nothing.

use super::super::file::{ObserveEntry, RouteEntry};
use super::super::parts::Choice;
use super::super::words::quote;
use super::{Desk, place};
use crate::privacy::{Action, Category, Files, Name, Selector, Undecodable};

/// Tells them of one route.
pub fn of_route(entry: &RouteEntry, choice: &Choice<'_>, desk: &Desk<'_>) {
    let note = |text: &str| desk.findings.note(&entry.place, text);
    if choice.vendor.is_none() {
        note("no vendor, so only the general names and the detectors know what a value is");
    }
    if choice.treated().is_some_and(|actions| actions.of(Category::Unmapped) == &Action::Keep) {
        note("unmapped is keep: query parameters, form fields and JSON members that no rule names pass");
    }
    if choice.undecodable == Undecodable::Keep {
        note("undecodable is keep: a body that cannot be read leaves as it came, a hole in the hedge");
    }
    if choice.files == Files::Keep {
        note(
            "files is keep: an uploaded file that is no text and no known image leaves unread, a hole in the hedge",
        );
    }
    if matches!(entry.observe, Some(ObserveEntry::Flag(true) | ObserveEntry::Told { .. })) {
        note(
            "observe is on: names and kinds of what visitors send are kept in memory and told to the admin; turn it off \
             once the rules are written",
        );
    }
    if (entry.require_consent.is_some() || entry.activate_on_click.is_some())
        && !shares_an_origin(entry, choice)
    {
        note(
            "the route's host is none of site_origins: scripts of the page must send their requests with \
             credentials, or no cookie says that they may pass; a path on the site's own host needs nothing",
        );
    }
    let kept = choice.vendor.into_iter().flat_map(|vendor| &vendor.kept_cookies);
    let kept: Vec<Name> = kept.filter_map(|name| name.parse().ok()).collect();
    for rule in choice.rules.iter().filter(|rule| rule.max_age.is_some()) {
        if let Selector::SetCookie(name) = &rule.selector
            && kept.iter().any(|kept| kept.matches(name.stem.as_bytes()))
        {
            note(&format!(
                "max_age does not hold for {}: in it the vendor remembers a visitor's own choice",
                quote(&name.to_string())
            ));
        }
    }
    if choice.site_origins.is_empty() {
        note("no site_origins: pages of any site can use the route, without cookies");
    }
}

/// Whether the site's pages and the route are one origin, as far as the settings tell.
fn shares_an_origin(entry: &RouteEntry, choice: &Choice<'_>) -> bool {
    let hosts: Vec<&str> = choice.site_origins.iter().filter_map(|origin| place::host_of(origin)).collect();
    entry.host.as_ref().is_none_or(|host| hosts.iter().any(|site| site.eq_ignore_ascii_case(&host.value)))
}
