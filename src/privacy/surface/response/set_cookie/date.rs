//! A date in a cookie, as browsers read it.
//!
//! Knows RFC 6265 §5.1.1, which finds a date in almost anything; does not know today. Invariant: what no browser takes
//! for a date is none.

use std::ops::RangeInclusive;

use cookie::time::{Date, Month};

/// The year in which a browser's calendar begins.
const FIRST_YEAR: i32 = 1601;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Seconds since 1970.
pub fn read(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter) {
        // Of what it can be, each token is the first that is still missing.
        let _ = fill(&mut time, || self::time(token))
            || fill(&mut day, || number(token, 1..=2))
            || fill(&mut month, || self::month(token))
            || fill(&mut year, || number(token, 2..=4));
    }
    let (year, [hour, minute, second]) = (in_full(year?), time?);
    let date = Date::from_calendar_date(year.into(), month?, day?.try_into().ok()?).ok()?;
    let moment = date.with_hms(hour, minute, second).ok()?;
    (date.year() >= FIRST_YEAR).then(|| moment.assume_utc().unix_timestamp())
}

fn fill<T>(part: &mut Option<T>, read: impl FnOnce() -> Option<T>) -> bool {
    let missing = part.is_none();
    if missing {
        *part = read();
    }
    missing && part.is_some()
}

/// What stands between tokens: every sign of ASCII but digits, letters, the colon and most control characters.
const fn is_delimiter(sign: char) -> bool {
    matches!(sign, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// `8:49:37`, and whatever follows that is no digit.
fn time(token: &str) -> Option<[u8; 3]> {
    let mut fields = token.splitn(3, ':');
    let [hour, minute, second] = [fields.next()?, fields.next()?, fields.next()?];
    let whole = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit());
    if !whole(hour) || !whole(minute) {
        return None;
    }
    let field = |field| u8::try_from(number(field, 1..=2)?).ok();
    Some([field(hour)?, field(minute)?, field(second)?])
}

/// The first three letters of a name.
fn month(token: &str) -> Option<Month> {
    let beginning = token.get(..3)?;
    let index = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(beginning))?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

/// The digits that a token begins with, if they are so many.
fn number(token: &str, many: RangeInclusive<usize>) -> Option<u16> {
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    if many.contains(&digits) { token[..digits].parse().ok() } else { None }
}

/// Two digits are a year from 1970 to 2069.
const fn in_full(year: u16) -> u16 {
    match year {
        0..=69 => year + 2000,
        70..=99 => year + 1900,
        _ => year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_found_in_every_form_that_browsers_find_it_in() {
        for text in [
            "Tue, 14 Nov 2023 22:13:20 GMT",
            "Tuesday, 14-Nov-23 22:13:20 GMT",
            "Tue Nov 14 22:13:20 2023",
            "14 NOVEMBER 2023 22:13:20",
            "22:13:20 14 nov 2023",
            "2023 Nov 14 22:13:20 +0200",
            "(14)/Nov_2023@22:13:20.999Z",
            "14 Nov 2023 22:13:20:59",
            "14th Nov 2023A 22:13:20pm",
            "\tTue;14;Nov;23;22:13:20;1999;Jan",
        ] {
            assert_eq!(read(text), Some(1_700_000_000), "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_one_of_a_hundred_years_from_1970_on() {
        for (year, seconds) in [
            ("70", 0),
            ("99", 915_148_800),
            ("00", 946_684_800),
            ("69", 3_124_224_000),
            ("070", 0),
            ("1601", -11_644_473_600),
        ] {
            assert_eq!(read(&format!("1 Jan {year} 0:0:0")), Some(seconds), "{year}");
        }
    }

    #[test]
    fn what_lacks_a_part_or_is_in_no_calendar_is_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "14 Nov 2023",
            "Nov 2023 22:13:20",
            "14 2023 22:13:20",
            "14 Nov 22:13:20",
            "14 Nov 2023 22:13",
            "14 Nov 2023 22:13:",
            "14 Nov 2023 222:13:20",
            "14 Nov 2023 22:13:200",
            "14 Nov 2023 24:00:00",
            // The first time decides, as wrong as it is.
            "14 Nov 2023 25:13:20 22:13:20",
            "14 Nov 2023 22:60:00",
            "14 Nov 2023 22:00:60",
            "0 Nov 2023 22:13:20",
            "31 Nov 2023 22:13:20",
            "29 Feb 2023 22:13:20",
            "14 Nov 1600 22:13:20",
            "14 Nov 20231 22:13:20",
            "14 Növ 2023 22:13:20",
            "1700000000",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
