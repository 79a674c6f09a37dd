//! Stand-ins as vendors meet them: the same where they must be, another where they may, never the value.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const IDS: Category = Category::VisitorId;
const SITE: &str = "shop.example";

fn keyed(key: u8, site: &str, vendor: &str) -> Pseudonyms {
    Pseudonyms::new(&Key::from_bytes([key; 32]), 20_000, site, vendor)
}

fn pseudonyms() -> Pseudonyms {
    keyed(7, SITE, "posthog")
}

fn stand_in(value: &str) -> String {
    pseudonyms().stand_in(IDS, value)
}

fn colliding(visitors: u64, rate: f64) -> Pseudonyms {
    pseudonyms().colliding(Some(Collision::new(visitors, rate).unwrap()))
}

/// Letters and digits by their class; hex by the letter `h`.
fn form(value: &str) -> String {
    let of_part = |part: &str| {
        let hex = Hex::of(part).is_some();
        let class = |char: char| match char {
            _ if hex && char.is_ascii_hexdigit() => 'h',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            other => other,
        };
        part.chars().map(class).collect::<String>()
    };
    value.split(['.', ':']).map(of_part).collect::<Vec<_>>().join(".")
}

#[test]
fn a_stand_in_has_the_shape_of_what_it_stands_for() {
    for value in [
        "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
        "8F14E45F-CEEA-467F-A8D1-0FDC2B7F77AA",
        "8f14e45fceea467fa8d10fdc2b7f77aa",
        "0123456789abcdef",
        "0123456789ABCDEF0123456789ABCDEF01234567",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "abc12",
        "1830572291.1795321900",
        "0123456789abcdef.1700000000.",
        "77123",
        "007712",
        "user_4711-X",
        "amp-4711",
        "$device:8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
        "fb.1.1700000000123.1098115397",
        "18f0a1b2c3d4e5-0f1e2d3c4b5a69-26001d51-1fa400-18f0a1b2c3d4e5f",
    ] {
        let stand_in = stand_in(value);
        assert_eq!(form(&stand_in), form(value), "{value}: {stand_in}");
        assert_ne!(stand_in, value);
    }
}

#[test]
fn an_identifier_is_the_same_wherever_it_stands() {
    for pseudonyms in [pseudonyms(), colliding(50_000, 0.05)] {
        let stand_in = |value: &str| pseudonyms.stand_in(IDS, value);
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
        assert_eq!(stand_in("user_4711"), format!("user_{}", stand_in("4711")));
        let matomo = stand_in("0123456789abcdef.1700000000.");
        assert!(matomo.starts_with(&format!("{}.1", stand_in("0123456789abcdef"))), "{matomo}");
    }
    let id = format!("{}.{}.", stand_in("0123456789abcdef"), stand_in("1700000000"));
    assert_eq!(stand_in("0123456789abcdef.1700000000."), id);
}

#[test]
fn the_numbers_of_a_session_cookie_are_replaced_one_by_one() {
    let (start, later) = (stand_in("1700000000"), stand_in("1700000123"));
    let cookie = stand_in("GS2.1.s1700000000$o5$g1$t1700000123$j60$l0$h0");
    assert!(cookie.starts_with(&format!("GS2.1.s{start}$o")), "{cookie}");
    assert!(cookie.contains(&format!("$t{later}$j")), "{cookie}");
    assert_eq!(form(&cookie), form("GS2.1.s1700000000$o5$g1$t1700000123$j60$l0$h0"));
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
    for value in ["jane@example.org", "Jäne", "日本", "---", "+4915550104477"] {
        let stand_in = stand_in(value);
        assert!(stand_in.len() == 32 && stand_in.bytes().all(|byte| byte.is_ascii_hexdigit()), "{stand_in}");
    }
    assert_eq!(pseudonyms().stand_in(Category::Contact, "+15550104477").len(), 32);
    assert_eq!(stand_in(""), "");
    assert_eq!(stand_in(&"x".repeat(1000)).len(), shape::MOST);
}

