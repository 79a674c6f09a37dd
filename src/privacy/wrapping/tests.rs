//! What layers hold, and what a glance and a first few bytes rule out.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::coding::{Allowance, Coding};
use super::noise::{begins_as_noise, said};
use super::*;
use crate::privacy::glance::Glance;
use crate::privacy::refusal::Refusal;

proptest! {
    #[test]
    fn a_glance_rules_out_no_layer(text in any::<String>(), dense in "[%\\\\u&#x2eE3=;yW{J+/ -]{0,40}", word in "=?[A-Za-z0-9+/_-]{0,20}(ye|3W|yW)") {
        for text in [text, dense, word] {
            let (glance, allowance) = (Glance::of(&text), &mut Allowance::new(1000));
            for reading in Reading::ALL.into_iter().filter(|reading| !reading.fits(&glance)) {
                prop_assert_eq!(reading.open(&text, allowance), Ok(None), "{:?} of {}", reading, text);
            }
            prop_assert!(may_hold_tokens(&glance) || tokens(&text, allowance).unwrap().is_empty(), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
    #[test]
    fn a_word_that_begins_as_noise_says_nothing(
        word in "[A-Za-z0-9+/]{12,48}={0,2}", url_safe in "[A-Za-z0-9_-]{12,48}", digits in "[0-9]{12,30}",
        latin in prop::collection::vec(0x20_u8..=0xff, 9..40), text in any::<String>(), coding in 0..3_usize,
    ) {
        let form = base64::Form { url_safe: false, padded: true };
        let packed = [Coding::Gzip, Coding::Zlib, Coding::Zstd][coding].encode(text.as_bytes()).unwrap();
        let said_by = [&latin, text.as_bytes(), &packed].map(|bytes| base64::encode(bytes, form));
        for word in said_by.into_iter().chain([word, url_safe, digits]).filter(|word| begins_as_noise(word)) {
            let bytes = base64::word(&word).map(|(bytes, _)| bytes).unwrap_or_default();
            prop_assert_eq!(Coding::recognized(&bytes), None, "{}", word);
            prop_assert!(bytes.is_empty() || said(bytes).is_none(), "{}", word);
        }
    }
}

proptest! {
    #[test]
    fn of_a_mere_number_nothing_else_can_be_read(digits in "[0-9]{1,20}") {
        let allowance = &mut Allowance::new(1000);
        if is_mere_number(&digits) {
            prop_assert!(tokens(&digits, allowance).unwrap().is_empty(), "{digits}");
            prop_assert!(Reading::ALL.iter().all(|reading| reading.open(&digits, allowance) == Ok(None)), "{digits}");
        }
    }
}

#[test]
fn times_are_mere_numbers() {
    assert!(["1773480413", "1773480413017", "1700000000000"].into_iter().all(is_mere_number));
    assert!(!is_mere_number("3230332e302e31"));
}

#[test]
fn most_words_begin_as_noise() {
    for word in
        ["internationalization", "1773480413017000", "b9f6f1e27a354c53", "ZkT3yb0Qk1xPm2Lr", "transformation"]
    {
        assert!(begins_as_noise(word), "{word}");
    }
    assert!(!begins_as_noise("MjAzLjAuMTEzLjc3"));
}

fn inner(text: &str) -> Vec<String> {
    let tokens = tokens(text, &mut Allowance::new(1000)).unwrap();
    tokens.into_iter().map(|token| token.layer.inner).collect()
}

#[test]
fn a_layer_put_back_opens_to_the_same_text() {
    let gzip: String = Coding::Gzip.encode(b"{\"a\":1}").unwrap().into_iter().map(char::from).collect();
    for (reading, text) in [
        (Reading::Percent, "a%20b%7B%22%C3%A9"),
        (Reading::Escapes, "\\u002e"),
        (Reading::Quoted, "=2E"),
        (Reading::Latin1, &gzip),
        // {"ip":"1.2.3.4","a":1}
        (Reading::Reversed, "==QfxojIhJCLiQjLz4iMuEjI6ICcpJye"),
    ] {
        let allowance = &mut Allowance::new(1000);
        let layer = reading.open(text, allowance).unwrap().unwrap();
        let wrapped = layer.wrap(layer.inner.clone()).unwrap();
        let again = reading.open(&wrapped, allowance).unwrap();
        assert_eq!(again.map_or(wrapped, |layer| layer.inner), layer.inner);
    }
}

#[test]
fn tokens_do_not_overlap_and_open_to_text() {
    assert_eq!(inner("x=MjAzLjAuMTEzLjc3 y=3230332e302e3131332e3737"), ["203.0.113.77", "203.0.113.77"]);
    for joined in ["//shop.example/p/MjAzLjAuMTEzLjc3", "v1-MjAzLjAuMTEzLjc3", "a_b/MjAzLjAuMTEzLjc3+c"] {
        assert_eq!(inner(joined), ["203.0.113.77"], "{joined}");
    }
    for text in ["anonymization of internationalization", "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa"] {
        assert!(inner(text).is_empty(), "{text}");
    }
}

#[test]
fn compressed_bytes_amid_a_text_are_no_text() {
    for packed in ["\u{1f}\u{8b}\u{8}\0", "(\u{b5}/\u{fd}"] {
        for text in [format!("see {packed}"), format!("{packed}\u{198}")] {
            let opened = Reading::Latin1.open(&text, &mut Allowance::new(1000));
            assert_eq!(opened, Err(Refusal::BrokenEncoding), "{text:?}");
        }
    }
    assert_eq!(Reading::Latin1.open("gzip: \u{1f}\u{8b} caf\u{e9}", &mut Allowance::new(1000)), Ok(None));
}

#[test]
fn a_control_that_an_escape_hid_stays_hidden() {
    let layer = Reading::Escapes.open("a\\u0000b\\x1ec\\u002e", &mut Allowance::new(1000)).unwrap().unwrap();
    assert_eq!(layer.inner, "a\0b\u{1e}c.");
    assert_eq!(layer.wrap(layer.inner.clone()).unwrap(), "a\\u0000b\\u001ec.");
}

#[test]
fn base64_beside_hex_is_read() {
    let found = inner("L-3230332e302e3131332e3737MjAzLjAuMTEzLjc4MjAzLjAuMTEzLjc5");
    assert_eq!(found, ["203.0.113.77", "203.0.113.78203.0.113.79"]);
}

#[test]
fn base64_of_one_alphabet_is_read_between_marks_of_the_other() {
    for joined in ["_eyL/IjoiMjAzLjAuMTEzLjc3In0=", "a-eyL/IjoiMjAzLjAuMTEzLjc3In0=_b"] {
        assert_eq!(inner(joined), ["{\"\u{ff}\":\"203.0.113.77\"}"], "{joined}");
    }
}

#[test]
fn base64_is_read_wherever_its_lines_end_and_so_is_each_line_of_its_own() {
    for broken in [
        "MjAzLjAuMT\nEzLjc3",
        "MjAz\tLjAu\x0cMTEz\r\n\r\nLjc3",
        "MjAz\\r\\nLjAuMTEz\\tLjc3",
        "see:\\nMjAzLjAuMTEzLjc3",
        "see\nMjAzLjAuMTEzLjc3",
        "a_MjAz\nLjAuMTEzLjc3+internationalization",
        "MjAzLjAuMTEzLjc3\ninternationalization",
    ] {
        assert_eq!(inner(broken), ["203.0.113.77"], "{broken:?}");
        assert!(may_hold_tokens(&Glance::of(broken)), "{broken:?}");
    }
    assert_eq!(inner("MjAzLjAuMTEzLjc3OQ==\nMjAzLjAuMTEzLjc3OQ=="), ["203.0.113.779", "203.0.113.779"]);
    assert!(inner("first line\nsecond line\nand\nthe\nlast\none").is_empty());
}

#[test]
fn a_form_feed_is_plain_text() {
    // "\u{bf}\u{c}203.0.113.77"
    assert_eq!(inner("vwwyMDMuMC4xMTMuNzc="), ["\u{bf}\u{c}203.0.113.77"]);
}

#[test]
fn base64_of_letters_a_byte_each_is_opened_and_put_back() {
    let form = base64::Form { url_safe: false, padded: true };
    let word = base64::encode(b"{\"city\":\"Z\xfcrich\",\"ip\":1}", form);
    let found = tokens(&word, &mut Allowance::new(1000)).unwrap();
    assert_eq!(found[0].layer.inner, "{\"city\":\"Z\u{fc}rich\",\"ip\":1}");
    assert_eq!(found[0].layer.wrap(found[0].layer.inner.clone()).unwrap(), word);
}

#[test]
fn compressed_bytes_in_base64_are_opened_and_put_back() {
    let text = "{\"event\":\"page\",\"properties\":{\"ip\":\"203.0.113.77\"}}";
    for coding in [Coding::Gzip, Coding::Zlib, Coding::Zstd] {
        let form = base64::Form { url_safe: false, padded: true };
        let word = base64::encode(&coding.encode(text.as_bytes()).unwrap(), form);
        let found = tokens(&word, &mut Allowance::new(1000)).unwrap();
        assert_eq!(found[0].layer.inner, text, "{coding:?}");
        assert_eq!(inner(&found[0].layer.wrap(text.to_owned()).unwrap()), [text]);
    }
    // {"ip":"203.0.113.77"}, by zlib's third level; and what only begins like it.
    assert_eq!(inner("eF6rVsosULJSMjIw1jPQMzQ01jM3V6oFADigBOY="), ["{\"ip\":\"203.0.113.77\"}"]);
    assert_eq!(inner("eF4yICsgeV4yID0gel4y"), ["x^2 + y^2 = z^2"]);
}
