//! Does a marked word survive in these bytes, in any spelling?
//!
//! Knows what was marked; does not know where it stood. Undoes every layer it knows and compares by value.
//! Invariant: a part of a word (an address's network, an email's name) is a find as well.

pub mod address;
pub mod layers;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// One kind of marked word, and how it is recognized.
#[derive(Clone, Debug)]
pub enum Canary {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Email(String),
    /// Digits are compared, the last ten.
    Phone(String),
    /// Compared without dashes.
    Identifier(String),
    Word(String),
}

/// Which of the named canaries the bytes say, in any layer; what cannot be looked into is a find.
pub fn finds<'c>(bytes: &[u8], canaries: &'c [(String, Canary)]) -> BTreeSet<&'c str> {
    let readings = layers::readings(bytes);
    let folded: Vec<String> = readings.texts.iter().map(|text| text.to_lowercase()).collect();
    let mut found = BTreeSet::new();
    if readings.sealed {
        found.insert("compressed bytes that do not open");
    }
    for (name, canary) in canaries {
        let said = readings.texts.iter().zip(&folded).any(|(text, lower)| canary.is_said(text, lower));
        if said {
            found.insert(&**name);
        }
    }
    found
}

impl Canary {
    fn is_said(&self, text: &str, lower: &str) -> bool {
        match self {
            Self::V4(address) => address::says_v4(text, *address),
            Self::V6(address) => address::says_v6(text, *address) || address::says_v6_network(text, *address),
            Self::Email(email) => {
                let name = email.split('@').next().unwrap_or_default().to_lowercase();
                let unquoted = lower.replace('"', "");
                unquoted.contains(&name) || unquoted.contains(&name.replace('+', " "))
            }
            Self::Phone(number) => {
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                let text: String = text.chars().filter(|c| !" \u{a0}().+/-".contains(*c)).collect();
                text.contains(&digits[digits.len().saturating_sub(10)..])
            }
            Self::Identifier(id) => lower.replace('-', "").contains(&id.to_lowercase().replace('-', "")),
            Self::Word(word) => lower.contains(&word.to_lowercase()),
        }
    }
}