#[test]
fn one_id_on_two_sites_has_two_stand_ins() {
    let uuid = |number: u32| format!("8f14e45f-ceea-467f-a8d1-0fdc{number:08x}");
    let on = |site| {
        let pseudonyms = keyed(7, site, "posthog");
        (0..10_000).map(move |number| pseudonyms.stand_in(IDS, &uuid(number)))
    };
    let here: std::collections::HashSet<String> = on("one.example").collect();
    assert_eq!(here.len(), 10_000);
    assert!(on("two.example").all(|there| !here.contains(&there)));
}

/// The share of ids whose stand-in is somebody else's too.
fn measured(pseudonyms: &Pseudonyms, ids: impl Iterator<Item = String>) -> f64 {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for id in ids {
        *counts.entry(pseudonyms.stand_in(IDS, &id)).or_default() += 1;
    }
    let all: u32 = counts.values().sum();
    let shared: u32 = counts.values().filter(|count| **count > 1).sum();
    f64::from(shared) / f64::from(all)
}

#[test]
fn the_measured_share_of_ids_that_collide_is_within_a_tenth_of_what_was_asked() {
    // Even and spread, as identifiers are.
    let spread = |number: u32, by: u128| (u128::from(number) + 1).wrapping_mul(by);
    const LARGE: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let uuid = |number| {
        let digits = format!("{:032x}", spread(number, LARGE));
        format!(
            "{}-{}-4{}-a{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[13..16],
            &digits[17..20],
            &digits[20..]
        )
    };
    let matomo = |number| format!("{:016x}", spread(number, LARGE) >> 64);
    let google = |number: u32| format!("GA1.1.{}.{}", spread(number, LARGE) >> 97, 1_795_000_000 + number);
    let nano = |number: u32| {
        let sign = |at: u32| {
            let signs = b"useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";
            char::from(signs[(spread(number, LARGE) >> (6 * at)) as usize & 63])
        };
        (0..21).map(sign).collect::<String>()
    };
    for (ids, rate, shape) in
        [(100_000, 0.05, "uuid"), (10_000, 0.2, "matomo"), (10_000, 0.2, "google"), (10_000, 0.2, "nano")]
    {
        let id = |number| match shape {
            "uuid" => uuid(number),
            "matomo" => matomo(number),
            "google" => google(number),
            _ => nano(number),
        };
        let share = measured(&colliding(ids.into(), rate), (0..ids).map(id));
        assert!((share / rate - 1.0).abs() < 0.1, "{shape}: {share} for {rate}");
        assert!(measured(&pseudonyms(), (0..1000).map(id)) < 0.001, "{shape}");
    }
}

#[test]
fn sessions_and_messages_do_not_collide_with_those_of_others() {
    let narrow = colliding(1000, 0.9);
    let of = |category, number: u32| narrow.stand_in(category, &format!("a{number:015x}"));
    assert_eq!(
        (0..5000).map(|n| of(Category::SessionId, n)).collect::<std::collections::HashSet<_>>().len(),
        5000
    );
    assert!((0..5000).map(|n| of(IDS, n)).collect::<std::collections::HashSet<_>>().len() < 500);
}

const DAY: Duration = Duration::from_hours(24);
const TURN: u64 = 86_400 * 20_000;

/// The stand-in of an epoch's own key, with what a table knows.
fn at(visits: &Arc<Mutex<Visits>>, now: u64, value: &str) -> String {
    let epoch = Epoch::at(now, DAY);
    let key = Key::from_bytes([(epoch.number() % 251) as u8; 32]);
    Pseudonyms::of(&key, epoch, SITE, "posthog")
        .recalling(visits, now, Visits::closing(epoch, now))
        .stand_in(IDS, value)
}

#[test]
fn a_visit_over_the_turn_of_an_epoch_keeps_its_stand_in_until_it_ends() {
    const MINUTE: u64 = 60;
    let visits = Arc::new(Mutex::new(Visits::new(Key::from_bytes([1; 32]), DAY)));
    let (early, late) = ("0123456789abcdef", "0190a3c2-5fce-7a46-a8d1-0fdc2b7f77aa");
    let gone = at(&visits, TURN - 31 * MINUTE, early);
    let kept = at(&visits, TURN - 5 * MINUTE, late);
    assert_eq!(at(&visits, TURN - 1, late), kept);
    // Who left before the last half hour is somebody else afterwards; who stayed is not.
    assert_ne!(at(&visits, TURN + 1, early), gone);
    for later in [1, 20, 49, 78] {
        assert_eq!(at(&visits, TURN + later * MINUTE, late), kept);
    }
    let after = at(&visits, TURN + 120 * MINUTE, late);
    assert_ne!(after, kept);
    assert_eq!(at(&visits, TURN + 121 * MINUTE, late), after);
}

