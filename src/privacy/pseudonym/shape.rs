//! The shapes that vendors' parsers expect of an identifier, and how each is filled anew.
//!
//! Knows UUIDs, hex, ULIDs, tokens in base64 and the like, words and numbers; does not know keys. Invariant: what of
//! a value stays is its length, its alphabets and its separators, never which letter of an alphabet stood where.

use std::borrow::Cow;

use super::dice::Dice;
use super::number;

/// Longer values keep no more than so many characters.
pub const MOST: usize = 128;
/// From this length on, upper and lower case mixed are a token and no words.
const TOKEN: usize = 16;
/// From this length on, letters from `a` to `f` are hex and no word.
const HEX_WORD: usize = 8;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
/// The base 32 of ULIDs: without I, L, O and U.
const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What an identifier looks like, with what of it is needed to make another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'v> {
    Hex(Hex<'v>),
    /// 26 signs, the first ten of them a time.
    Ulid {
        value: &'v str,
        upper: bool,
    },
    /// Base 64, its relatives, and what generators of short ids make.
    Token {
        length: usize,
        /// `=` at the end.
        padding: usize,
    },
    Words(&'v str),
}

/// Hex digits of one case, perhaps with dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<'v> {
    spelled: &'v str,
    upper: bool,
}

impl<'v> Shape<'v> {
    /// The shape of a value in ASCII.
    pub fn of(value: &'v str) -> Self {
        let value = &value[..value.len().min(MOST)];
        if let Some(hex) = Hex::of(value) {
            return Self::Hex(hex);
        }
        if is_ulid(value) {
            return Self::Ulid { value, upper: value.bytes().any(|byte| byte.is_ascii_uppercase()) };
        }
        let bare = value.trim_end_matches('=');
        let is_token = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte));
        let mixed = has(bare, u8::is_ascii_lowercase) && has(bare, u8::is_ascii_uppercase);
        let padding = value.len() - bare.len();
        if is_token && padding <= 2 && (mixed && value.len() >= TOKEN || padding > 0) {
            return Self::Token { length: bare.len(), padding };
        }
        Self::Words(value)
    }

    /// What the value says, whatever its spelling.
    pub fn said(&self, value: &'v str) -> Cow<'v, str> {
        match self {
            Self::Hex(hex) => hex.digits().into(),
            Self::Ulid { value, .. } => value.to_ascii_uppercase().into(),
            Self::Token { .. } | Self::Words(_) => value.into(),
        }
    }

    /// Another value of the shape.
    pub fn made(&self, dice: &mut Dice) -> String {
        match self {
            Self::Hex(hex) => hex.made(dice),
            Self::Ulid { upper, .. } => ulid(*upper, dice),
            Self::Token { length, padding } => token(*length, *padding, dice),
            Self::Words(value) => words(value, dice),
        }
    }
}

impl<'v> Hex<'v> {
    /// Digits alone are a number, and few letters alone a word.
    pub fn of(value: &'v str) -> Option<Self> {
        let bare = || value.bytes().filter(|byte| *byte != b'-');
        let upper = bare().any(|byte| byte.is_ascii_uppercase());
        let one_case = bare().all(|byte| byte.is_ascii_hexdigit() && !(upper && byte.is_ascii_lowercase()));
        let letters = bare().any(|byte| byte.is_ascii_alphabetic());
        let digits = bare().any(|byte| byte.is_ascii_digit()) || value.len() >= HEX_WORD;
        (one_case && letters && digits).then_some(Self { spelled: value, upper })
    }

    fn digits(&self) -> String {
        let mut digits = self.spelled.replace('-', "");
        digits.make_ascii_lowercase();
        digits
    }

    /// The version, if it is a UUID (RFC 9562), with dashes or without.
    fn uuid_version(&self) -> Option<u8> {
        let digits = || self.spelled.bytes().filter(|byte| *byte != b'-');
        let dashes = || self.spelled.bytes().zip(0..).filter(|(byte, _)| *byte == b'-').map(|(_, at)| at);
        let placed = digits().count() == 32 && (dashes().next().is_none() || dashes().eq([8, 13, 18, 23]));
        let version = digits().nth(12).filter(|version| (b'1'..=b'8').contains(version))?;
        let variant = digits().nth(16).is_some_and(|variant| b"89abAB".contains(&variant));
        (placed && variant).then_some(version)
    }

