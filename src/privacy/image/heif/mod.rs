//! HEIF and AVIF (ISO/IEC 23008-12): one still picture, with its tiles, its alpha and how it is to be shown.
//!
//! Knows which boxes, items and properties a picture needs; does not decode one. Since places in the file are
//! absolute, nothing moves: what does not leave is overwritten with zeros under a name that readers skip. Invariants:
//! of the coded data only the extents of the picture's own items are copied, and of properties only those on the
//! list.

mod boxes;
mod items;

use std::collections::BTreeSet;
use std::ops::Range;

use boxes::{Part, fill, only, parts, rename};
use items::{Association, Item, Place, Reference};

/// Brands of still pictures, and of sequences, which are refused by what they hold.
const BRANDS: [&[u8; 4]; 12] = [
    b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif", b"miaf", b"hevc", b"hevx", b"msf1",
    b"avis",
];

/// Further brands that say how a picture is coded.
const MORE_BRANDS: [&[u8; 4]; 6] = [b"MiHB", b"MiHE", b"MA1B", b"MA1A", b"MiPr", b"tmap"];

/// Kinds of items that are pictures, or put pictures together.
const PICTURES: [&[u8; 4]; 5] = [b"hvc1", b"av01", b"grid", b"iovl", b"iden"];

/// Properties that say how a picture is decoded, turned, cut and coloured.
const PROPERTIES: [&[u8; 4]; 13] = [
    b"hvcC", b"av1C", b"ispe", b"irot", b"imir", b"clap", b"colr", b"pixi", b"pasp", b"clli", b"mdcv",
    b"a1op", b"a1lx",
];

/// What an auxiliary picture is for, when it is the transparency of another.
const ALPHA: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];

/// Pictures made of pictures, made of pictures.
const DEEPEST: usize = 4;

/// Whether a file's first bytes are those of a picture of this family.
pub fn is_ours(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, b'f', b't', b'y', b'p', a, b, c, d, ..]
        if BRANDS.contains(&&[*a, *b, *c, *d]))
}

pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let file = parts(bytes, 0..bytes.len())?;
    let meta = only(&file, b"meta")?;
    let tables = parts(bytes, meta.inner(0)?)?;
    let picture = Picture::read(bytes, &file, &tables)?;
    for (index, part) in file.iter().enumerate() {
        match &part.kind {
            b"ftyp" if index == 0 => brands(&mut out, part)?,
            b"meta" => {}
            b"mdat" => fill(&mut out, part.content.clone()),
            // A sequence, or a second file behind the first.
            b"moov" | b"moof" | b"ftyp" => return None,
            _ => part.blank(&mut out),
        }
    }
    for part in &tables {
        match &part.kind {
            b"hdlr" => handler(bytes, &mut out, part)?,
            b"pitm" | b"iloc" | b"iinf" | b"iref" | b"iprp" => {}
            b"idat" => fill(&mut out, part.content.clone()),
            b"ipro" => return None,
            _ => part.blank(&mut out),
        }
    }
    picture.write(bytes, &mut out)?;
    Some(out)
}

/// Brands nobody knows could say anything.
fn brands(out: &mut [u8], part: &Part) -> Option<()> {
    let content = out.get_mut(part.content.clone())?;
    let major: [u8; 4] = content.get(..4)?.try_into().ok()?;
    content.get_mut(4..8)?.fill(0);
    let (others, rest) = content.get_mut(8..)?.as_chunks_mut::<4>();
    for brand in others {
        if !BRANDS.contains(&&*brand) && !MORE_BRANDS.contains(&&*brand) {
            *brand = major;
        }
    }
    rest.is_empty().then_some(())
}

/// The handler of pictures, without its name.
fn handler(bytes: &[u8], out: &mut [u8], part: &Part) -> Option<()> {
    let (_, _, mut reader) = part.full(bytes)?;
    let kind = reader.take(8)?.get(4..)?;
    fill(out, part.inner(8)?);
    (kind == b"pict").then_some(())
}

