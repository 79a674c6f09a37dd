//! What personal data looks like in free text.
//!
//! A detector looks at the text alone; it does not know where the text stood or what becomes of a find.
//! Invariants: finds are in order and do not overlap; the work is linear in the text, whatever it holds.

mod address;
mod fold;
mod v4;
mod v6;

use std::net::IpAddr;
use std::ops::Range;

pub(super) use address::canonical;
pub(super) use fold::Folded;
pub(super) use v6::{first_group, read as read_v6};

use super::category::Category;

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
    if !text.is_ascii() {
        let folded = Folded::new(text);
        let mut finds = find_in_ascii(folded.text());
        for find in &mut finds {
            find.span = folded.original_span(text, &find.span);
        }
        return finds;
    }
    find_in_ascii(text)
}

fn find_in_ascii(text: &str) -> Vec<Find> {
    let text = text.as_bytes();
    if !holds_digit(text) {
        return Vec::new();
    }
    address::find(text)
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

/// Shows where and what kind, not what.
impl std::fmt::Debug for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Find({} at {:?})", self.category, self.span)
    }
}
