//! What browsers call themselves, their language, time zone and size, where no name says so.
//!
//! Knows the product token that all browsers begin with (RFC 9110 §10.1.5), language tags with a region (RFC 5646
//! §2.1) and the areas of the time zone database. Invariant: a language, a zone or a size is a find only if it is all
//! there is, for in a sentence such words are words.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Find;
use crate::privacy::category::Category;
use crate::privacy::glance::{BRACKET, DASH, DOT, Glance, SLASH, SPACE};

/// What every browser's name begins with, since the first one pretended.
static PRODUCT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Mozilla/5.0 ("));

/// A window's size, of which no other letter is longer.
const LONGEST_SIZE: usize = "1920\u{d7}1080".len();

const AREAS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// `fil-Latn-PH`
const LONGEST_LANGUAGE: usize = 11;

/// Whether a text of which this was seen can be, or hold, anything of a browser.
pub const fn may_stand(text: &str, glance: &Glance) -> bool {
    may_be_zone(text, glance)
        || may_be_language(text, glance)
        || may_be_size(text, glance)
        || may_name_itself(glance)
}

const fn may_be_zone(text: &str, glance: &Glance) -> bool {
    glance.any(SLASH) && matches!(text.as_bytes(), [b'A' | b'E' | b'I' | b'P', ..])
}

const fn may_be_language(text: &str, glance: &Glance) -> bool {
    let ends = matches!(text.as_bytes(), [b'a'..=b'z', .., b'A'..=b'Z']);
    ends && glance.any(DASH) && text.len() <= LONGEST_LANGUAGE
}

const fn may_be_size(text: &str, glance: &Glance) -> bool {
    glance.digits >= 6 && text.len() <= LONGEST_SIZE
}

const fn may_name_itself(glance: &Glance) -> bool {
    glance.all(SLASH | DOT | SPACE | BRACKET)
}

pub fn find(text: &str, glance: &Glance, finds: &mut Vec<Find>) {
    let found = |span, category| Find { span, category, address: None };
    if may_be_zone(text, glance) && is_zone(text) {
        finds.push(found(0..text.len(), Category::Timezone));
    } else if may_be_language(text, glance) && is_language(text) {
        finds.push(found(0..text.len(), Category::Language));
    } else if may_be_size(text, glance) && is_size(text) {
        finds.push(found(0..text.len(), Category::Screen));
    }
    if !may_name_itself(glance) {
        return;
    }
    let mut at = 0;
    while let Some(start) = PRODUCT.find(&text.as_bytes()[at..]) {
        let start = at + start;
        at = text[start..].find(['"', '\n', '\r', '\t', '|']).map_or(text.len(), |length| start + length);
        finds.push(found(start..at, Category::UserAgent));
    }
}

/// `Europe/Berlin`, `America/Argentina/Salta`
fn is_zone(text: &str) -> bool {
    let Some(place) = AREAS.iter().find_map(|area| text.strip_prefix(area)) else { return false };
    let letter = |byte: u8| byte.is_ascii_alphabetic() || b"_/-".contains(&byte);
    place.starts_with(|c: char| c.is_ascii_uppercase()) && place.len() <= 32 && place.bytes().all(letter)
}

/// `de-DE`, `zh-Hans-CN`
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let region = parts.next_back().unwrap_or_default();
    let script = parts.next();
    let lower = |part: &[u8]| part.iter().all(u8::is_ascii_lowercase);
    matches!(language.len(), 2 | 3)
        && lower(language.as_bytes())
        && region.len() == 2
        && region.bytes().all(|byte| byte.is_ascii_uppercase())
        && script.is_none_or(|script| script.len() == 4 && lower(&script.as_bytes()[1..]))
        && parts.next().is_none()
}

/// `1920x1080`: sides of three or four digits.
fn is_size(text: &str) -> bool {
    let side = |side: &str| matches!(side.len(), 3 | 4) && side.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once(['x', 'X', '\u{d7}']).is_some_and(|(width, height)| side(width) && side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str) -> Vec<(&str, Category)> {
        let mut finds = Vec::new();
        find(text, &Glance::of(text), &mut finds);
        finds.into_iter().map(|find| (&text[find.span], find.category)).collect()
    }

    #[test]
    fn a_browser_is_known_by_what_it_says_of_itself() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(finds(agent), [(agent, Category::UserAgent)]);
        assert_eq!(finds(&format!("a=\"{agent}\",b")), [(agent, Category::UserAgent)]);
        for zone in ["Europe/Berlin", "America/Argentina/Salta", "Africa/Porto-Novo"] {
            assert_eq!(finds(zone), [(zone, Category::Timezone)]);
        }
        assert_eq!(finds("1211x617"), [("1211x617", Category::Screen)]);
        for language in ["de-DE", "zh-Hans-CN", "fil-PH"] {
            assert_eq!(finds(language), [(language, Category::Language)]);
        }
    }

    #[test]
    fn words_are_words() {
        for text in [
            "",
            "de",
            "DE-DE",
            "de-de",
            "x-Ab-CD-EF",
            "see Europe/Berlin",
            "Europe/",
            "Asia/x",
            "Mozilla/5.0",
            "a-B-CD",
            "zh-\u{e9}ab-CN",
            "12x300",
            "1x",
            "100x200x300",
        ] {
            assert!(finds(text).is_empty(), "{text}");
        }
    }
}
