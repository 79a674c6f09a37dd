//! The plan of the house, checked: imports run down the floors, floor 1 stays pure, files say what they are for.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, from the ground up. A room may import those before it.
const FLOORS: [&str; 6] = ["privacy", "config", "upstream", "proxy", "downstream", "command"];

/// Beside the floors: what every floor but the first may use.
const BESIDE: [&str; 2] = ["logging", "metrics"];

/// What would tell floor 1 of the world: sockets, files, clocks, the environment, randomness.
const WORLDLY: [&str; 14] = [
    "std::net::Tcp",
    "std::net::Udp",
    "std::fs",
    "std::io::std",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "tokio",
    "hyper",
    "rustls",
    "getrandom",
    "tracing",
];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(Path::new("src"), &mut found);
    assert!(found.len() > 40, "the sources were not found");
    found
}

fn collect(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// The code of a file without its tests, wherever they stand, and without comments.
fn code(text: &str) -> String {
    let mut code = Vec::new();
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    while let Some(line) = lines.next() {
        let Some(indent) = line.strip_suffix("#[cfg(test)]") else {
            code.push(line);
            continue;
        };
        // What the attribute stands on ends with its line, or with a brace as deep as it begins.
        let head = lines.by_ref().find(|line| line.ends_with(['{', ';', '}']) && !line.ends_with(")]"));
        if head.is_some_and(|head| head.ends_with('{')) {
            let end = format!("{indent}}}");
            lines.by_ref().find(|line| *line == end);
        }
    }
    code.join("\n")
}

#[test]
fn code_is_what_stands_around_tests() {
    let text = "#[cfg(test)]\nmod tests;\nuse a;\n#[cfg(test)]\n#[allow(x)]\nmod more {\n    b;\n}\n// c\nfn d() {\n    #[cfg(test)]\n    e();\n}";
    assert_eq!(code(text), "use a;\nfn d() {\n}");
}

fn room(path: &Path) -> Option<usize> {
    let first = path.strip_prefix("src").unwrap().components().next()?.as_os_str().to_str()?.to_owned();
    FLOORS.iter().position(|floor| *floor == first)
}

#[test]
fn imports_run_down_the_floors_only() {
    for (path, text) in sources() {
        let Some(floor) = room(&path) else { continue };
        for (above, name) in FLOORS.iter().enumerate().skip(floor + 1) {
            assert!(
                !code(&text).contains(&format!("crate::{name}")),
                "{} on floor {} imports {name} on floor {}",
                path.display(),
                floor + 1,
                above + 1
            );
        }
    }
}

#[test]
fn floor_one_is_pure() {
    for (path, text) in sources().into_iter().filter(|(path, _)| room(path) == Some(0)) {
        for worldly in WORLDLY {
            assert!(!code(&text).contains(worldly), "{} knows {worldly}", path.display());
        }
        for beside in BESIDE {
            assert!(!code(&text).contains(&format!("crate::{beside}")), "{} uses {beside}", path.display());
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut files = sources();
    for directory in ["fuzz/src", "fuzz/fuzz_targets"] {
        collect(Path::new(directory), &mut files);
    }
    for (path, text) in files {
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
    }
}

#[test]
fn only_the_engine_seals_and_only_sealed_requests_are_sent() {
    for (path, text) in sources() {
        if room(&path) != Some(0) {
            assert!(!code(&text).contains("seal("), "{} seals", path.display());
        }
    }
    let client = fs::read_to_string("src/upstream/client.rs").unwrap();
    assert!(client.contains("Scrubbed<"), "the client takes sealed requests");
}

#[test]
fn addresses_have_no_display() {
    for (path, text) in sources() {
        for name in ["Visitor", "Needle", "Peer", "Pseudonyms", "Key"] {
            assert!(!text.contains(&format!("Display for {name}")), "{} shows a {name}", path.display());
            assert!(
                !text.contains(&format!("Debug)]\npub struct {name} ")),
                "{} derives Debug for {name}",
                path.display()
            );
        }
    }
}
