//! The vendor's names in a text: cut anywhere the same comes home, and a text without a name keeps its bytes.
//!
//! The first byte says what the text is and where it is cut; the rest is the text.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use privet::privacy::surface::response::{Changes, Home, Kind, Mount, Names, Origin, Patch};

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let kind = if choice & 1 == 0 { Kind::Text } else { Kind::Page };
    let names = names();
    let (whole, changes) = cut(&names, kind, text, text.len().max(1));
    for step in [1, 2, usize::from(*choice) + 1] {
        assert_eq!(cut(&names, kind, text, step), (whole.clone(), changes.clone()), "{step} at a time");
    }
    if changes == (Changes { patched: vec![0], ..Changes::default() }) {
        assert_eq!(whole, text);
    }
    let lower = whole.to_ascii_lowercase();
    for end in ["\"", "/", " ", "'"] {
        let name = format!("\"https://eu.vendor.example{end}");
        assert!(!lower.windows(name.len()).any(|window| window == name.as_bytes()));
    }
});

fn names() -> Arc<Names> {
    let mount = |upstream: &str, place: &str| Mount {
        upstream: upstream.parse().expect("a host"),
        base_path: String::new(),
        host: None,
        place: place.to_owned(),
        keep_path: false,
    };
    let mounts = [
        mount("eu.vendor.example", "/chat/"),
        mount("*.shard.example", "/chat/_p/*/"),
        Mount { base_path: "/api".to_owned(), ..mount("10.1.2.3:8080", "/own/") },
        Mount { keep_path: true, ..mount("cdn.vendor.example", "/static/") },
    ];
    let (name, find, replace) = ("own".into(), "h.endsWith(\".vendor.example\")".into(), "true".into());
    let patch = Patch { name, host: None, path: "*".into(), find, replace };
    Arc::new(Names::new(mounts.into(), vec![patch]))
}

/// What comes home of a text that arrives so many bytes at a time.
fn cut(names: &Arc<Names>, kind: Kind, text: &[u8], step: usize) -> (Vec<u8>, Changes) {
    let home = Home { authority: "shop.example", secure: true, mounts: &[] };
    let mut stream = names.text(&home, Origin { kind, ..Origin::MESSAGE });
    let mut out = Vec::new();
    for chunk in text.chunks(step) {
        stream.push(chunk, &mut out);
    }
    let changes = stream.finish(&mut out);
    (out, changes)
}
