//! Keyed stand-ins for identifiers: same value, epoch, site and vendor, same stand-in, in the same shape.
//!
//! Knows the shapes that vendors' parsers expect, not where a value stood. Values come decoded. Invariant:
//! without the key, which is forgotten with its epoch, a stand-in tells nothing of the value but its shape.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::category::Category;
use super::epoch::Key;

/// Longer values keep no more than so many characters, longer hex no more than so many digits.
const MOST: usize = 64;
const HEX_MOST: usize = 128;
/// Length of the stand-in of what has no shape worth keeping.
const OPAQUE: usize = 32;
/// How often a stand-in that happens to hold the value is thrown again.
const THROWS: u32 = 8;
/// The part of a UUID of version 7 that tells its time to five hours.
const HOURS_OF_V7: usize = 6;

/// The stand-ins of one site's visitors for one vendor in one epoch.
#[derive(Clone)]
pub struct Pseudonyms {
    mac: Hmac<Sha256>,
}

impl Pseudonyms {
    pub fn new(key: &Key, epoch: u64, site: &str, vendor: &str) -> Self {
        let mut mac = keyed(key.bytes());
        mac.update(&epoch.to_be_bytes());
        absorb(&mut mac, site.as_bytes());
        absorb(&mut mac, vendor.as_bytes());
        Self { mac }
    }

    /// What stands in for a value. Nothing stands in for nothing.
    pub fn stand_in(&self, category: Category, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        let letters = value.bytes().any(|byte| byte.is_ascii_alphanumeric());
        // A person's name, address or number never becomes somebody else's.
        if category == Category::Contact || !value.is_ascii() || value.contains('@') || !letters {
            return self.throw(category, value, value, |dice| (0..OPAQUE).map(|_| dice.hex(false)).collect());
        }
        let (prefix, rest) = split_prefix(value);
        let session = prefix.starts_with("GS");
        if session || is_composite(rest) {
            return prefix.to_owned() + &self.by_parts(category, rest, session);
        }
        prefix.to_owned() + &self.part(category, rest)
    }

    /// Each part by itself, so that an id is the same in a cookie that holds more than the id.
    fn by_parts(&self, category: Category, value: &str, session: bool) -> String {
        value.split_inclusive(is_separator).fold(String::new(), |done, part| {
            let (part, separator) = part.split_at(part.trim_end_matches(is_separator).len());
            // `s1795321900`: a letter that says what the number is.
            let name = usize::from(session && part.starts_with(|first: char| first.is_ascii_lowercase()));
            done + &part[..name] + &self.part(category, &part[name..]) + separator
        })
    }

    fn part(&self, category: Category, value: &str) -> String {
        match Hex::of(value) {
            _ if value.is_empty() => String::new(),
            Some(hex) => {
                let uuid = hex.uuid_version();
                let kept =
                    if uuid == Some(b'7') && category == Category::SessionId { HOURS_OF_V7 } else { 0 };
                self.throw(category, value, &hex.digits(), |dice| hex.replaced(dice, uuid.is_some(), kept))
            }
            None => self.throw(category, value, value, |dice| replaced(value, dice)),
        }
    }

    /// A stand-in that does not hold the value it stands for, made from what the value says.
    fn throw(
        &self,
        category: Category,
        value: &str,
        said: &str,
        make: impl Fn(&mut Dice) -> String,
    ) -> String {
        let mut mac = self.mac.clone();
        absorb(&mut mac, category.name().as_bytes());
        absorb(&mut mac, said.as_bytes());
        let throw = |number: u32| make(&mut Dice::new(mac.clone(), number));
        (0..THROWS).map(throw).find(|made| !made.contains(value)).unwrap_or_else(|| throw(THROWS))
    }
}

/// Keeps what names the format and the level of the domain: `GA1.1.`, `fb.1.`, `$device:`.
fn split_prefix(value: &str) -> (&str, &str) {
    const FORMATS: [&str; 4] = ["GA1.", "GS1.", "GS2.", "fb."];
    const NAMES: [&str; 3] = ["$device:", "urn:uuid:", "amp-"];
    let level = |format: &&str| {
        let rest = value.strip_prefix(*format)?;
        let level = rest.find('.').filter(|&at| at < 4)?;
        let is_level = rest[..level].bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        is_level.then_some(format.len() + level + 1)
    };
    let name = |name: &&str| value.starts_with(*name).then_some(name.len());
    let length = FORMATS.iter().find_map(level).or_else(|| NAMES.iter().find_map(name));
    value.split_at(length.unwrap_or(0))
}

