//! Credentials in text: signed tokens, authorization values, names and passwords in URLs.
//!
//! Knows their form; cannot know whether they are valid. Invariant: a find holds the credential alone, not
//! the scheme or host beside it.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem::{self, Finder};

use super::Find;
use crate::privacy::Category;
use crate::privacy::glance::{AT, COLON, DOT, EY, Glance, SCHEME_AND_SPACE, SLASH};

/// How the header of a signed token begins.
static HEADER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("ey"));

const HEADER_MOST: usize = 2048;
const AUTHORITY_MOST: usize = 512;

/// Takes what is decodable, with or without padding or stray last bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether a text of which this was seen can hold a credential.
pub const fn may_stand(glance: &Glance) -> bool {
    may_be_signed(glance) || glance.any(SCHEME_AND_SPACE) || may_be_in_a_url(glance)
}

const fn may_be_signed(glance: &Glance) -> bool {
    glance.all(DOT | EY)
}

const fn may_be_in_a_url(glance: &Glance) -> bool {
    glance.all(COLON | SLASH | AT)
}

pub fn find(text: &[u8], glance: &Glance, finds: &mut Vec<Find>) {
    if may_be_signed(glance) {
        find_signed(text, finds);
    }
    if glance.any(SCHEME_AND_SPACE) {
        find_authorization(text, finds);
    }
    if may_be_in_a_url(glance) {
        find_in_urls(text, finds);
    }
    finds.sort_unstable_by_key(|find| find.span.start);
    finds.dedup_by(|later, earlier| later.span.start < earlier.span.end);
}

/// JSON web tokens, signed (three parts) or encrypted (five): each header starts with `{"`, so with `ey`.
pub fn find_signed(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(start) = HEADER.find(&text[at..]).map(|offset| at + offset) {
        let header = run(text, start, is_base64url);
        at = header.end;
        let signed = text.get(at) == Some(&b'.') && is_header(&text[header]);
        if !signed {
            continue;
        }
        let mut parts = 1;
        while parts < 5 && text.get(at) == Some(&b'.') {
            at = run(text, at + 1, is_base64url).end;
            parts += 1;
        }
        if parts > 2 {
            finds.push(secret(start..at));
        }
    }
}

fn is_header(encoded: &[u8]) -> bool {
    let decoded = Some(encoded).filter(|it| it.len() <= HEADER_MOST).and_then(|it| LENIENT.decode(it).ok());
    decoded.is_some_and(|json| json.starts_with(b"{") && memmem::find(&json, b"\"alg\"").is_some())
}

/// `Bearer …` and `Basic …`, as in an Authorization header.
fn find_authorization(text: &[u8], finds: &mut Vec<Find>) {
    for space in ends_of_schemes(text) {
        let word_before = |word: &[u8]| {
            let start = space.checked_sub(word.len())?;
            let glued = start > 0 && text[start - 1].is_ascii_alphanumeric();
            (!glued && text[start..space].eq_ignore_ascii_case(word)).then_some(())
        };
        let value = || run(text, space + 1, is_token68);
        let is_secret: fn(&[u8]) -> bool = match (word_before(b"bearer"), word_before(b"basic")) {
            // "bearer of news" is not a credential, and a name without a password is the key of a service.
            (Some(()), _) => |it| it.len() >= 20 || (it.len() >= 8 && it.iter().any(u8::is_ascii_digit)),
            (_, Some(())) => |it| decode_any(it).is_some_and(|pair| has_password(&pair)),
            _ => continue,
        };
        if is_secret(&text[value()]) {
            finds.push(secret(value()));
        }
    }
}

/// The spaces after words that end as `bearer` and `basic` do, searched for a block at a time: every few letters is a
/// space.
fn ends_of_schemes(text: &[u8]) -> impl Iterator<Item = usize> {
    blocks(text).filter(|block| has_end(text, block)).flat_map(|block| {
        block.filter(|at| end_of_scheme(text[*at], text[at + 1], text[at + 2]) > 0).map(|at| at + 2)
    })
}

/// Where three bytes stand, in blocks.
fn blocks(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const BLOCK: usize = 64;
    let places = text.len().saturating_sub(2);
    (0..places).step_by(BLOCK).map(move |start| start..places.min(start + BLOCK))
}

