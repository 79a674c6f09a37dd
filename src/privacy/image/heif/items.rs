//! The items of a picture's file (ISO/IEC 14496-12 §8.11): what they are, where they lie, what they refer to and which
//! properties they have.
//!
//! Knows the tables; does not know which items a picture needs. Invariant: tables of a version not known here are not
//! read.

use std::ops::Range;

use super::boxes::{MOST, Part, parts};
use crate::privacy::image::reader::Reader;

pub struct Item {
    pub id: u32,
    pub kind: [u8; 4],
    /// Where its kind stands.
    pub kind_at: usize,
    /// Its name, and of some kinds a type or an address.
    pub words: Range<usize>,
}

/// `iinf`.
pub fn items(bytes: &[u8], part: &Part) -> Option<Vec<Item>> {
    let (version, ..) = part.full(bytes)?;
    let entries = parts(bytes, part.inner(if version == 0 { 2 } else { 4 })?)?;
    entries.iter().map(|entry| item(bytes, entry)).collect()
}

fn item(bytes: &[u8], entry: &Part) -> Option<Item> {
    let (version, _, mut reader) = entry.full(bytes).filter(|_| entry.kind == *b"infe")?;
    let id = match version {
        2 => short(&mut reader)?,
        3 => long(&mut reader)?,
        _ => return None,
    };
    let _protection: [u8; 2] = reader.array()?;
    let kind = reader.array()?;
    let words = entry.content.end - reader.rest.len()..entry.content.end;
    Some(Item { id, kind, kind_at: words.start - 4, words })
}

pub struct Place {
    pub id: u32,
    /// Relative to the file, or to the `idat` box.
    pub in_box: bool,
    /// Start and length.
    pub extents: Vec<(u64, u64)>,
}

/// `iloc`. An item that lies in another file, or in another item, is not read.
pub fn places(bytes: &[u8], part: &Part) -> Option<Vec<Place>> {
    let (version, _, mut reader) = part.full(bytes).filter(|(version, ..)| *version <= 2)?;
    let [sizes, more] = reader.array()?;
    let (offset, length, base) = (sizes >> 4, sizes & 15, more >> 4);
    let index = if version == 0 { 0 } else { more & 15 };
    let id = |reader: &mut Reader<'_>| if version < 2 { short(reader) } else { long(reader) };
    let count = id(&mut reader)?;
    let (mut places, mut extents_in_all) = (Vec::new(), 0);
    for _ in 0..count {
        let id = id(&mut reader)?;
        let method = if version == 0 { 0 } else { short(&mut reader)? };
        let (file, base) = (short(&mut reader)?, number(&mut reader, base)?);
        let count = short(&mut reader)?;
        extents_in_all += usize::try_from(count).ok()?;
        if method > 1 || file != 0 || places.len() == MOST || extents_in_all > MOST {
            return None;
        }
        let mut extents = Vec::new();
        for _ in 0..count {
            number(&mut reader, index)?;
            let start = base.checked_add(number(&mut reader, offset)?)?;
            extents.push((start, number(&mut reader, length)?));
        }
        places.push(Place { id, in_box: method == 1, extents });
    }
    Some(places)
}

pub struct Reference {
    pub kind: [u8; 4],
    pub kind_at: usize,
    pub from: u32,
    pub to: Vec<u32>,
}

/// `iref`.
pub fn references(bytes: &[u8], part: &Part) -> Option<Vec<Reference>> {
    let (version, ..) = part.full(bytes).filter(|(version, ..)| *version <= 1)?;
    let id = |reader: &mut Reader<'_>| if version == 0 { short(reader) } else { long(reader) };
    let mut in_all = 0;
    let entries = parts(bytes, part.inner(0)?)?;
    let read = |Part { kind, kind_at, content }: Part| {
        let mut reader = Reader::new(bytes.get(content)?);
        let (from, count) = (id(&mut reader)?, short(&mut reader)?);
        in_all += usize::try_from(count).ok()?;
        let to = (0..count).map(|_| id(&mut reader)).collect::<Option<_>>().filter(|_| in_all <= MOST)?;
        Some(Reference { kind, kind_at, from, to })
    };
    entries.into_iter().map(read).collect()
}

/// Which property an item has, and whether it must be understood.
pub struct Association {
    pub id: u32,
    /// From 0 on.
    pub property: usize,
    pub is_essential: bool,
}

/// `ipma`.
pub fn associations(bytes: &[u8], part: &Part) -> Option<Vec<Association>> {
    let (version, flags, mut reader) = part.full(bytes).filter(|(version, ..)| *version <= 1)?;
    let mut associations = Vec::new();
    for _ in 0..long(&mut reader)? {
        let id = if version == 0 { short(&mut reader)? } else { long(&mut reader)? };
        for _ in 0..reader.byte()? {
            let (bits, number) = match flags & 1 {
                0 => (7, u32::from(reader.byte()?)),
                _ => (15, short(&mut reader)?),
            };
            let property = usize::try_from(number & ((1 << bits) - 1)).ok()?;
            // Number 0 is none.
            let Some(property) = property.checked_sub(1) else { continue };
            if associations.len() == 8 * MOST {
                return None;
            }
            associations.push(Association { id, property, is_essential: number >> bits == 1 });
        }
    }
    Some(associations)
}

/// `pitm`.
pub fn primary(bytes: &[u8], part: &Part) -> Option<u32> {
    let (version, _, mut reader) = part.full(bytes)?;
    if version == 0 { short(&mut reader) } else { long(&mut reader) }
}

fn short(reader: &mut Reader<'_>) -> Option<u32> {
    reader.array().map(u16::from_be_bytes).map(u32::from)
}

fn long(reader: &mut Reader<'_>) -> Option<u32> {
    reader.array().map(u32::from_be_bytes)
}

/// A number of 0, 4 or 8 bytes.
fn number(reader: &mut Reader<'_>, size: u8) -> Option<u64> {
    match size {
        0 => Some(0),
        4 => long(reader).map(u64::from),
        8 => reader.array().map(u64::from_be_bytes),
        _ => None,
    }
}