#[test]
fn a_visit_that_does_not_end_gets_another_stand_in_after_four_hours() {
    let visits = Arc::new(Mutex::new(Visits::new(Key::from_bytes([1; 32]), DAY)));
    let id = "0123456789abcdef";
    let kept = at(&visits, TURN - 60, id);
    assert!((0..239).all(|minute| at(&visits, TURN + minute * 60, id) == kept));
    assert_ne!(at(&visits, TURN + 4 * 3600, id), kept);
}

#[test]
fn what_is_recalled_belongs_to_one_site_and_one_vendor() {
    let visits = Arc::new(Mutex::new(Visits::new(Key::from_bytes([1; 32]), DAY)));
    let epoch = Epoch::at(TURN - 60, DAY);
    let of = |site, vendor| {
        keyed(7, site, vendor)
            .recalling(&visits, TURN - 60, Visits::closing(epoch, TURN - 60))
            .stand_in(IDS, "0123456789abcdef")
    };
    let all = [of("a", "b"), of("b", "b"), of("a", "a"), of("ab", "")];
    for (index, one) in all.iter().enumerate() {
        assert!(all[index + 1..].iter().all(|other| other != one));
    }
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", pseudonyms()), "Pseudonyms(..)");
}

proptest! {
    #[test]
    fn key_epoch_site_vendor_and_kind_each_make_another(value in "[0-9a-zA-Z._-]{12,40}[a-z0-9]{8}") {
        let key = Key::from_bytes([7; 32]);
        let others = [
            Pseudonyms::new(&Key::from_bytes([8; 32]), 1, "a", "b").stand_in(IDS, &value),
            Pseudonyms::new(&key, 2, "a", "b").stand_in(IDS, &value),
            Pseudonyms::new(&key, 1, "b", "b").stand_in(IDS, &value),
            Pseudonyms::new(&key, 1, "a", "c").stand_in(IDS, &value),
            Pseudonyms::new(&key, 1, "ab", "").stand_in(IDS, &value),
            Pseudonyms::new(&key, 1, "a", "b").stand_in(Category::SessionId, &value),
        ];
        let own = Pseudonyms::new(&key, 1, "a", "b");
        prop_assert_eq!(own.stand_in(IDS, &value), own.clone().stand_in(IDS, &value));
        // A browser's id becomes a login's, and the vendor knows by this that they are one.
        prop_assert_eq!(own.stand_in(IDS, &value), own.stand_in(Category::AccountId, &value));
        for other in others {
            prop_assert_ne!(own.stand_in(IDS, &value), other);
        }
    }

    #[test]
    fn no_value_survives_in_its_stand_in(value in "[0-9a-f-]{4,40}|[0-9.]{4,30}|[ -~]{4,80}|\\PC{4,20}") {
        prop_assert!(!stand_in(&value).contains(&value));
        prop_assert!(!pseudonyms().stand_in(Category::SessionId, &value).contains(&value));
    }

    /// What a vendor could compare from day to day or from site to site: only how long it is, and of what.
    #[test]
    fn two_tokens_of_one_length_have_stand_ins_of_one_form(
        one in "[a-z][A-Z][0-9][0-9a-zA-Z_-]{19}",
        other in "[a-z][A-Z][0-9][0-9a-zA-Z_-]{19}",
    ) {
        let signs = |value: &str| stand_in(value).match_indices(['_', '-']).map(|(at, _)| at).collect::<Vec<_>>();
        prop_assert_eq!(signs(&one), signs(&other));
        prop_assert_eq!(stand_in(&one).len(), stand_in(&other).len());
    }
}
