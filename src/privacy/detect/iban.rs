//! International bank account numbers in text.
//!
//! Knows each country's length and the check digits of ISO 13616; does not know banks. Invariant: what is
//! found has the right length and the right remainder.

use super::{Find, digits, next_digit};
use crate::privacy::Category;
use crate::privacy::glance::{Glance, LETTER_AND_DIGIT};

/// Norway's.
const SHORTEST: usize = 15;
/// Whether a text of which this was seen can hold an account number.
pub const fn may_stand(text: &[u8], glance: &Glance) -> bool {
    glance.any(LETTER_AND_DIGIT) && text.len() >= SHORTEST
}

/// Countries with accounts of this form, and how long theirs are.
const LENGTHS: [(usize, &str); 18] = [
    (15, "NO"),
    (16, "BE"),
    (18, "DK FI FO GL NL"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU XK"),
    (21, "CH HR LI LV"),
    (22, "BG BH CR DE GB GE IE ME RS VA"),
    (23, "AE GI IL IQ TL"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "FR GR IT MC MR SM"),
    (28, "AL AZ BY CY DO GT HU LB PL SV"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU"),
    (31, "MT SC"),
    (32, "LC"),
    (33, "RU"),
];

pub fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(digit) = next_digit(text, at) {
        at = digit + digits(text, digit);
        if let Some(start) = digit.checked_sub(2)
            && let Some(end) = read(text, start)
        {
            finds.push(Find { span: start..end, category: Category::Secret, address: None });
            at = end;
        }
    }
}

/// Where the account number that starts at `start` ends.
fn read(text: &[u8], start: usize) -> Option<usize> {
    let alone = |neighbour: Option<&u8>| !neighbour.is_some_and(u8::is_ascii_alphanumeric);
    if !alone(start.checked_sub(1).and_then(|before| text.get(before))) {
        return None;
    }
    let country =
        Some(&text[start..start + 2]).filter(|country| country.iter().all(u8::is_ascii_alphabetic))?;
    let length = length(country)?;
    let (mut account, mut count, mut end) = ([0; 34], 0, start);
    while count < length {
        let byte = *text.get(end)?;
        end += 1;
        match byte {
            // In groups of four, if in any.
            b' ' | b'-' if count > 0 && count % 4 == 0 && text[end - 2].is_ascii_alphanumeric() => {}
            _ if byte.is_ascii_alphanumeric() => {
                account[count] = byte;
                count += 1;
            }
            _ => return None,
        }
    }
    (alone(text.get(end)) && remainder(&account[..length]) == Some(1)).then_some(end)
}

fn length(country: &[u8]) -> Option<usize> {
    let listed = |list: &str| list.split(' ').any(|code| code.as_bytes().eq_ignore_ascii_case(country));
    LENGTHS.iter().find(|(_, countries)| listed(countries)).map(|(length, _)| *length)
}

/// ISO 7064: the first four characters last, letters as 10 to 35, modulo 97.
fn remainder(account: &[u8]) -> Option<u32> {
    account.iter().cycle().skip(4).take(account.len()).try_fold(0, |rest, byte| {
        let value = char::from(*byte).to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}

#[cfg(test)]
mod tests {
    use super::super::stretches;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        stretches(text, find)
    }

    #[test]
    fn account_numbers_are_found() {
        for iban in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "de89370400440532013000",
            "GB29 NWBK 6016 1331 9268 19",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NL91-ABNA-0417-1643-00",
            "CH9300762011623852957",
            "AT611904300234573201",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
            "ES9121000418450200051332",
            "IT60X0542811101000000123456",
            "BE68539007547034",
            "PL61109010140000071219812874",
        ] {
            assert_eq!(found(&format!("Konto: {iban}, danke")), [iban]);
        }
    }

    #[test]
    fn a_wrong_check_length_or_neighbour_is_left_alone() {
        for text in [
            "DE88370400440532013000",
            "DE8937040044053201300",
            "DE893704004405320130001",
            "XDE89370400440532013000",
            "ZZ89370400440532013000",
            "DE89 37 04 0044 0532 0130 00",
            "DE89",
            "12345678901234567890",
            "no12",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