    /// A UUID keeps its version and variant. One of version 7 begins with a time, which is not the visitor's.
    fn made(&self, dice: &mut Dice) -> String {
        let version = self.uuid_version();
        let time = (version == Some(b'7')).then(|| format!("{:012x}", dice.time()));
        let (mut index, mut made) = (0, String::with_capacity(self.spelled.len()));
        made.extend(self.spelled.chars().map(|char| {
            if char == '-' {
                return char;
            }
            index += 1;
            let of_time = time.as_ref().and_then(|time| time.as_bytes().get(index - 1));
            match (index - 1, of_time) {
                (_, Some(digit)) => char::from(*digit),
                (12, _) if version.is_some() => char,
                (16, _) if version.is_some() => dice.of(b"89ab"),
                _ => dice.of(b"0123456789abcdef"),
            }
        }));
        if self.upper { made.to_ascii_uppercase() } else { made }
    }
}

fn is_ulid(value: &str) -> bool {
    let one_case = !(has(value, u8::is_ascii_lowercase) && has(value, u8::is_ascii_uppercase));
    let letters = value.bytes().all(|byte| CROCKFORD.contains(&byte.to_ascii_uppercase()));
    let alphabets = has(value, u8::is_ascii_digit) && has(value, u8::is_ascii_alphabetic);
    value.len() == 26 && one_case && letters && alphabets && matches!(value.as_bytes()[0], b'0'..=b'7')
}

fn ulid(upper: bool, dice: &mut Dice) -> String {
    let time = dice.time();
    let of_time = (0..10).rev().map(|place| char::from(CROCKFORD[(time >> (5 * place)) as usize & 31]));
    let made: String =
        of_time.collect::<Vec<_>>().into_iter().chain((0..16).map(|_| dice.of(CROCKFORD))).collect();
    if upper { made } else { made.to_ascii_lowercase() }
}

/// Letters and digits alone: they are in the alphabet of every kind of base 64 and of every generator.
fn token(length: usize, padding: usize, dice: &mut Dice) -> String {
    let all = [UPPER, LOWER, DIGITS].concat();
    // The last sign of base 64 holds bits past the end, which are none.
    let last: &[u8] = match length % 4 {
        2 => b"AQgw",
        3 => b"AEIMQUYcgkosw048",
        _ => &all,
    };
    let mut made: String = (1..length).map(|_| dice.of(&all)).collect();
    made.extend((length > 0).then(|| dice.of(last)));
    made.extend((0..padding).map(|_| '='));
    made
}

/// Runs of letters and digits by runs of the same alphabets, what stands between them as it is.
fn words(value: &str, dice: &mut Dice) -> String {
    let mut made = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (run, after) = rest.split_at(length.max(first.len_utf8()));
        match length {
            0 => made.push(first),
            _ if run.bytes().all(|byte| byte.is_ascii_digit()) => number::replace(run, dice, &mut made),
            _ => {
                let alphabet = alphabet(run);
                made.extend((0..length).map(|_| dice.of(&alphabet)));
            }
        }
        rest = after;
    }
    made
}

fn alphabet(run: &str) -> Vec<u8> {
    let kinds = [LOWER, UPPER, DIGITS].into_iter();
    let there = kinds.filter(|letters| run.bytes().any(|byte| letters.contains(&byte)));
    there.flatten().copied().collect()
}

