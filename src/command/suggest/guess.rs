//! What a place may carry, by the kind of its values and the words of its name.
//!
//! Knows English words that scripts use; knows no vendor. Invariant: a guess is sure only where kind and name leave
//! little doubt, and a place of which nothing is known is never surely anything.

use super::seen::Kinds;
use crate::privacy::{Category, Kind, Selector, Step};

/// A category, and whether the guess may stand without a person's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    pub category: Category,
    pub sure: bool,
}

/// Words of names, by what they mean; the first line with a word that is met decides.
const WORDS: [(Category, &str); 21] = [
    (Category::Secret, "password passwd pwd passcode secret cvc cvv iban otp pin jwt bearer"),
    (Category::TypedText, "typed typing draft keystroke input composing preview unsent"),
    (Category::Contact, "email mail phone tel mobile firstname lastname fullname surname street birthday"),
    (Category::ClickId, "gclid fbclid msclkid clid clickid fbc gbraid wbraid"),
    (Category::Campaign, "utm campaign mtm adgroup"),
    (Category::Referrer, "referrer referer ref previous prev"),
    (Category::PageTitle, "title"),
    (Category::Timezone, "timezone tz tzoffset"),
    (Category::Language, "lang language locale"),
    (Category::Location, "city country region lat lng lon latitude longitude geo zip postal postcode"),
    (Category::Screen, "screen viewport resolution dpr width height orientation"),
    (Category::Device, "device cpu cores gpu memory battery font plugin hardware connection touch"),
    (Category::Fingerprint, "fingerprint canvas webgl audio"),
    (Category::UserAgent, "browser agent ua os platform"),
    (Category::Address, "ip ipv4 ipv6 ipaddress"),
    (Category::SessionId, "session sid visit pageview"),
    (Category::AccountId, "account customer cust user member order login tenant subscriber contact"),
    (Category::VisitorId, "visitor anonymous anon distinct uid uuid guest cid client"),
    (Category::PageUrl, "url href uri page path pathname"),
    (Category::Message, "message msg text body comment question answer reply"),
    (Category::Time, "time timestamp ts date"),
];

/// The guess for a place; none where nothing of it can be told by a rule.
pub fn guess(place: &Selector, kinds: &Kinds) -> Option<Guess> {
    let told = |category| Some(Guess { category, sure: is_told_alone(place) });
    let asked = |category| Some(Guess { category, sure: false });
    let meant = meaning(place);
    match main_kind(kinds)? {
        Kind::Document | Kind::Recording | Kind::Unreadable => None,
        Kind::Email | Kind::Phone => told(Category::Contact),
        Kind::Address => told(Category::Address),
        Kind::Browser => told(Category::UserAgent),
        Kind::Secret => told(Category::Secret),
        Kind::Language => told(Category::Language),
        Kind::TimeZone => told(Category::Timezone),
        Kind::Size => told(Category::Screen),
        Kind::Time => told(Category::Time),
        Kind::Html => told(meant.filter(|category| is_text(*category)).unwrap_or(Category::PageText)),
        Kind::Url if meant == Some(Category::Referrer) => told(Category::Referrer),
        Kind::Url => told(Category::PageUrl),
        Kind::Uuid | Kind::Id | Kind::Base64 => match meant.filter(|category| is_id(*category)) {
            Some(category) => told(category),
            None => asked(Category::VisitorId),
        },
        Kind::Words => match meant.filter(|category| *category != Category::Message) {
            Some(category) => told(category),
            None => asked(Category::Message),
        },
        Kind::Binary => asked(Category::Message),
        // Whether something is so says little by itself.
        Kind::Bool | Kind::Null | Kind::Empty => asked(meant.unwrap_or(Category::Service)),
        Kind::Integer | Kind::Decimal | Kind::Word | Kind::Version | Kind::Host | Kind::Path => match meant {
            Some(category) => told(category),
            None => asked(Category::Service),
        },
    }
}

/// What was seen most, of what says something.
fn main_kind(kinds: &Kinds) -> Option<Kind> {
    let says = |kind: Kind| !matches!(kind, Kind::Null | Kind::Empty);
    kinds.iter().max_by_key(|(kind, count)| (says(**kind), **count)).map(|(kind, _)| *kind)
}