/// The tables of a file, and what of them is the picture.
struct Picture {
    items: Vec<Item>,
    references: Vec<Reference>,
    properties: Vec<Part>,
    kept: BTreeSet<u32>,
    /// Where the picture's coded data lies.
    extents: Vec<Range<usize>>,
}

impl Picture {
    fn read(bytes: &[u8], file: &[Part], tables: &[Part]) -> Option<Self> {
        let references = match only(tables, b"iref") {
            Some(part) => items::references(bytes, part)?,
            None if tables.iter().any(|part| part.kind == *b"iref") => return None,
            None => Vec::new(),
        };
        let iprp = parts(bytes, only(tables, b"iprp")?.content.clone())?;
        let properties = parts(bytes, only(&iprp, b"ipco")?.content.clone())?;
        let mut associations = Vec::new();
        for part in &iprp {
            match &part.kind {
                b"ipma" => associations.extend(items::associations(bytes, part)?),
                b"ipco" => {}
                _ => return None,
            }
        }
        let primary = items::primary(bytes, only(tables, b"pitm")?)?;
        let is_alpha = |id: u32| {
            let mut own = associations.iter().filter(|association| association.id == id);
            own.any(|own| properties.get(own.property).is_some_and(|property| is_alpha(bytes, property)))
        };
        let kept = reached(primary, &references, is_alpha)?;
        let unknown = |association: &Association| {
            association.is_essential
                && kept.contains(&association.id)
                && properties.get(association.property).is_none_or(|property| !is_known(bytes, property))
        };
        if associations.iter().any(unknown) {
            return None;
        }
        let items = items::items(bytes, only(tables, b"iinf")?)?;
        let is_picture = |id: &u32| {
            let mut own = items.iter().filter(|item| item.id == *id);
            own.next().is_some_and(|item| PICTURES.contains(&&item.kind)) && own.next().is_none()
        };
        if !kept.iter().all(is_picture) {
            return None;
        }
        let places = items::places(bytes, only(tables, b"iloc")?)?;
        let extents = extents(bytes.len(), &places, &kept, file, only(tables, b"idat"))?;
        Some(Self { items, references, properties, kept, extents })
    }

    fn write(&self, bytes: &[u8], out: &mut [u8]) -> Option<()> {
        for item in &self.items {
            if !self.kept.contains(&item.id) {
                rename(out, item.kind_at, *b"skip");
            }
            fill(out, item.words.clone());
        }
        for reference in &self.references {
            let stays = |id: &u32| self.kept.contains(id);
            if !stays(&reference.from) || !reference.to.iter().all(stays) {
                rename(out, reference.kind_at, *b"free");
            }
        }
        self.properties.iter().filter(|property| !is_known(bytes, property)).for_each(|part| part.blank(out));
        for extent in &self.extents {
            out.get_mut(extent.clone())?.copy_from_slice(bytes.get(extent.clone())?);
        }
        Some(())
    }
}

/// The items a picture is made of: itself, those it is derived from, and their transparency.
fn reached(primary: u32, references: &[Reference], is_alpha: impl Fn(u32) -> bool) -> Option<BTreeSet<u32>> {
    let mut reached = BTreeSet::from([primary]);
    for _ in 0..=DEEPEST {
        let before = reached.len();
        for reference in references {
            match &reference.kind {
                b"dimg" if reached.contains(&reference.from) => reached.extend(&reference.to),
                b"auxl" if reference.to.iter().any(|to| reached.contains(to)) && is_alpha(reference.from) => {
                    reached.insert(reference.from);
                }
                _ => {}
            }
        }
        if reached.len() == before {
            return Some(reached);
        }
    }
    None
}

