//! What all detectors find together, and what a glance rules out.

use proptest::prelude::*;

use super::*;

fn found(text: &str) -> Vec<(&str, Category)> {
    find(text).into_iter().map(|find| (&text[find.span], find.category)).collect()
}

#[test]
fn each_kind_is_told_by_its_category() {
    let text = "jane@example.org at 203.0.113.77 and 2001:db8::1 paid 4111 1111 1111 1111 \
                or DE89370400440532013000, call +15550104477, https://a:b@example.org";
    assert_eq!(
        found(text),
        [
            ("jane@example.org", Category::Contact),
            ("203.0.113.77", Category::Address),
            ("2001:db8::1", Category::Address),
            ("4111 1111 1111 1111", Category::Secret),
            ("DE89370400440532013000", Category::Secret),
            ("+15550104477", Category::Contact),
            ("a:b", Category::Secret),
        ]
    );
}

#[test]
fn the_first_detector_wins_where_two_overlap() {
    assert_eq!(found("x.203.0.113.77@example.org"), [("x.203.0.113.77@example.org", Category::Contact)]);
    assert_eq!(found("https://a:203.0.113.77@example.org"), [("a:203.0.113.77", Category::Secret)]);
    assert_eq!(found("198-51-100-237.51.100.23"), [("198-51-100-237", Category::Address)]);
}

#[test]
fn what_is_spelled_in_other_scripts_is_found_in_the_original() {
    assert_eq!(found("von ２０３．０．１１３．７７ an"), [("２０３．０．１１３．７７", Category::Address)]);
    assert_eq!(found("203。0。113。77"), [("203。0。113。77", Category::Address)]);
    assert_eq!(found("2\u{200b}03.0.113.77"), [("2\u{200b}03.0.113.77", Category::Address)]);
    assert_eq!(found("é jane＠example.org"), [("jane＠example.org", Category::Contact)]);
    assert_eq!(
        found("01\u{a0}23\u{a0}45\u{a0}67\u{a0}89"),
        [("01\u{a0}23\u{a0}45\u{a0}67\u{a0}89", Category::Contact)]
    );
}

#[test]
fn two_finds_that_share_a_character_do_not_overlap() {
    // One character that reads `a/c`.
    assert_eq!(
        found("j@example.c\u{2100}@example.org"),
        [("j@example.c\u{2100}", Category::Contact), ("@example.org", Category::Contact)]
    );
}

#[test]
fn ordinary_traffic_is_left_alone() {
    for text in [
        "",
        "page viewed",
        "日本",
        "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
        "GA1.1.1830572291.1795321900",
        "fb.1.1700000000123.1098115397",
        "2026-03-04T12:34:56.789+01:00",
        "a::before{content:\"\\201C\"}",
        "hello :: world 12:34:56",
        "logo@2x.png",
        "rgba(12, 34, 56, 0.5)",
        "translate3d(10px, 0px, 0px)",
        "M10 10 20.5 30.25 40 50",
        "$1,234,567.89",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

/// What detectors look for, put together by chance.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "bearer ",
        "Basic ",
        "dTp4",
        "://",
        "a:b",
        "@",
        "ey",
        "eyJhbGci",
        "J9.",
        ".",
        "e30",
        "0x",
        "cb00714d",
        "::",
        "fe80:",
        "2001:db8::",
        "1.1.1.1",
        ".ip6.arpa",
        "a.b.c.d.",
        "1.0.0.0.f.e.d.c",
        "42540766416916595524585004440541536802",
        "00493012345678",
        "030/1234567",
        "Cb00:714D",
        "MT84MALTMTLCASTMTLCASTMTLCASTMT",
        "ip",
        "h",
        "de-DE",
        "Europe/Berlin",
        "1920x1080",
        "tel:",
        "555010",
        "NO93 8601 1117 947",
        "NO93",
        "MALT",
        "4111 1111 1111 1111",
        "Mozilla/5.0 (X",
        " ",
        "-",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn finds_are_in_order_and_whole_characters_apart(
        text in any::<String>(), dense in "[0-9a-f:.@+x%é２ \\-/()]{0,80}", pieces in pieces(),
    ) {
        for text in [text, dense, pieces] {
            let mut last = 0;
            for find in find(&text) {
                prop_assert!(find.span.start >= last && find.span.end > find.span.start);
                prop_assert!(text.get(find.span.clone()).is_some());
                last = find.span.end;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
    #[test]
    fn a_glance_rules_out_nothing_that_would_be_found(
        dense in "[0-9a-fx:.@+%\\- /()\\[\\]_]{0,50}",
        pieces in pieces(),
    ) {
        for text in [dense, pieces] {
            let all = find_seen(&text, &Glance::ALL);
            prop_assert!(find_seen(&text, &Glance::of(&text)) == all, "{text}");
            prop_assert_eq!(holds_secret(&text), all.iter().any(|find| find.category == Category::Secret), "{}", text);
        }
    }
}
