//! URLs that stand inside a value, read part by part (RFC 3986 §3).
//!
//! Knows where a URL's own places are; a URL that is generalized as a whole never comes here. Invariant: the
//! parts nothing touches stay as they are spelled.

use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::pairs::{self, Pairs};
use super::target;

/// Whether a text is a web page's full address.
pub fn is_absolute(text: &str) -> bool {
    let scheme =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (scheme("https://") || scheme("http://")) && !has_space(text)
}

/// Whether a text is a web page's address, full or from the root on: `/cart?step=2`, but not a mere path.
pub fn is_page(text: &str) -> bool {
    let local = text.starts_with('/') && !text.starts_with("//") && !has_space(text);
    is_absolute(text) || local && text.find(['?', '#']).is_some_and(|mark| mark + 1 < text.len())
}

fn has_space(text: &str) -> bool {
    // Most are of ASCII, which has its spaces among its first characters.
    let may_be = |any, byte: &u8| any | (*byte <= b' ') | !byte.is_ascii();
    text.as_bytes().iter().fold(false, may_be) && text.contains(char::is_whitespace)
}

/// Looks at userinfo, host, path, query and fragment of an absolute URL, each as what it is.
pub fn scrub(scrub: &mut Scrub<'_>, url: &str) -> Result<Fate, Refusal> {
    let (rest, fragment) = split(url, '#');
    let (rest, query) = split(rest, '?');
    let start = rest.find("://").map_or(0, |at| at + 3);
    let path = rest[start..].find('/').map_or(rest.len(), |at| start + at);
    let host = match scrub.value(&rest[start..path], Place::Open)? {
        Fate::Remove => return Ok(Fate::Remove),
        Fate::Replace(new) => Some(new),
        Fate::Keep => None,
    };
    let new_path = target::path(scrub, &rest[path..])?;
    let new_query = query
        .map(|query| pairs::scrub(scrub, query, Pairs::query(&scrub.places().query, &[])))
        .transpose()?
        .flatten();
    let new_fragment = fragment.map(|fragment| scrub.value(fragment, Place::Open)).transpose()?;
    let unchanged = matches!(new_fragment, None | Some(Fate::Keep));
    if host.is_none() && new_path.is_none() && new_query.is_none() && unchanged {
        return Ok(Fate::Keep);
    }
    let mut new = rest[..start].to_owned();
    new.push_str(host.as_deref().unwrap_or(&rest[start..path]));
    new.push_str(new_path.as_deref().unwrap_or(&rest[path..]));
    for (mark, part) in [('?', new_query.as_deref().or(query)), ('#', fragment_of(&new_fragment, fragment))] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            new.push(mark);
            new.push_str(part);
        }
    }
    Ok(Fate::Replace(new))
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn fragment_of<'t>(fate: &'t Option<Fate>, old: Option<&'t str>) -> Option<&'t str> {
    match fate {
        None | Some(Fate::Remove) => None,
        Some(Fate::Keep) => old,
        Some(Fate::Replace(new)) => Some(new),
    }
}
