//! What personal data looks like in free text.
//!
//! A detector looks at the text alone; it does not know where the text stood or what becomes of a find.
//! Invariants: finds are in order and do not overlap; the work is linear in the text, whatever it holds.

mod address;
mod browser;
mod card;
mod email;
mod fold;
mod iban;
mod phone;
pub(super) mod sdp;
mod time;
mod token;
mod v4;
mod v6;

use std::net::IpAddr;
use std::ops::Range;

pub(super) use address::canonical;
pub(super) use fold::Folded;
pub use time::is_time;
pub(super) use v6::{first_group, may_stand as may_have_groups, read as read_v6};

use super::category::Category;
use super::glance::{AT, DIGIT, Glance};

/// Something personal in a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Find {
    pub span: Range<usize>,
    pub category: Category,
    /// The address, when it is one.
    pub address: Option<IpAddr>,
}

/// Everything in a text that looks personal, in order, without overlaps.
pub fn find(text: &str) -> Vec<Find> {
    find_seen(text, &Glance::of(text))
}

/// Whether something may be found in a text of which this was seen.
pub const fn may_stand(text: &str, glance: &Glance) -> bool {
    glance.folds
        || glance.any(AT)
        || (glance.any(DIGIT) && may_stand_in_digits(text.as_bytes(), glance))
        || browser::may_stand(text, glance)
        || token::may_stand(glance)
}

const fn may_stand_in_digits(text: &[u8], glance: &Glance) -> bool {
    phone::may_stand(glance)
        || card::may_stand(glance)
        || address::may_stand(text, glance)
        || iban::may_stand(text, glance)
}

/// Whether a credential, a card or an account stands in a text.
pub fn holds_secret(text: &str) -> bool {
    let glance = Glance::of(text);
    let may_stand = glance.folds
        || token::may_stand(&glance)
        || card::may_stand(&glance)
        || iban::may_stand(text.as_bytes(), &glance);
    may_stand && find_seen(text, &glance).iter().any(|find| find.category == Category::Secret)
}

/// The same in a text of which this was seen already.
pub fn find_seen(text: &str, glance: &Glance) -> Vec<Find> {
    if glance.folds {
        let folded = Folded::new(text);
        let mut finds = find_in_folded(folded.text(), &Glance::ALL);
        let spans = folded.original_spans(text, finds.iter().map(|find| find.span.clone()));
        for (find, span) in finds.iter_mut().zip(spans) {
            find.span = span;
        }
        finds.retain(|find| !find.span.is_empty());
        return finds;
    }
    find_in_folded(text, glance)
}

/// Where signed tokens stand in a text.
pub fn signed(text: &str) -> Vec<Range<usize>> {
    let mut finds = Vec::new();
    token::find_signed(text.as_bytes(), &mut finds);
    finds.into_iter().map(|find| find.span).collect()
}

/// The text is ASCII where it matters; letters of other scripts may stand between.
fn find_in_folded(text: &str, glance: &Glance) -> Vec<Find> {
    let bytes = text.as_bytes();
    let mut finds = Vec::new();
    let mut run = |detector: &dyn Fn(&mut Vec<Find>)| {
        let mut new = Vec::new();
        detector(&mut new);
        if !new.is_empty() {
            finds = merge(std::mem::take(&mut finds), new);
        }
    };
    if browser::may_stand(text, glance) {
        run(&|new| browser::find(text, glance, new));
    }
    if token::may_stand(glance) {
        run(&|new| token::find(bytes, glance, new));
    }
    if glance.any(AT) {
        run(&|new| email::find(text, new));
    }
    if glance.any(DIGIT) {
        if address::may_stand(bytes, glance) {
            run(&|new| *new = address::find(bytes, glance));
        }
        if iban::may_stand(bytes, glance) {
            run(&|new| iban::find(bytes, new));
        }
        if card::may_stand(glance) {
            run(&|new| card::find(bytes, new));
        }
        if phone::may_stand(glance) {
            run(&|new| phone::find(bytes, new));
        }
    }
    finds
}

/// Adds finds to those of detectors before, which win where they overlap. Both are in order.
fn merge(kept: Vec<Find>, new: Vec<Find>) -> Vec<Find> {
    if kept.is_empty() || new.is_empty() {
        return if new.is_empty() { kept } else { new };
    }
    let mut merged = Vec::with_capacity(kept.len() + new.len());
    let mut new = new.into_iter().peekable();
    for find in kept {
        while let Some(earlier) = new.next_if(|other| other.span.end <= find.span.start) {
            merged.push(earlier);
        }
        while new.next_if(|other| other.span.start < find.span.end).is_some() {}
        merged.push(find);
    }
    merged.extend(new);
    merged
}

/// Whether a digit stands anywhere: most text says no, so it is asked first, a block at a time.
pub(super) fn holds_digit(text: &[u8]) -> bool {
    text.chunks(64).any(|block| block.iter().fold(false, |held, byte| held | byte.is_ascii_digit()))
}

pub(super) fn next_digit(text: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?.iter().position(u8::is_ascii_digit).map(|offset| from + offset)
}

/// How many digits stand in a row from a place on.
fn digits(text: &[u8], at: usize) -> usize {
    text.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Shows where and what kind, not what.
impl std::fmt::Debug for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Find({} at {:?})", self.category, self.span)
    }
}

/// What a detector finds in a text.
#[cfg(test)]
fn stretches(text: &str, find: impl FnOnce(&[u8], &mut Vec<Find>)) -> Vec<&str> {
    let mut finds = Vec::new();
    find(text.as_bytes(), &mut finds);
    finds.into_iter().map(|find| &text[find.span]).collect()
}

/// The same of one that finds addresses, with each address as it was read.
#[cfg(test)]
fn addresses(text: &str, find: impl FnOnce(&[u8], &mut Vec<Find>)) -> Vec<(&str, String)> {
    let mut finds = Vec::new();
    find(text.as_bytes(), &mut finds);
    let told = |find: Find| (&text[find.span], find.address.map(|it| it.to_string()).unwrap_or_default());
    finds.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests;

/// What reads a clock, as no other test on this floor does.
#[cfg(test)]
mod hostile {
    use super::find;

    #[test]
    fn hostile_text_takes_no_longer_than_plain_text() {
        for piece in
            ["1.", "1:", "@", "a@", "ey", "+1", "0x", "::", "1 ", "4111 ", "://", "de89", "(0", "é1."]
        {
            let text = piece.repeat(100_000 / piece.len());
            let start = std::time::Instant::now();
            find(&text);
            assert!(start.elapsed() < std::time::Duration::from_secs(10), "{piece}");
        }
    }
}
