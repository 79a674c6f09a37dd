//! The visitor's choice, read from cookies and signals: any sign of a no is a no, and what cannot be read is no yes.
//!
//! A first byte says what else the browser sends; the rest is its cookies.
#![no_main]

use http::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use privet::privacy::Name;
use privet::privacy::choice::{Choice, Consent, Effect, Predicate, Signal, Standing, Test, VisitorChoice};

fuzz_target!(|data: &[u8]| {
    let Some((first, line)) = data.split_first() else { return };
    let Ok(cookies) = HeaderValue::from_bytes(line) else { return };
    let mut headers = HeaderMap::from_iter([(COOKIE, cookies)]);
    for (bit, name) in [(1, "sec-gpc"), (2, "dnt")] {
        if first & bit != 0 {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
    }
    standing(&headers, line, first & 3 != 0);
    for pointer in [None, Some("/marketing"), Some("/purposes/0")] {
        consent(&headers, line, pointer);
    }
});

fn standing(headers: &HeaderMap, line: &[u8], signalled: bool) {
    let choice = VisitorChoice {
        signals: Signal::ALL.to_vec(),
        on_opt_out: Effect::Block,
        on_gpc: Effect::Block,
        on_dnt: Effect::Strict,
        opt_in_over: Vec::new(),
    };
    let standing = choice.standing(headers, None);
    assert!(!signalled || matches!(standing, Standing::Out(_)), "a signal was not heeded");
    let pairs = || line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    if pairs().any(|pair| pair == b"privet_choice=off") && std::str::from_utf8(line).is_ok() {
        assert!(matches!(standing, Standing::Out(_)), "a no was not heard");
    }
    assert!(
        standing != Standing::In || pairs().any(|pair| pair.starts_with(b"privet_choice")),
        "a yes of nobody"
    );
    assert!(matches!(choice.standing(headers, Some(Choice::Off)), Standing::Out(_)));
}

fn consent(headers: &HeaderMap, line: &[u8], pointer: Option<&str>) {
    let cookie: Name = "tool".parse().expect("a name");
    let pointer = pointer.map(str::to_owned);
    let consent = Consent(vec![Predicate { cookie, pointer, test: Test::Contains("yes".to_owned()) }]);
    if !consent.is_given(headers) {
        return;
    }
    assert!(line.windows(4).any(|word| word == b"tool"), "a yes without its cookie");
    // Who says yes and no has not said yes.
    let twice = HeaderValue::from_bytes(&[line, b"; tool=no"].concat()).expect("a header");
    let mut both = headers.clone();
    both.insert(COOKIE, twice);
    assert!(!consent.is_given(&both), "a yes beside a no");
}