/// Without a branch, so that a block is compared many bytes at a time.
fn has_end(text: &[u8], block: &Range<usize>) -> bool {
    let behind = |places: usize| &text[block.start + places..block.end + places];
    let all = behind(0).iter().zip(behind(1)).zip(behind(2));
    all.fold(0, |any, ((before, last), space)| any | end_of_scheme(*before, *last, *space)) > 0
}

const fn end_of_scheme(before: u8, last: u8, space: u8) -> u8 {
    let (before, last) = (before | 0x20, last | 0x20);
    let bearer = (before == b'e') as u8 & (last == b'r') as u8;
    let basic = (before == b'i') as u8 & (last == b'c') as u8;
    (space == b' ') as u8 & (bearer | basic)
}

fn has_password(pair: &[u8]) -> bool {
    pair.iter().position(|byte| *byte == b':').is_some_and(|colon| colon + 1 < pair.len())
}

fn decode_any(encoded: &[u8]) -> Option<Vec<u8>> {
    let alphabet: Vec<u8> = encoded
        .iter()
        .take(HEADER_MOST)
        .take_while(|byte| **byte != b'=')
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    LENIENT.decode(alphabet).ok()
}

/// `scheme://name:password@host`.
fn find_in_urls(text: &[u8], finds: &mut Vec<Find>) {
    for slashes in memmem::find_iter(text, b"://") {
        let start = slashes + 3;
        let near = &text[start..text.len().min(start + AUTHORITY_MOST)];
        let ends = |byte: &u8| {
            matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'\\') || *byte <= b' '
        };
        let authority = &near[..near.iter().position(ends).unwrap_or(near.len())];
        if let Some(at) = memchr::memrchr(b'@', authority)
            && authority[..at].contains(&b':')
        {
            finds.push(secret(start..start + at));
        }
    }
}

fn secret(span: Range<usize>) -> Find {
    Find { span, category: Category::Secret, address: None }
}

fn run(text: &[u8], start: usize, is: fn(&u8) -> bool) -> Range<usize> {
    start..start + text[start..].iter().take_while(|byte| is(byte)).count()
}

fn is_base64url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// RFC 9110 §11.2.
fn is_token68(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::stretches;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        stretches(text, |bytes, finds| find(bytes, &Glance::of(text), finds))
    }

    proptest! {
        #[test]
        fn a_scheme_ends_wherever_it_stands(text in "[erRicC x]{0,90}", words in "((bearer|BASIC|for|of) ){0,30}") {
            for text in [text, words] {
                let lower = text.to_ascii_lowercase();
                let ends = |at: &usize| lower[..*at].ends_with("er") || lower[..*at].ends_with("ic");
                let spaces: Vec<usize> = lower.match_indices(' ').map(|(at, _)| at).filter(ends).collect();
                prop_assert_eq!(ends_of_schemes(text.as_bytes()).collect::<Vec<_>>(), spaces);
            }
        }
    }

    #[test]
    fn credentials_are_found() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIyMDMuMC4xMTMuNzcifQ.sig";
        let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIyMDMuMC4xMTMuNzcifQ.";
        for (text, secret) in [
            (jwt, jwt),
            (&format!("token={unsigned}&x=1"), unsigned),
            (&format!("Bearer {jwt}"), jwt),
            ("Authorization: Bearer s3cr3tcanaryalpha", "s3cr3tcanaryalpha"),
            ("bearer abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"),
            ("Basic amFuZTp7fQ==", "amFuZTp7fQ=="),
            ("https://jane:pa55@example.org/x", "jane:pa55"),
            ("see redis://:pa55@10.0.0.1", ":pa55"),
            ("https://jane:a@b@example.org", "jane:a@b"),
        ] {
            assert_eq!(found(text), [secret], "{text}");
        }
    }

    #[test]
    fn words_and_urls_without_credentials_are_left_alone() {
        for text in [
            "they.know.it",
            "eyJub3QiOjF9.eyJhIjoxfQ.c",
            "eyJhbGciOiJub25lIn0",
            "bearer of good news",
            "Basic plan for everyone",
            "Basic dGVzdFdyaXRlS2V5Og==",
            "basic amounts",
            "https://example.org:8443/a@b:c",
            "https://example.org/?q=a:b@c",
            "https://o1.ingest.example/1",
            "eyeyeyeyeyey",
            "://",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
