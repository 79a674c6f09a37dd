//! Lists in headers: offers of a socket, languages and types by weight, what caches are told, tags; and dates.
//!
//! A first byte chooses what is read; each line is a header of the name.
#![no_main]

use std::sync::LazyLock;

use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, VARY,
};
use http::{Method, Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use privet::config::pages::{Language, Pages};
use privet::privacy::surface::response::read_date;
use privet::proxy::cache::Asked;
use privet::proxy::cache::freshness::{Wish, lifetime};
use privet::proxy::offers::are_plain;
use privet::proxy::pages::negotiation::{language, wants_json};

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| Pages::default().languages.to_vec());

/// Sun, 06 Nov 1994 08:49:37 GMT
const NOW: u64 = 784_111_777;
/// More seconds than this are as good as so many.
const LONGEST: u64 = 1 << 31;

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').take(8).collect();
    match first & 7 {
        0 => offers(&SEC_WEBSOCKET_EXTENSIONS, &lines),
        1 => offers(&SEC_WEBSOCKET_PROTOCOL, &lines),
        // A line that is no text weighs nothing, all of it.
        2 => languages(&lines.into_iter().filter(|line| line.is_ascii()).collect::<Vec<_>>()),
        3 => types(&lines.into_iter().filter(|line| line.is_ascii()).collect::<Vec<_>>()),
        4 => caches(&lines),
        5 => tags(&lines),
        _ => std::str::from_utf8(text).into_iter().for_each(date),
    }
});

/// The lines that are headers.
fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let values = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.fold(HeaderMap::new(), |mut headers, value| {
        headers.append(name, value);
        headers
    })
}

/// The same in one line (RFC 9110 §5.3).
fn joined(name: &HeaderName, headers: &HeaderMap) -> HeaderMap {
    let values: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    self::headers(name, &[&values.join(&b", "[..])])
}

fn offers(name: &HeaderName, lines: &[&[u8]]) {
    let offered = headers(name, lines);
    let are_read = are_plain(&offered).is_ok();
    assert_eq!(are_plain(&joined(name, &offered)).is_ok(), are_read, "{offered:?} in one line");
    let mut more = offered.clone();
    more.append(name, HeaderValue::from_static(" ,\t,"));
    assert_eq!(are_plain(&more).is_ok(), are_read, "{offered:?} and nothing");
    more.append(name, HeaderValue::from_static("no token"));
    assert!(are_plain(&more).is_err(), "{more:?}");
    if are_read {
        let letter = |byte: &u8| byte.is_ascii_graphic() || b" \t".contains(byte);
        for value in &offered.get_all(name) {
            assert!(value.as_bytes().iter().all(letter), "{offered:?}");
            more = offered.clone();
            more.append(name, value.clone());
            let is_empty = value.as_bytes().iter().all(|byte| b" \t,".contains(byte));
            let is_twice = *name == SEC_WEBSOCKET_PROTOCOL && !is_empty;
            assert_eq!(are_plain(&more).is_err(), is_twice, "{more:?}");
        }
    }
}

fn languages(lines: &[&[u8]]) {
    let wishes = headers(&ACCEPT_LANGUAGE, lines);
    let spoken = &language(None, &wishes, &LANGUAGES).tag;
    assert_eq!(
        spoken,
        &language(None, &joined(&ACCEPT_LANGUAGE, &wishes), &LANGUAGES).tag,
        "{wishes:?} in one line"
    );
    let louder: Vec<Vec<u8>> = lines.iter().map(|line| line.to_ascii_uppercase()).collect();
    let louder = headers(&ACCEPT_LANGUAGE, &louder.iter().map(|line| &line[..]).collect::<Vec<_>>());
    assert_eq!(spoken, &language(None, &louder, &LANGUAGES).tag, "{wishes:?} in capitals");
    for picked in LANGUAGES.iter() {
        assert_eq!(language(Some(&picked.tag), &wishes, &LANGUAGES).tag, picked.tag, "{wishes:?}");
    }
}

