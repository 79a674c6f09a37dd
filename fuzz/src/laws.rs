//! Laws that hold of whatever leaves, whichever door it leaves by.
//!
//! Each is a panic when it is broken, with what left. Does not know forms: a target reads its own.

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD;
use http::{HeaderMap, Request};
use percent_encoding::percent_decode_str;
use privet::privacy::{Refusal, Treated};

use crate::words;

/// What a short value may grow to: a stand-in is 36 characters, and an escape six bytes for one.
const GROWTH: usize = 16;
/// What a vendor's off-switches and privet's own headers add, whatever came.
const OWN: usize = 4096;

/// What stands where a stretch of a text was replaced: the category, how a coarser address ends, or the networks of
/// those on stage, which are long enough to be found in base64.
const MARKS: [&str; 8] =
    ["[address]", "[contact]", "[secret]", "[removed]", ".0", "::", "198.51.100.0", "2001:db8:77::"];

/// So often may what is left be left again before it stays.
const SETTLED: usize = 5;

/// No text in the bytes, under whatever layers, says the address.
pub fn nobody(bytes: &[u8], address: IpAddr) {
    nobody_told(bytes, address, false);
}

/// The same of bytes that may be several texts: lines, records, frames of a socket.
pub fn nobody_in_frames(bytes: &[u8], address: IpAddr) {
    nobody_told(bytes, address, true);
}

fn nobody_told(bytes: &[u8], address: IpAddr, framed: bool) {
    if let Some(text) = words::find(bytes, framed, &|text| words::says(text, address)) {
        panic!("the visitor's address left in {text:?} of {:?}", String::from_utf8_lossy(bytes));
    }
}

/// The same of each header.
pub fn nobody_in(headers: &HeaderMap, address: IpAddr) {
    for (name, value) in headers {
        nobody(name.as_str().as_bytes(), address);
        nobody(value.as_bytes(), address);
    }
}

/// The same of a path and a query, piece by piece as they are read: decoded, a plus as a space and as itself.
pub fn nobody_in_target(target: &str, address: IpAddr) {
    for piece in target.split(['/', ';', '?', '&', '=']) {
        for piece in [piece.replace('+', " "), piece.to_owned()] {
            nobody(&percent_decode_str(&piece).collect::<Vec<u8>>(), address);
        }
    }
}

/// What leaves is in proportion to what came.
pub fn bounded(came: usize, left: usize) {
    assert!(left <= came * GROWTH + OWN, "{came} bytes came and {left} left");
}

/// Where nothing was treated, every byte stays.
pub fn untouched(treated: u64, came: &[u8], left: &[u8]) {
    assert!(
        treated > 0 || came == left,
        "nothing was treated, and {:?} became {:?}",
        String::from_utf8_lossy(came),
        String::from_utf8_lossy(left)
    );
}

/// Whether a mark is in base64 somewhere in the text, out of step too: other letters may stand right before it.
fn holds_in_base64(text: &str, mark: &str) -> bool {
    mark.len() > 2
        && (0..3).any(|shift| {
            let packed = STANDARD_NO_PAD.encode([&vec![0; shift], mark.as_bytes()].concat());
            // The letters at both ends hold bits of what stands beside the mark.
            let whole = (shift * 8).div_ceil(6)..(shift + mark.len()) * 8 / 6;
            text.contains(&packed[whole])
        })
}

/// What left once leaves again as it is.
///
/// But for texts in which a stretch was replaced: what stood on its two sides has other neighbours now, and may be a
/// document or an email that it was not before, or begin as one that nobody can read. There, what leaves settles
/// after a few times, or is refused.
pub fn settles(once: &[u8], again: impl Fn(&[u8]) -> Result<Vec<u8>, Refusal>) {
    let marked = |text: &str| MARKS.iter().any(|mark| text.contains(mark) || holds_in_base64(text, mark));
    let is_marked = |bytes: &[u8]| words::find(bytes, true, &marked).is_some();
    let next = |bytes: &[u8]| match again(bytes) {
        Ok(left) => left,
        // What was replaced may be longer than what may be looked at.
        Err(Refusal::TooDeep | Refusal::TooLarge) => bytes.to_vec(),
        Err(_) if is_marked(bytes) => bytes.to_vec(),
        Err(refusal) => panic!("{refusal}: {:?} left once", String::from_utf8_lossy(once)),
    };
    let mut left = once.to_vec();
    for _ in 0..SETTLED {
        let again = next(&left);
        if again == left {
            return;
        }
        assert!(
            is_marked(&left),
            "{:?} left, and the next time {:?}",
            String::from_utf8_lossy(&left),
            String::from_utf8_lossy(&again)
        );
        left = again;
    }
    panic!("{:?} left, and does not settle", String::from_utf8_lossy(once));
}

/// The request a treated one came to, and how many values were treated.
pub fn left(treated: Treated) -> (Request<bytes::Bytes>, u64) {
    (treated.request.into_inner(), treated.tally.treated())
}