fn has(value: &str, is: fn(&u8) -> bool) -> bool {
    value.bytes().any(|byte| is(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::dice::Seed;
    use super::*;

    /// The end of 2025, as an epoch's beginning.
    const BEGINS: u64 = 1_767_139_200;

    fn made(value: &str) -> String {
        Shape::of(value).made(&mut Dice::new(&Seed::new([5; 32], BEGINS), 0, 0))
    }

    /// Milliseconds as the first digits of a UUID of version 7 have them.
    fn time_of_v7(uuid: &str) -> u64 {
        u64::from_str_radix(&uuid.replace('-', "")[..12], 16).unwrap_or(0)
    }

    #[test]
    fn a_uuid_keeps_its_version_variant_case_and_dashes() {
        for value in [
            "3f2a7c10-9b1e-11ee-8c90-0242ac120002",
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            "8F14E45F-CEEA-467F-A8D1-0FDC2B7F77AA",
            "8f14e45fceea467fa8d10fdc2b7f77aa",
            "018f14e4-5fce-7a46-a8d1-0fdc2b7f77aa",
        ] {
            let made = made(value);
            let digits = |text: &str| text.replace('-', "").to_ascii_lowercase();
            assert_eq!(digits(&made).as_bytes()[12], digits(value).as_bytes()[12], "{made}");
            assert!(b"89ab".contains(&digits(&made).as_bytes()[16]), "{made}");
            assert_eq!(Hex::of(&made).map(|hex| hex.upper), Hex::of(value).map(|hex| hex.upper));
            let dashes = |text: &str| text.match_indices('-').map(|(at, _)| at).collect::<Vec<_>>();
            assert_eq!(dashes(&made), dashes(value));
        }
    }

    #[test]
    fn the_time_in_a_stand_in_is_not_the_visitors_but_of_the_hours_before_the_epoch() {
        let value = "018f14e4-5fce-7a46-a8d1-0fdc2b7f77aa";
        let time = time_of_v7(&made(value));
        assert!(((BEGINS - 5 * 3600) * 1000..=BEGINS * 1000).contains(&time), "{time}");
        let ulid = made("01HX2E4QZ8ABCDEFGHJKMNPQRS");
        let digit = |char| CROCKFORD.iter().position(|byte| char::from(*byte) == char).unwrap_or(0) as u64;
        let time = ulid.chars().take(10).fold(0, |time, char| time << 5 | digit(char));
        assert!(((BEGINS - 5 * 3600) * 1000..=BEGINS * 1000).contains(&time), "{ulid}");
    }

    #[test]
    fn a_ulid_stays_one() {
        for value in ["01HX2E4QZ8ABCDEFGHJKMNPQRS", "01hx2e4qz8abcdefghjkmnpqrs"] {
            let made = made(value);
            assert!(is_ulid(&made) && made != value, "{made}");
            assert_eq!(has(&made, u8::is_ascii_uppercase), has(value, u8::is_ascii_uppercase));
        }
    }

    #[test]
    fn base_64_stays_readable_and_of_its_length() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        let bytes: Vec<u8> = (0..64).map(|number: u8| number.wrapping_mul(37)).collect();
        for length in 12..64 {
            let padded = STANDARD.encode(&bytes[..length]);
            let made_padded = made(&padded);
            assert_eq!(made_padded.len(), padded.len());
            assert_eq!(STANDARD.decode(&made_padded).map(|bytes| bytes.len()), Ok(length), "{made_padded}");
            for plain in [STANDARD_NO_PAD.encode(&bytes[..length]), URL_SAFE_NO_PAD.encode(&bytes[..length])]
            {
                let made = made(&plain);
                assert_eq!(
                    STANDARD_NO_PAD.decode(&made).map(|bytes| bytes.len()),
                    Ok(length),
                    "{plain}: {made}"
                );
            }
        }
    }

    #[test]
    fn the_places_of_letters_and_digits_in_a_token_do_not_stay() {
        let classes = |text: &str| text.bytes().map(|byte| byte.is_ascii_uppercase()).collect::<Vec<_>>();
        for value in ["V1StGXR8_Z5jdHi6B-myT", "dGhpc0lzQVNlY3JldFRva2Vu", "aBcDeFgHiJ"] {
            assert_ne!(classes(&made(value)), classes(value), "{value}");
            assert_eq!(made(value).len(), value.len());
        }
    }

    #[test]
    fn words_and_numbers_keep_their_alphabets_and_separators() {
        let made = made("jane-doe.0042!X9");
        let form: String = made
            .chars()
            .map(|char| match char {
                'a'..='z' => 'a',
                '0'..='9' => '9',
                other => other,
            })
            .collect();
        assert!(form.starts_with("aaaa-aaa.9999!") && made.len() == 16, "{made}");
    }

    #[test]
    fn the_alphabet_of_an_identifier_stays() {
        for (value, alphabet) in [
            ("cjld2cjxh0000qzrmn831i7rn", "0123456789abcdefghijklmnopqrstuvwxyz"),
            ("ABCDEFGHIJ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            ("deadbeefdeadbeef", "0123456789abcdef"),
            ("0123456789ABCDEF", "0123456789ABCDEF"),
        ] {
            let made = made(value);
            assert!(made.chars().all(|char| alphabet.contains(char)) && made.len() == value.len(), "{made}");
        }
        assert_eq!(made(&"x".repeat(1000)).len(), MOST);
    }
}
