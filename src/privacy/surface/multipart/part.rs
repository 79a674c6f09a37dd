//! One part of a form: whether it leaves, and with which content.
//!
//! Knows that a field's content is a value and a file's is whatever its first bytes say; documents and pictures are
//! read elsewhere. Invariant: a file that can neither be read nor stripped leaves only where the route says so.

use std::borrow::Cow;

use super::super::body;
use super::super::label::Label;
use super::head::Head;
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::image;
use crate::privacy::places::Treatment;
use crate::privacy::policy::Files;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::{Fate, Place, Scrub};
use crate::privacy::wrapping::coding::Coding;
use crate::privacy::wrapping::percent;

/// Charsets in which every sign an address or a name is told by is its own byte.
const READABLE: [&str; 7] =
    ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"];

/// Beginnings of formats that are written in letters and say nothing in them.
const OPAQUE: [&[u8]; 3] = [b"%PDF-", b"%!PS", b"{\\rtf"];

/// How far into a text its nature is looked for.
const BEGINNING: usize = 1024;

/// A part's content as it leaves; `None` when the part does not.
pub fn scrub<'b>(
    scrub: &mut Scrub<'_>,
    head: &Head,
    content: &'b [u8],
) -> Result<Option<Cow<'b, [u8]>>, Refusal> {
    let [spelled, read] = head.names();
    let places = scrub.places();
    let rule = places.part.find(&spelled).map(|rank| places.treatment(rank));
    let place = rule.or_else(|| places.named(&places.part, &read)).map_or(scrub.unmapped(), Place::Known);
    // Whoever leaves escapes alone reads the name as it is spelled.
    let is_plain = scrub.name(&read)? && (spelled == read || scrub.name(&spelled)?);
    if !is_plain || !head.essence.as_deref().map_or(Ok(true), |essence| scrub.name(essence))? {
        scrub.tally.add(Category::Unmapped, &Action::Remove);
        return Ok(None);
    }
    if let Place::Known(Treatment { action: Action::Remove | Action::Replace(_), .. }) = place {
        return value(scrub, content, place);
    }
    if let Some(stripped) = image::strip(content) {
        return scrub.whole(place).then_some(stripped).transpose();
    }
    let is_own = matches!(place, Place::Known(treatment) if !treatment.is_wrapper());
    if Coding::recognized(content).is_some() || (is_document(head) && !is_own) {
        let label = Label::parse(&head.label());
        let new = scrub.nested(|scrub| body::content(scrub, &label, content))?;
        return Ok(Some(new.map_or(Cow::Borrowed(content), Cow::Owned)));
    }
    if is_text(head, content) {
        return value(scrub, content, place);
    }
    match (scrub.whole(place), scrub.policy.files) {
        (false, _) => Ok(None),
        (true, Files::Keep) => Ok(Some(Cow::Borrowed(content))),
        (true, Files::Refuse) => Err(Refusal::UnknownFile),
    }
}

/// A content that is a text.
fn value<'b, 'p>(
    scrub: &mut Scrub<'p>,
    content: &'b [u8],
    place: Place<'p>,
) -> Result<Option<Cow<'b, [u8]>>, Refusal> {
    Ok(match scrub.value(&percent::text(content), place)? {
        Fate::Keep => Some(Cow::Borrowed(content)),
        Fate::Replace(new) => Some(Cow::Owned(new.into_bytes())),
        Fate::Remove => None,
    })
}

/// Whether the part calls itself a document with places inside.
fn is_document(head: &Head) -> bool {
    head.essence.as_deref().is_some_and(|essence| {
        ["json", "jsonl", "jsonlines", "/csp-report", "/x-www-form-urlencoded"]
            .iter()
            .any(|ending| essence.ends_with(ending))
    })
}

/// Whether a content can be read as text. What calls itself none may be Latin-1 only by chance.
fn is_text(head: &Head, content: &[u8]) -> bool {
    let says_text = head.essence.as_deref().map_or(!head.is_file(), |essence| essence.starts_with("text/"));
    head.charset.as_deref().is_none_or(|charset| READABLE.contains(&charset))
        && memchr::memchr(0, content).is_none()
        && (says_text || std::str::from_utf8(content).is_ok())
        && !OPAQUE.iter().any(|opaque| content.starts_with(opaque))
        && !is_drawing(head, content)
}

/// SVG is a picture with texts, links and scripts.
fn is_drawing(head: &Head, content: &[u8]) -> bool {
    let beginning = content.get(..BEGINNING).unwrap_or(content).to_ascii_lowercase();
    let draws = |word: &[u8]| memchr::memmem::find(&beginning, word).is_some();
    head.essence.as_deref() == Some("image/svg+xml") || draws(b"<svg") || draws(b"www.w3.org/2000/svg")
}