/// Numbers and hex identifiers in a row, like `1830572291.1795321900`.
fn is_composite(value: &str) -> bool {
    let mut parts = value.split(is_separator);
    let id = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit()) || (part.len() >= 8 && Hex::of(part).is_some())
    };
    value.contains(is_separator) && parts.all(id)
}

fn is_separator(char: char) -> bool {
    matches!(char, '.' | '$' | '|' | '~' | ':' | '!')
}

/// Hex digits of one case, perhaps with dashes.
struct Hex<'v> {
    spelled: &'v str,
    upper: bool,
}

impl<'v> Hex<'v> {
    /// Digits alone are a number, and letters alone a word.
    fn of(value: &'v str) -> Option<Self> {
        let bare = || value.bytes().filter(|byte| *byte != b'-');
        let upper = bare().any(|byte| byte.is_ascii_uppercase());
        let one_case = bare().all(|byte| byte.is_ascii_hexdigit() && !(upper && byte.is_ascii_lowercase()));
        let letters = bare().any(|byte| byte.is_ascii_alphabetic());
        let digits = bare().any(|byte| byte.is_ascii_digit()) || value.len() >= 16;
        (one_case && letters && digits && value.len() <= HEX_MOST).then_some(Self { spelled: value, upper })
    }

    /// What it is, whatever its case and dashes.
    fn digits(&self) -> String {
        self.spelled.replace('-', "").to_ascii_lowercase()
    }

    /// The version, if it is a UUID (RFC 9562), with dashes or without.
    fn uuid_version(&self) -> Option<u8> {
        let digits = self.digits();
        let dashes: Vec<usize> = self.spelled.match_indices('-').map(|(at, _)| at).collect();
        let placed = digits.len() == 32 && (dashes.is_empty() || dashes == [8, 13, 18, 23]);
        let version = *digits.as_bytes().get(12).filter(|version| (b'1'..=b'8').contains(*version))?;
        let variant = digits.as_bytes().get(16).is_some_and(|variant| b"89ab".contains(variant));
        (placed && variant).then_some(version)
    }

    fn replaced(&self, dice: &mut Dice, uuid: bool, kept: usize) -> String {
        let mut index = 0;
        self.spelled
            .chars()
            .map(|char| {
                if char == '-' {
                    return char;
                }
                index += 1;
                match index - 1 {
                    at if at < kept => char,
                    12 if uuid => char,
                    16 if uuid => dice.variant(self.upper),
                    _ => dice.hex(self.upper),
                }
            })
            .collect()
    }
}

/// Every letter by a letter of its case, every number by a number of its length, all else as it is.
fn replaced(value: &str, dice: &mut Dice) -> String {
    let mut made = String::with_capacity(value.len().min(MOST));
    let mut rest = &value[..value.len().min(MOST)];
    while let Some(first) = rest.bytes().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            number(&rest.as_bytes()[..digits], dice, &mut made);
        } else {
            made.push(match first {
                b'a'..=b'z' => char::from(b'a' + dice.below(26)),
                b'A'..=b'Z' => char::from(b'A' + dice.below(26)),
                other => char::from(other),
            });
        }
        rest = &rest[digits.max(1)..];
    }
    made
}

/// A number of as many digits that no parser finds too large: its first digit is lower, or 1.
fn number(digits: &[u8], dice: &mut Dice, made: &mut String) {
    // Ten or thirteen digits from 1 may be a time: it becomes another, and never one to come.
    let time = matches!(digits.len(), 10 | 13) && digits[0] == b'1';
    for (at, digit) in digits.iter().enumerate() {
        let value = match at {
            _ if digits.len() == 1 => dice.below(10),
            0 if *digit == b'0' => dice.below(10),
            0 => 1 + dice.below((digit - b'0').saturating_sub(1).max(1)),
            1 if time => dice.below(7),
            _ => dice.below(10),
        };
        made.push(char::from(b'0' + value));
    }
}

