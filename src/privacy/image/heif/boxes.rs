//! Boxes of the ISO base media file format (ISO/IEC 14496-12 §4.2), by their places in a file.
//!
//! Knows sizes and names; does not know what a box says. Invariant: boxes fill what they stand in, and no level has
//! more than [`MOST`] of them.

use std::ops::Range;

use crate::privacy::image::reader::Reader;

/// More boxes, items, extents or references than a picture of many tiles has.
pub const MOST: usize = 4096;

pub struct Part {
    pub kind: [u8; 4],
    /// Where its name stands.
    pub kind_at: usize,
    pub content: Range<usize>,
}

/// The boxes that fill a stretch of a file.
pub fn parts(bytes: &[u8], within: Range<usize>) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let mut reader = Reader::new(bytes.get(at..within.end)?);
        let short = u32::from_be_bytes(reader.array()?);
        let kind = reader.array()?;
        let (head, size) = match short {
            1 => (16, usize::try_from(u64::from_be_bytes(reader.array()?)).ok()?),
            size => (8, usize::try_from(size).ok()?),
        };
        if size < head || size > within.end - at || parts.len() == MOST {
            return None;
        }
        parts.push(Part { kind, kind_at: at + 4, content: at + head..at + size });
        at += size;
    }
    Some(parts)
}

/// The only box of a name.
pub fn only<'p>(parts: &'p [Part], kind: &[u8; 4]) -> Option<&'p Part> {
    let mut found = parts.iter().filter(|part| part.kind == *kind);
    found.next().filter(|_| found.next().is_none())
}

impl Part {
    /// The version, the flags and what follows them, for boxes that have these.
    pub fn full<'b>(&self, bytes: &'b [u8]) -> Option<(u8, u8, Reader<'b>)> {
        let mut reader = Reader::new(bytes.get(self.content.clone())?);
        let [version, _, _, flags] = reader.array()?;
        Some((version, flags, reader))
    }

    /// Where what follows the version and flags stands.
    pub fn inner(&self, skip: usize) -> Option<Range<usize>> {
        let start = self.content.start.checked_add(4 + skip)?;
        (start <= self.content.end).then_some(start..self.content.end)
    }

    /// Makes room of it: the box stays where it is, and says nothing.
    pub fn blank(&self, out: &mut [u8]) {
        rename(out, self.kind_at, *b"free");
        fill(out, self.content.clone());
    }
}

pub fn rename(out: &mut [u8], at: usize, kind: [u8; 4]) {
    if let Some(name) = out.get_mut(at..at + 4) {
        name.copy_from_slice(&kind);
    }
}

pub fn fill(out: &mut [u8], span: Range<usize>) {
    if let Some(bytes) = out.get_mut(span) {
        bytes.fill(0);
    }
}