/// Headers and cookies without a rule never pass, and a path's segments always do: to say more of one is a decision.
const fn is_told_alone(place: &Selector) -> bool {
    !matches!(place, Selector::Header(_) | Selector::Cookie(_) | Selector::Path(_) | Selector::Text)
}

const fn is_text(category: Category) -> bool {
    matches!(category, Category::TypedText | Category::PageTitle)
}

const fn is_id(category: Category) -> bool {
    use Category as C;
    matches!(
        category,
        C::SessionId
            | C::AccountId
            | C::VisitorId
            | C::ClickId
            | C::Campaign
            | C::Secret
            | C::Fingerprint
            | C::Device
            | C::Contact
    )
}

/// What a place's own name means, or else that of what it stands in.
fn meaning(place: &Selector) -> Option<Category> {
    let named: Vec<&str> = match place {
        Selector::Header(name) | Selector::Cookie(name) | Selector::Query(name) => vec![&name.stem],
        Selector::Form(name) | Selector::Part(name) => vec![&name.stem],
        Selector::Path(path) => {
            path.0.iter().take_while(|step| step.is_some()).flatten().map(|step| &**step).collect()
        }
        Selector::Json(pointer) => pointer.0.iter().filter_map(key).collect(),
        _ => Vec::new(),
    };
    named.into_iter().rev().take(2).find_map(of_name)
}

fn key(step: &Step) -> Option<&str> {
    match step {
        Step::Key(name) if name.stem.parse::<usize>().is_err() => Some(&name.stem),
        _ => None,
    }
}

fn of_name(name: &str) -> Option<Category> {
    let words = words(name);
    let is_met =
        |known: &str| words.iter().any(|word| word == known || word.strip_suffix('s') == Some(known));
    WORDS.iter().find(|(_, known)| known.split(' ').any(is_met)).map(|(category, _)| *category)
}

/// The words of a name in lower case: `custNo`, `cust_no` and `cust-no` are the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() || (was_lower && character.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_lowercase());
        }
        was_lower = character.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_name_together_say_what_a_place_carries() {
        let (sure, asked) = (true, false);
        for (place, kind, category, is_sure) in [
            ("json:/a/b", Kind::Email, Category::Contact, sure),
            ("json:/custNo", Kind::Id, Category::AccountId, sure),
            ("json:/k", Kind::Id, Category::VisitorId, asked),
            ("json:/visitor/token", Kind::Uuid, Category::VisitorId, sure),
            ("json:/q", Kind::Words, Category::Message, asked),
            ("json:/1/typing_preview", Kind::Words, Category::TypedText, sure),
            ("json:/ref", Kind::Url, Category::Referrer, sure),
            ("query:u", Kind::Url, Category::PageUrl, sure),
            ("form:w", Kind::Integer, Category::Service, asked),
            ("form:viewport_w", Kind::Integer, Category::Screen, sure),
            ("json:/count", Kind::Bool, Category::Service, asked),
            ("cookie:session", Kind::Id, Category::SessionId, asked),
            ("header:x-lang", Kind::Language, Category::Language, asked),
            ("path:/users/*/x", Kind::Id, Category::AccountId, asked),
            ("text:", Kind::Words, Category::Message, asked),
            ("part:file", Kind::Binary, Category::Message, asked),
        ] {
            let guessed = guess(&place.parse().unwrap(), &Kinds::from([(kind, 1)]));
            assert_eq!(guessed, Some(Guess { category, sure: is_sure }), "{place}");
        }
        for kind in [Kind::Document, Kind::Recording, Kind::Unreadable] {
            assert_eq!(guess(&"json:/a".parse().unwrap(), &Kinds::from([(kind, 1)])), None);
        }
    }

    #[test]
    fn what_was_seen_most_decides_and_nothing_says_nothing() {
        let place = "json:/a".parse().unwrap();
        let kinds = Kinds::from([(Kind::Null, 9), (Kind::Email, 2), (Kind::Word, 1)]);
        assert_eq!(guess(&place, &kinds).unwrap().category, Category::Contact);
        assert_eq!(guess(&place, &Kinds::from([(Kind::Null, 9)])).unwrap().category, Category::Service);
    }

    #[test]
    fn a_name_is_its_words_however_it_is_spelled() {
        for name in ["custNo", "cust_no", "cust-no", "CUST.NO", "cust[no]"] {
            assert_eq!(words(name), ["cust", "no"], "{name}");
        }
        assert_eq!(words("userAgent2"), ["user", "agent2"]);
    }
}
