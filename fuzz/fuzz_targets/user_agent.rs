//! User agents: whatever a browser says of itself becomes one of few common forms, or nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::generalize::user_agent::generalize;

/// The form that is longest, with three digits for each version, and some.
const LONGEST: usize = 220;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(form) = generalize(text) else { return };
    assert_eq!(generalize(&form).as_deref(), Some(&*form), "a form is its own form");
    assert!(form.len() <= LONGEST, "{form:?}");
    assert!(form.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{form:?}");
    // A form differs from others in a version of two or three digits; a longer number would be a name.
    let numbers = form.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() > 3);
    for number in numbers {
        assert!(matches!(number, "20100101" | "14541"), "{text:?} became {form:?}");
    }
});
