//! The index of a text agrees with a reading byte by byte; and in a text that is quiet there is nothing to find.
//!
//! Strings are what stands between quotes, as in JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::detect;
use privet::privacy::scan::{Index, is_quiet};

/// Words of so many letters are no base64.
const SHORT: usize = 11;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let index = Index::of(text);
    let mut stop = None;
    for (at, byte) in text.bytes().enumerate().rev() {
        if matches!(byte, b'"' | b'\\' | 0..b' ') {
            stop = Some(at);
        }
        let found = Some(index.stop(at)).filter(|found| *found < text.len());
        assert_eq!(found, stop, "the stop from {at} of {text:?}");
    }
    for string in text.split('"') {
        let is_quiet = is_quiet(string);
        assert!(!is_quiet || detect::find(string).is_empty(), "{string:?} is quiet in {text:?}");
        assert!(is_quiet || !is_plain(string), "{string:?} is not quiet in {text:?}");
    }
});

/// Short words with a space between them, none of which ends as the name of a scheme of credentials does.
fn is_plain(string: &str) -> bool {
    string.split(' ').all(|word| {
        word.len() <= SHORT
            && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !word.ends_with(['r', 'c', 'R', 'C'])
    })
}