fn types(lines: &[&[u8]]) {
    let wishes = headers(&ACCEPT, lines);
    let json = wants_json(&wishes);
    assert_eq!(wants_json(&joined(&ACCEPT, &wishes)), json, "{wishes:?} in one line");
    let may_mean = |range: &[u8]| range == b"*/*" || range.eq_ignore_ascii_case(b"app");
    let named = lines.iter().any(|line| line.windows(3).any(may_mean));
    assert!(!json || named, "{wishes:?} names no JSON");
}

fn caches(lines: &[&[u8]]) {
    let mut answer = headers(&CACHE_CONTROL, lines.get(2..).unwrap_or_default());
    for (name, line) in [DATE, EXPIRES].into_iter().zip(lines) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            answer.insert(name, value);
        }
    }
    let kept = |headers: &HeaderMap, now| lifetime(StatusCode::OK, headers, now);
    let wish = Wish::of(&Method::GET, &answer).expect("any cache may help");
    assert!((0..9).all(|age| !wish.takes(age + 1) || wish.takes(age)), "{answer:?}");
    for word in ["no-store", "Private", " NO-CACHE ", "private=\"x-mine\""] {
        let mut more = answer.clone();
        more.append(CACHE_CONTROL, HeaderValue::from_static(word));
        assert_eq!(kept(&more, NOW), None, "{more:?}");
    }
    let mut varied = answer.clone();
    varied.append(VARY, HeaderValue::from_static("accept-encoding, Cookie"));
    assert_eq!(kept(&varied, NOW), None, "{varied:?}");
    let Some((left, age)) = kept(&answer, NOW) else { return };
    let left = left.as_secs();
    assert!(left > 0 && age < left + age, "{answer:?}");
    if answer.contains_key(CACHE_CONTROL) && !answer.contains_key(EXPIRES) {
        assert!(left + age <= LONGEST, "{answer:?} is kept for {left}");
    }
    // What was made at some time is as old as it is.
    let made = answer.get(DATE).and_then(|date| read_date(date.to_str().ok()?));
    if made.is_some_and(|made| u64::try_from(made).is_ok_and(|made| made <= NOW)) {
        assert_eq!(kept(&answer, NOW + left), None, "{answer:?} is fresh for ever");
        assert!(kept(&answer, NOW + left - 1).is_some(), "{answer:?} is stale too soon");
    }
}

/// A tag that a browser holds is found beside others, weak or not, and no other one is.
fn tags(lines: &[&[u8]]) {
    const TAG: &str = "\"0123abcd\"";
    let tag = HeaderValue::from_static(TAG);
    let holds = |headers: &HeaderMap| {
        let mut head = Request::new(()).into_parts().0;
        head.headers = headers.clone();
        Asked::of(&head).holds(&tag)
    };
    // A line that is no text is left out, all of it.
    let lines: Vec<&[u8]> = lines.iter().copied().filter(|line| line.is_ascii()).collect();
    let held = headers(&IF_NONE_MATCH, &lines);
    let found = holds(&held);
    assert_eq!(holds(&joined(&IF_NONE_MATCH, &held)), found, "{held:?} in one line");
    let says =
        |word: &str| lines.iter().any(|line| line.windows(word.len()).any(|some| some == word.as_bytes()));
    assert!(!found || says(TAG) || says("*"), "{held:?}");
    for word in [TAG, "W/\"0123abcd\"", "*", "\"x\", \"0123abcd\""] {
        let mut more = held.clone();
        more.append(IF_NONE_MATCH, HeaderValue::from_static(word));
        assert!(holds(&more), "{more:?}");
    }
}

/// What was read is read again from the form that RFC 9110 §5.6.7 asks for.
fn date(text: &str) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(seconds) = read_date(text) else { return };
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    assert!((1601..=9999).contains(&year), "{text:?} is in {year}");
    let month = MONTHS[usize::try_from(month - 1).expect("a month")];
    let plain = format!(
        "{day:02} {month} {year} {:02}:{:02}:{:02} GMT",
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    assert_eq!(read_date(&plain), Some(seconds), "{text:?} is {plain}");
    let year = year.to_string();
    let said = text.contains(&year) || text.contains(&year[2..]);
    assert!(said, "{text:?} is {plain}");
}

/// Year, month and day of so many days after 1970-01-01 in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}
