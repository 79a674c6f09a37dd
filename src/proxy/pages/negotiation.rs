//! What a browser would rather have: languages and media types, by their weights.
//!
//! Knows RFC 9110 §12 and the lookup of RFC 4647 §3.4; does not know which languages there are. Invariant: what is
//! garbage in a header weighs nothing, and there is always a language.

use http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderName};

use crate::config::pages::Language;

/// More wishes than this are not read.
const MOST: usize = 64;

/// The language to speak: one that was picked, else the best of those the browser asks for, else the first.
pub fn language<'l>(picked: Option<&str>, headers: &HeaderMap, languages: &'l [Language]) -> &'l Language {
    let find = |range: &str| lookup(range, languages);
    if let Some(language) = picked.and_then(find) {
        return language;
    }
    let wishes = wishes(headers, ACCEPT_LANGUAGE);
    let refused = |language: &Language| {
        wishes.iter().any(|(range, weight)| *weight == 0 && language.tag.eq_ignore_ascii_case(range))
    };
    let spoken = wishes.iter().filter(|(_, weight)| *weight > 0).find_map(|(range, _)| match *range {
        "*" => languages.iter().find(|language| !refused(language)),
        range => find(range).filter(|language| !refused(language)),
    });
    spoken.unwrap_or(&languages[0])
}

/// Whether a program asks, rather than a person.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let wishes = wishes(headers, ACCEPT);
    let weight = |kind: &str, all: &str| {
        let of = |wanted: &str| wishes.iter().find(|(range, _)| range.eq_ignore_ascii_case(wanted));
        of(kind).or(of(all)).or(of("*/*")).map_or(0, |(_, weight)| *weight)
    };
    weight("application/json", "application/*") > weight("text/html", "text/*")
}

/// The language of a range: itself, a shorter form of it, or a longer one where there is no other.
fn lookup<'l>(range: &str, languages: &'l [Language]) -> Option<&'l Language> {
    let pieces = range.split('-').collect::<Vec<_>>();
    let exact = |length: usize| {
        let tag = pieces[..length].join("-");
        languages.iter().find(|language| language.tag.eq_ignore_ascii_case(&tag))
    };
    let longer =
        |language: &&Language| language.tag.split('-').next() == Some(&pieces[0].to_ascii_lowercase());
    (1..=pieces.len()).rev().find_map(exact).or_else(|| languages.iter().find(longer))
}

/// The elements of a list with their weights in thousandths, the heaviest first.
fn wishes(headers: &HeaderMap, name: HeaderName) -> Vec<(&str, u16)> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    let elements = lines.flat_map(|line| line.split(',')).take(MOST);
    let mut wishes: Vec<_> = elements.filter_map(wish).collect();
    wishes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    wishes
}

fn wish(element: &str) -> Option<(&str, u16)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let given = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    Some((range, given.map_or(Some(1000), weight)?))
}

/// `0`, `1`, and up to three decimals between them.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let plain = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| plain)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::pages::Pages;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        [(name, value.parse().unwrap())].into_iter().collect()
    }

    fn spoken(picked: Option<&str>, accepted: &str) -> String {
        let languages = Pages::default().languages;
        language(picked, &headers(ACCEPT_LANGUAGE, accepted), &languages).tag.clone()
    }

    #[test]
    fn the_heaviest_language_that_is_spoken_is_taken() {
        for (accepted, expected) in [
            ("de", "de"),
            ("de-CH", "de"),
            ("zh-Hant-TW, fr;q=0.3, nl;q=0.7", "nl"),
            ("en;q=0.1, it;q=0.9", "it"),
            ("pl, cs;q=0.9", "en"),
            ("pl, *;q=0.5", "en"),
            ("*, en;q=0", "de"),
            ("en-GB, de;q=1", "en"),
            ("FR-fr", "fr"),
            ("es;q=0.001, de;q=0.0001, nl;q=2", "es"),
            ("es;q=x, , ;q=1, it ; q=0.5", "it"),
            ("", "en"),
        ] {
            assert_eq!(spoken(None, accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn a_language_that_was_picked_wins_where_it_is_spoken() {
        assert_eq!(spoken(Some("fr"), "de"), "fr");
        assert_eq!(spoken(Some("fr-CA"), "de"), "fr");
        assert_eq!(spoken(Some("xx"), "de"), "de");
        assert_eq!(spoken(Some("<script>"), "de"), "de");
    }

    #[test]
    fn a_longer_form_serves_where_there_is_no_other() {
        let mut languages = Pages::default().languages.to_vec();
        languages[3].tag = "pt-br".to_owned();
        let wish = headers(ACCEPT_LANGUAGE, "pt, de;q=0.5");
        assert_eq!(language(None, &wish, &languages).tag, "pt-br");
    }

    #[test]
    fn json_is_for_those_who_would_rather_have_it() {
        for (accepted, json) in [
            ("application/json", true),
            ("application/json, text/html;q=0.5", true),
            ("application/*", true),
            ("text/html, application/json", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("application/json;q=0.2, */*;q=0.1", true),
            ("application/json;q=0", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(wants_json(&headers(ACCEPT, accepted)), json, "{accepted}");
        }
    }
}