/// A stream of even throws made from a keyed hash.
struct Dice {
    mac: Hmac<Sha256>,
    block: [u8; 32],
    used: usize,
    blocks: u32,
}

impl Dice {
    fn new(mut mac: Hmac<Sha256>, throw: u32) -> Self {
        mac.update(&throw.to_be_bytes());
        Self { mac, block: [0; 32], used: 32, blocks: 0 }
    }

    /// A number below a limit.
    fn below(&mut self, limit: u8) -> u8 {
        loop {
            let byte = self.byte();
            // Bytes past the last whole multiple would make small numbers likelier.
            if u16::from(byte) < 256 - 256 % u16::from(limit) {
                return byte % limit;
            }
        }
    }

    fn hex(&mut self, upper: bool) -> char {
        hex_digit(self.below(16), upper)
    }

    /// The digit of a UUID that holds the variant of RFC 9562.
    fn variant(&mut self, upper: bool) -> char {
        hex_digit(8 + self.below(4), upper)
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut mac = self.mac.clone();
            mac.update(&self.blocks.to_be_bytes());
            self.block = mac.finalize().into_bytes().into();
            (self.used, self.blocks) = (0, self.blocks + 1);
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

fn hex_digit(value: u8, upper: bool) -> char {
    char::from(if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" }[usize::from(value)])
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // A key as long as a block is one that HMAC takes as it is.
    let mut block = zeroize::Zeroizing::new([0_u8; 64]);
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&(*block).into())
}

/// With its length before it, so that no two lists of fields read alike.
fn absorb(mac: &mut Hmac<Sha256>, field: &[u8]) {
    mac.update(&(field.len() as u64).to_be_bytes());
    mac.update(field);
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IDS: Category = Category::VisitorId;

    fn pseudonyms() -> Pseudonyms {
        Pseudonyms::new(&Key::from_bytes([7; 32]), 20_000, "shop.example", "posthog")
    }

    fn stand_in(value: &str) -> String {
        pseudonyms().stand_in(IDS, value)
    }

    /// Letters and digits by their class; hex and the like by the letter `h`.
    fn shape(value: &str) -> String {
        let hex = Hex::of(value).is_some();
        let class = |char: char| match char {
            _ if hex && char.is_ascii_hexdigit() => 'h',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            other => other,
        };
        value.chars().map(class).collect()
    }

    #[test]
    fn a_stand_in_has_the_shape_of_what_it_stands_for() {
        for value in [
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            "8F14E45F-CEEA-467F-A8D1-0FDC2B7F77AA",
            "8f14e45fceea467fa8d10fdc2b7f77aa",
            "0123456789abcdef",
            "abc12",
            "1830572291.1795321900",
            "77123",
            "007712",
            "dGhpc0lzQVNlY3JldFRva2Vu",
            "dGhpc0_zQV-lY3JldFRva2Vu==",
            "user_4711-X",
            "18f0a1b2c3d4e5-0f1e2d3c4b5a69-26001d51-1fa400-18f0a1b2c3d4e5f",
        ] {
            let stand_in = stand_in(value);
            assert_eq!(shape(&stand_in), shape(value), "{value}: {stand_in}");
            assert_ne!(stand_in, value);
        }
    }

    #[test]
    fn a_uuid_stays_one_of_its_version() {
        let v4 = stand_in("8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa");
        assert_eq!(v4.as_bytes()[14], b'4');
        assert!(matches!(v4.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        let v7 = "018f14e4-5fce-7a46-a8d1-0fdc2b7f77aa";
        assert!(!stand_in(v7).starts_with("018f1"));
        let session = pseudonyms().stand_in(Category::SessionId, v7);
        assert!(session.starts_with("018f14") && session.as_bytes()[14] == b'7');
    }

    #[test]
    fn an_identifier_is_the_same_wherever_it_stands() {
        let id = "1830572291.1795321900";
        assert_eq!(stand_in(&format!("GA1.1.{id}")), format!("GA1.1.{}", stand_in(id)));
        assert_eq!(stand_in(&format!("GA1.1-2.{id}")), format!("GA1.1-2.{}", stand_in(id)));
        assert_eq!(
            stand_in("fb.1.1700000000123.1098115397"),
            format!("fb.1.{}", stand_in("1700000000123.1098115397"))
        );
        let uuid = "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa";
        assert_eq!(stand_in(&format!("$device:{uuid}")), format!("$device:{}", stand_in(uuid)));
        assert_eq!(stand_in(&uuid.replace('-', "")), stand_in(uuid).replace('-', ""));
        assert_eq!(stand_in(&uuid.to_uppercase()), stand_in(uuid).to_uppercase());
        assert_eq!(
            stand_in("0123456789abcdef.1700000000."),
            format!("{}.{}.", stand_in("0123456789abcdef"), stand_in("1700000000"))
        );
    }

    #[test]
    fn the_numbers_of_a_session_cookie_are_replaced_one_by_one() {
        let (start, later) = (stand_in("1700000000"), stand_in("1700000123"));
        let cookie = stand_in("GS2.1.s1700000000$o5$g1$t1700000123$j60$l0$h0");
        assert!(cookie.starts_with(&format!("GS2.1.s{start}$o")), "{cookie}");
        assert!(cookie.contains(&format!("$t{later}$j")), "{cookie}");
        assert_eq!(shape(&cookie), shape("GS2.1.s1700000000$o5$g1$t1700000123$j60$l0$h0"));
        assert!(stand_in("GS1.1.1700000000.5.1.1700000123.60.0.0").starts_with(&format!("GS1.1.{start}.")));
    }

    #[test]
    fn a_time_becomes_another_that_has_passed() {
        for value in ["1795321900", "1700000000", "1999999999"] {
            let time: u64 = stand_in(value).parse().unwrap_or(0);
            assert!((1_000_000_000..1_700_000_000).contains(&time), "{time}");
        }
    }

    #[test]
    fn a_number_is_never_too_large_for_what_held_it() {
        for value in ["2147483647", "9223372036854775807", "9007199254740991", "255"] {
            let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
            assert!(number(&stand_in(value)) <= number(value), "{value}");
        }
    }

    #[test]
    fn persons_never_become_other_persons() {
        for value in ["jane@example.org", "Jäne", "日本", "---"] {
            let stand_in = stand_in(value);
            assert!(
                stand_in.len() == 32 && stand_in.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{stand_in}"
            );
        }
        assert_eq!(pseudonyms().stand_in(Category::Contact, "+15550104477").len(), 32);
        assert_eq!(stand_in(""), "");
        assert_eq!(stand_in(&"x".repeat(1000)).len(), 64);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", pseudonyms()), "Pseudonyms(..)");
    }

    proptest! {
        #[test]
        fn key_epoch_site_vendor_and_category_each_make_another(value in "[0-9a-zA-Z._-]{12,40}[a-z0-9]{8}") {
            let key = Key::from_bytes([7; 32]);
            let others = [
                Pseudonyms::new(&Key::from_bytes([8; 32]), 1, "a", "b").stand_in(IDS, &value),
                Pseudonyms::new(&key, 2, "a", "b").stand_in(IDS, &value),
                Pseudonyms::new(&key, 1, "b", "b").stand_in(IDS, &value),
                Pseudonyms::new(&key, 1, "a", "c").stand_in(IDS, &value),
                Pseudonyms::new(&key, 1, "ab", "").stand_in(IDS, &value),
                Pseudonyms::new(&key, 1, "a", "b").stand_in(Category::AccountId, &value),
            ];
            let own = Pseudonyms::new(&key, 1, "a", "b");
            prop_assert_eq!(own.stand_in(IDS, &value), own.clone().stand_in(IDS, &value));
            for other in others {
                prop_assert_ne!(own.stand_in(IDS, &value), other);
            }
        }

        #[test]
        fn no_value_survives_in_its_stand_in(value in "[0-9a-f-]{4,40}|[0-9.]{4,30}|[ -~]{4,80}|\\PC{4,20}") {
            prop_assert!(!stand_in(&value).contains(&value));
            prop_assert!(!pseudonyms().stand_in(Category::SessionId, &value).contains(&value));
        }
    }
}
