//! What a message is packed in: codings upon one another (RFC 9110 §8.4), declared or not.
//!
//! Knows names, first bytes and the parameters in which scripts declare a coding; does not know what is packed.
//! Invariant: what was taken off is put on again in the same order, and what is declared and cannot be taken off is
//! refused.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::super::refusal::Refusal;
use super::super::scrub::Scrub;
use super::super::wrapping::coding::{Allowance, Coding};

/// More codings upon one another than any sender has.
const MOST_CODINGS: usize = 4;

/// Query parameters in which scripts declare a coding that no header speaks of.
const DECLARING: [&str; 5] = ["compression", "format", "encoding", "dd-evp-encoding", "content-encoding"];

/// The codings a message declares, in the order they were applied.
pub fn declared(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_ENCODING).iter();
    let names = lines.flat_map(|line| line.to_str().unwrap_or("unreadable").split(','));
    names
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !matches!(&**name, "" | "identity"))
        .collect()
}

/// Takes off the codings, declared and not, and puts them on again.
pub(super) fn coded(
    scrub: &mut Scrub<'_>,
    declared: &[String],
    query: &str,
    bytes: &[u8],
    read: impl FnOnce(&mut Scrub<'_>, &[u8]) -> Result<Option<Vec<u8>>, Refusal>,
) -> Result<Option<Vec<u8>>, Refusal> {
    let (bytes, codings) = undone(&mut scrub.allowance, declared, query, bytes)?;
    let Some(mut new) = read(scrub, &bytes)? else { return Ok(None) };
    for coding in codings.into_iter().rev() {
        new = coding.encode(&new)?;
    }
    Ok(Some(new))
}

/// What stands under the codings, declared and not, and which they are, from the outermost on.
pub fn undone<'b>(
    allowance: &mut Allowance,
    declared: &[String],
    query: &str,
    bytes: &'b [u8],
) -> Result<(Cow<'b, [u8]>, Vec<Coding>), Refusal> {
    if declared.len() > MOST_CODINGS {
        return Err(Refusal::TooDeep);
    }
    let mut codings = Vec::new();
    let mut current = Cow::Borrowed(bytes);
    for name in declared.iter().rev() {
        let coding = Coding::named(name, &current).ok_or(Refusal::UnknownEncoding)?;
        take_off(allowance, coding, &mut current, &mut codings)?;
    }
    while let Some(coding) = Coding::recognized(&current) {
        take_off(allowance, coding, &mut current, &mut codings)?;
    }
    // Two codings have no beginning of their own; a parameter may speak of them, or of something else.
    if codings.is_empty()
        && !query.is_empty()
        && let Some(coding) = in_query(query, &current)
        && let Ok(decoded) = allowance.decode(coding, &current)
    {
        codings.push(coding);
        current = Cow::Owned(decoded);
    }
    Ok((current, codings))
}

fn take_off(
    allowance: &mut Allowance,
    coding: Coding,
    current: &mut Cow<'_, [u8]>,
    codings: &mut Vec<Coding>,
) -> Result<(), Refusal> {
    if codings.len() == MOST_CODINGS {
        return Err(Refusal::TooDeep);
    }
    *current = Cow::Owned(allowance.decode(coding, current)?);
    codings.push(coding);
    Ok(())
}

fn in_query(query: &str, bytes: &[u8]) -> Option<Coding> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| DECLARING.contains(name)).map(|(_, value)| value);
    values.find_map(|value| Coding::named(value, bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::Refusal;
    use crate::privacy::fixture::{open, parts, scrub};
    use crate::privacy::wrapping::coding::Coding;

    /// Sends a body under these headers to a target, and gives headers and body as they leave.
    fn sent(target: &str, headers: &[(&str, &str)], bytes: Vec<u8>) -> Result<http::Request<Bytes>, Refusal> {
        let mut request = Request::post(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let treated = scrub(&open(parts("strict", "")), request.body(Bytes::from(bytes)).unwrap())?;
        Ok(treated.request.into_inner())
    }

    #[test]
    fn what_was_encoded_is_encoded_again_the_same_way() {
        for names in ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "gzip, br", "gzip, gzip, zstd"] {
            let codings: Vec<Coding> =
                names.split(',').map(|name| Coding::named(name, &[0x78, 0x9c]).unwrap()).collect();
            let before = codings.iter().fold(br#"{"ip":1,"a":2}"#.to_vec(), |b, c| c.encode(&b).unwrap());
            let left =
                sent("/e", &[("content-type", "application/json"), ("content-encoding", names)], before)
                    .unwrap();
            assert_eq!(left.headers()["content-encoding"], names.to_lowercase());
            let after = codings.iter().rev().fold(left.body().to_vec(), |b, c| c.decode(&b, 1000).unwrap());
            assert_eq!(after, br#"{"a":2}"#, "{names}");
        }
    }

    #[test]
    fn what_is_encoded_without_saying_so_is_known_by_its_beginning_or_by_a_parameter() {
        for (target, coding) in [
            ("/e", Coding::Gzip),
            ("/e?compression=gzip-js", Coding::Gzip),
            ("/e", Coding::Zlib),
            ("/e", Coding::Zstd),
            ("/e?dd-evp-encoding=deflate", Coding::Deflate),
            ("/e?format=br", Coding::Brotli),
        ] {
            let before = coding.encode(br#"{"ip":1,"a":2}"#).unwrap();
            let left = sent(target, &[("content-type", "text/plain")], before).unwrap();
            assert!(!left.headers().contains_key("content-encoding"));
            assert_eq!(coding.decode(left.body(), 1000).unwrap(), br#"{"a":2}"#, "{coding:?}");
        }
        assert_eq!(
            sent("/e?format=br", &[], br#"{"ip":1,"a":2}"#.to_vec()).unwrap().body(),
            &br#"{"a":2}"#[..]
        );
    }

    #[test]
    fn a_body_nothing_touches_leaves_in_the_bytes_it_came() {
        let before = Coding::Gzip.encode(br#"{"a": 2}"#).unwrap();
        let left = sent("/e", &[("content-encoding", "gzip")], before.clone()).unwrap();
        assert_eq!(left.body(), &before);
    }

    #[test]
    fn a_lie_a_bomb_and_a_cut_are_refused() {
        let coded =
            |names, bytes: &[u8]| sent("/e", &[("content-encoding", names)], bytes.to_vec()).map(|_| ());
        assert_eq!(coded("gzip", b"{}"), Err(Refusal::BrokenEncoding));
        let bomb = Coding::Gzip.encode(&vec![b' '; 2 << 20]).unwrap();
        assert_eq!(coded("gzip", &bomb), Err(Refusal::TooLarge));
        assert_eq!(coded("gzip", &bomb[..bomb.len() - 1]), Err(Refusal::TooLarge));
        assert_eq!(coded("gzip, gzip, gzip, gzip, gzip, gzip", b"x"), Err(Refusal::TooDeep));
    }
}
