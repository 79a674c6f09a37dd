//! How values look that have a form of their own: numbers, dates, sizes, addresses of the web, what machines make up.
//!
//! Knows forms, and nothing of what they are called. Invariant: each look costs time linear in the text.

use crate::privacy::surface::url;

/// Longer ones are none.
pub const LONGEST_WORD: usize = 40;

/// Seconds from 2001 to 2100: ten digits, or with milliseconds thirteen.
const SECONDS: std::ops::Range<u64> = 1_000_000_000..4_102_444_800;

/// Areas of the time zone database.
const AREAS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

pub fn is_binary(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub fn is_integer(text: &str) -> bool {
    digits(text.strip_prefix('-').unwrap_or(text))
}

pub fn is_decimal(text: &str) -> bool {
    let (whole, rest) = text.split_once('.').unwrap_or_default();
    is_integer(whole) && digits(rest)
}

pub fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// ISO 8601, or an epoch's seconds or milliseconds.
pub fn is_time(text: &str) -> bool {
    let number = || text.parse::<u64>().ok();
    match text.len() {
        10 if digits(text) => number().is_some_and(|seconds| SECONDS.contains(&seconds)),
        13 if digits(text) => number().is_some_and(|millis| SECONDS.contains(&(millis / 1000))),
        10..=35 => {
            let sign = |(at, byte): (usize, &u8)| {
                if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() }
            };
            text.as_bytes()[..10].iter().enumerate().all(sign)
                && text.bytes().skip(10).all(|byte| byte.is_ascii_digit() || b"T:.,+-Z ".contains(&byte))
        }
        _ => false,
    }
}

pub fn is_size(text: &str) -> bool {
    let sides = text.split(['x', '\u{d7}']);
    text.len() <= 16 && (2..=3).contains(&sides.clone().count()) && sides.into_iter().all(digits)
}

/// A language with its region or script, or a list of languages (RFC 5646, RFC 9110 §12.5.4). One without is a word.
pub fn is_language(text: &str) -> bool {
    let tag = |tag: &str| {
        let mut parts = tag.split('-');
        let first = parts.next().unwrap_or_default();
        (2..=3).contains(&first.len())
            && first.bytes().all(|byte| byte.is_ascii_lowercase())
            && parts.all(|part| {
                let script = part.len() == 4 && part.starts_with(|c: char| c.is_ascii_uppercase());
                script && part.bytes().all(|byte| byte.is_ascii_alphabetic())
                    || part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
                    || part.len() == 3 && digits(part)
            })
    };
    let mut tags = text.split(',').map(|tag| tag.split(';').next().unwrap_or_default().trim());
    text.len() <= 128 && text.contains(['-', ',']) && tags.all(tag)
}

pub fn is_time_zone(text: &str) -> bool {
    let area = text.split_once('/').is_some_and(|(area, city)| {
        AREAS.contains(&area)
            && city.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
    });
    area || matches!(text, "UTC" | "GMT" | "CET" | "CEST")
}

pub fn is_version(text: &str) -> bool {
    let number = text.strip_prefix('v').unwrap_or(text);
    let number = number.split(['-', '+']).next().unwrap_or_default();
    text.len() <= LONGEST_WORD
        && (2..=4).contains(&number.split('.').count())
        && number.split('.').all(digits)
        && !text.contains(char::is_whitespace)
}

pub fn is_url(text: &str) -> bool {
    let socket = text.strip_prefix("wss://").or_else(|| text.strip_prefix("ws://"));
    let relative = text.strip_prefix("//").filter(|rest| is_host(rest.split('/').next().unwrap_or_default()));
    url::is_absolute(text) || socket.or(relative).is_some_and(|rest| !rest.contains(char::is_whitespace))
}

pub fn is_host(text: &str) -> bool {
    let host = text.split(':').next().unwrap_or_default();
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let (name, top) = host.rsplit_once('.').unwrap_or_default();
    text.len() <= 253
        && name.split('.').all(label)
        && (2..=24).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_lowercase())
        && !matches!(top, "js" | "css" | "html" | "json" | "php" | "png" | "svg")
        && text.get(host.len() + 1..).is_none_or(digits)
}

/// Hex of some length, or letters and digits that change too often for a word.
pub fn is_id(text: &str) -> bool {
    let joined = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:$|".contains(&byte);
    (8..=128).contains(&text.len()) && text.bytes().all(joined) && is_made_up(text)
}

/// Whether a text is one that a machine made up: of mixed letters and digits, or of hex alone.
pub fn is_made_up(text: &str) -> bool {
    let hex = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let class = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let turns = letters.windows(2).filter(|pair| class(&pair[0]).0 != class(&pair[1]).0).count();
    let count = letters.iter().filter(|byte| byte.is_ascii_digit()).count();
    hex || count >= 8 || turns >= 4 || (count >= 2 && turns >= 2 && letters.len() >= 12)
}

pub fn is_base64(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    let has = |class: fn(&u8) -> bool| text.bytes().any(|byte| class(&byte));
    text.len() >= 24
        && text.bytes().all(letter)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}
