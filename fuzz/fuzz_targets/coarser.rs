//! Coarser forms: each is its own coarser form, and no longer than what it was made of.
//!
//! A first byte chooses the category. User agents have a target of their own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::generalize::{address, language, referrer, screen, time, url};

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let sites = ["https://shop.example".to_owned()];
    let coarser = |text: &str| match first & 7 {
        0 => address::generalize(text),
        1 => language::generalize(text),
        2 => referrer::generalize(text, &sites),
        3 => screen::generalize(text),
        4 => time::generalize(text),
        5 => url::page(text),
        6 => url::origin(text),
        _ => None,
    };
    let Some(form) = coarser(text) else { return };
    assert_eq!(coarser(&form).as_deref(), Some(&*form), "{text:?} became {form:?}");
    assert!(form.len() <= text.len() * 4 + 16, "{text:?} became {form:?}");
    assert!(!matches!(first & 7, 5 | 6) || !form.contains(['?', '#', '@']), "{text:?} became {form:?}");
});