/// Where the data of items lies, each extent inside of one box of data. All together are no longer than the file.
fn extents(
    length: usize,
    places: &[Place],
    kept: &BTreeSet<u32>,
    file: &[Part],
    idat: Option<&Part>,
) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut left = length;
    for place in places.iter().filter(|place| kept.contains(&place.id)) {
        let base = if place.in_box { idat?.content.start } else { 0 };
        for (start, length) in &place.extents {
            let start = usize::try_from(*start).ok()?.checked_add(base)?;
            let length = usize::try_from(*length).ok().filter(|length| *length > 0)?;
            let extent = start..start.checked_add(length)?;
            let holds = |part: &Part| part.content.start <= extent.start && extent.end <= part.content.end;
            let mut data = file.iter().filter(|part| part.kind == *b"mdat");
            if !(if place.in_box { idat.is_some_and(holds) } else { data.any(holds) }) {
                return None;
            }
            left = left.checked_sub(length)?;
            found.push(extent);
        }
    }
    let is_placed = |id: &u32| places.iter().filter(|place| place.id == *id).count() == 1;
    kept.iter().all(is_placed).then_some(found)
}

fn is_known(bytes: &[u8], property: &Part) -> bool {
    PROPERTIES.contains(&&property.kind) || is_alpha(bytes, property)
}

fn is_alpha(bytes: &[u8], property: &Part) -> bool {
    let says =
        |(_, _, reader): (u8, u8, crate::privacy::image::reader::Reader<'_>)| ALPHA.contains(&reader.rest);
    property.kind == *b"auxC" && property.full(bytes).is_some_and(says)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    /// 64 by 48 pixels with a thumbnail, a colour profile, a turn, and EXIF with a place and a time and XMP, each
    /// with a canary; made with libheif 1.23 and libavif.
    pub const HEIC: &[u8] = include_bytes!("talkative.heic");
    pub const AVIF: &[u8] = include_bytes!("talkative.avif");

    fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let at = memchr::memmem::find(bytes, from).unwrap();
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    }

    fn holds(bytes: &[u8], word: &[u8]) -> bool {
        memchr::memmem::find(bytes, word).is_some()
    }

    #[test]
    fn nothing_moves_and_only_the_picture_is_left() {
        for image in [HEIC, AVIF] {
            let left = strip(image).unwrap();
            assert_eq!(left.len(), image.len());
            for word in [b"CANARY".as_slice(), b"xmpmeta", b"Exif", b"2026:01:01", b"rdf+xml"] {
                assert!(!holds(&left, word), "{}", String::from_utf8_lossy(word));
            }
            // Orientation and colour are properties, and stay.
            for word in [b"ispe".as_slice(), b"irot", b"colrprof"] {
                assert!(holds(&left, word), "{}", String::from_utf8_lossy(word));
            }
        }
    }

    #[test]
    fn what_is_no_single_picture_is_refused() {
        let with = |more: &[u8]| [HEIC, more].concat();
        assert_eq!(strip(&with(b"\0\0\0\x08moov")), None);
        assert_eq!(strip(&with(b"\0\0\0\x10ftypheic\0\0\0\0")), None);
        assert_eq!(strip(&with(b"second picture CANARY")), None);
        assert_eq!(strip(&replaced(HEIC, b"pitm", b"pitn")), None);
        assert_eq!(strip(&replaced(HEIC, b"hvc1\0", b"mp4v\0")), None);
        assert_eq!(strip(&replaced(HEIC, b"pict", b"vide")), None);
    }

    #[test]
    fn boxes_nobody_knows_leave_as_room() {
        let left = strip(&[HEIC, b"\0\0\0\x0euuidCANARY"].concat()).unwrap();
        assert!(left.ends_with(b"\0\0\0\x0efree\0\0\0\0\0\0"));
        let named = replaced(HEIC, b"mif1", b"Jane");
        assert_eq!(strip(&named).unwrap(), strip(&replaced(HEIC, b"mif1", b"heic")).unwrap());
    }
}
