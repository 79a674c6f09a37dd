//! `privet suggest` as an operator runs it: rules out of a recording of a made-up vendor, and what it says where
//! there are none.
//!
//! Every value of the recording that is a person's holds a marked word, or is one of a few known ones. Invariant of
//! it all: none of them is ever printed.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use privet::config;
use serde_json::Value;

const HAR: &str = "tests/suggest/pebble.har";

const HOSTS: [&str; 4] = ["--host", "widget.pebble.example", "--host", "rt.pebble.example"];

/// What of the recording must never be said.
const SECRETS: [&str; 12] = [
    "c4n4ry",
    "jane",
    "8f14e45f",
    "203.0.113",
    "4111",
    "8812093177120",
    "20931",
    "pb_live",
    "Zurich",
    "1337",
    "9ec79c33",
    "668",
];

const ROUTE: &str = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
    [[route]]\nname = \"chat\"\nhost = \"chat.shop.example\"\nupstream = \"https://widget.pebble.example\"\n\
    site_origins = [\"https://shop.example\"]\n";

struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A directory with settings, in which the program is run.
struct Desk(PathBuf);

impl Desk {
    fn with(name: &str, settings: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("suggest-{name}"));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("proxy.toml"), settings).unwrap();
        Self(directory)
    }

    fn suggest(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_privet"));
        command.arg("suggest").args(arguments).current_dir(&self.0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // Who does not read it has left already.
        let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
        let output = process.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said =
            Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
        for secret in SECRETS {
            assert!(
                !said.out.contains(secret) && !said.err.contains(secret),
                "{secret}: {}{}",
                said.out,
                said.err
            );
        }
        said
    }

    /// The same of the recording.
    fn of_recording(&self, arguments: &[&str]) -> Said {
        self.suggest(&[arguments, &["-"]].concat(), &fs::read_to_string(HAR).unwrap())
    }
}

/// The places of rules that may be pasted as they are, each with what is said of it.
fn rules(toml: &str) -> Vec<(String, String)> {
    let read: toml::Table = toml.parse().unwrap_or_else(|error| panic!("{error}\n{toml}"));
    let Some(route) = read.get("route") else { return Vec::new() };
    let rules = route["rule"].as_array().unwrap().iter();
    let text =
        |rule: &toml::Value, key: &str| rule.get(key).and_then(|value| value.as_str().map(str::to_owned));
    rules
        .map(|rule| {
            let says = text(rule, "category").or_else(|| text(rule, "action"));
            (text(rule, "select").unwrap(), says.unwrap())
        })
        .collect()
}

/// All that is to be decided, decided as it was guessed.
fn decided(toml: &str) -> String {
    let line =
        |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line).to_owned();
    toml.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_recording_becomes_rules_for_what_nobody_named() {
    let desk = Desk::with("rules", ROUTE);
    let arguments = [&HOSTS[..], &["--route", "chat"]].concat();
    let said = desk.of_recording(&arguments);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    let rules = rules(&said.out);
    for (place, says) in [
        ("form:back_to", "contact"),
        ("form:view", "screen"),
        ("json:/1/preview", "typed_text"),
        ("json:/batch/*/custNo", "account_id"),
        ("json:/batch/*/page_now", "page_url"),
        ("json:/batch/*/visitor/speaks/*", "language"),
        ("json:/batch/*/visitor/ticket", "visitor_id"),
        ("json:/city_now", "location"),
        ("json:/composing_now", "typed_text"),
        ("json:/ring", "contact"),
        ("json:/zone_now", "timezone"),
        ("query:from", "page_url"),
        ("response-json:/again", "route"),
        ("response-json:/realtime/endpoints/*", "route"),
        ("response-json:/upload", "route"),
    ] {
        assert!(rules.contains(&(place.to_owned(), says.to_owned())), "{place} {says}\n{}", said.out);
    }
    let all = self::rules(&decided(&said.out));
    for (place, says) in [
        ("cookie:pb_uid", "visitor_id"),
        ("header:x-pebble-build", "service"),
        ("json:/0", "service"),
        ("json:/1/line", "message"),
        ("json:/1/thread", "visitor_id"),
        ("json:/batch/*/seen", "time"),
        ("json:/batch/*/lines/*", "service"),
        ("json:/note", "message"),
        ("part:subject_line", "message"),
        ("path:/boot/*/app.json", "service"),
        ("query:*", "service"),
        ("query:site", "visitor_id"),
    ] {
        let rule = (place.to_owned(), says.to_owned());
        assert!(all.contains(&rule) && !rules.contains(&rule), "{place} {says}\n{}", said.out);
    }
    for known in [
        "json:/batch/*/ip",
        "json:/batch/*/wrapped",
        "part:meta",
        "json:/1/word",
        "header:accept",
        "query:token",
    ] {
        assert!(!all.iter().any(|(place, _)| place == known), "{known}\n{}", said.out);
    }
    assert!(said.out.contains("refused unless the route says undecodable: 1\n"), "{}", said.out);
}

#[test]
fn pasted_rules_load_and_leave_nothing_to_propose() {
    let arguments = [&HOSTS[..], &["--route", "chat"]].concat();
    let first = Desk::with("first", ROUTE).of_recording(&arguments).out;
    let loads = |text: &str| {
        drop(config::parse(text, Path::new("proxy.toml")).unwrap_or_else(|told| panic!("{told}\n{text}")))
    };

    let pasted = format!("{ROUTE}\n{first}\n");
    loads(&pasted);
    let second = Desk::with("second", &pasted).of_recording(&arguments).out;
    assert!(!rules(&first).is_empty() && rules(&second).is_empty(), "{second}");

    let pasted = format!("{ROUTE}\n{}\n", decided(&first));
    loads(&pasted);
    let third = Desk::with("third", &pasted).of_recording(&[&arguments[..], &["--json"]].concat()).out;
    let third: Value = serde_json::from_str(&third).unwrap();
    assert_eq!(third["proposals"], serde_json::json!([]));
    assert_eq!(
        (&third["requests"], &third["messages"], &third["unreadable"]),
        (&7.into(), &3.into(), &1.into())
    );
}

#[test]
fn without_a_route_a_recording_is_judged_by_well_known_names_and_no_settings_are_read() {
    let desk = Desk::with("general", "nonsense");
    let said = desk.of_recording(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(rules(&said.out).contains(&("json:/ring".to_owned(), "contact".to_owned())));
    let all: Value = serde_json::from_str(&desk.of_recording(&["--json"]).out).unwrap();
    assert_eq!((&all["requests"], &all["route"]), (&8.into(), &Value::Null));
}

#[test]
fn only_the_routes_hosts_are_read_unless_others_are_named() {
    let desk = Desk::with("hosts", ROUTE);
    let told = |arguments: &[&str]| -> Value {
        serde_json::from_str(&desk.of_recording(&[&["--json"], arguments].concat()).out).unwrap()
    };
    assert_eq!(told(&["--route", "chat"])["requests"], 6);
    assert_eq!(told(&["--host", "RT.pebble.example"])["requests"], 1);
    let nowhere = desk.of_recording(&["--host", "elsewhere.example"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (65, ""));
}

#[test]
fn what_a_running_privet_told_is_read_as_well() {
    let desk = Desk::with("told", ROUTE);
    let place = r#"{"place":"json:/who","kinds":{"email":4},"category":null,"action":null}"#;
    let route = |name: &str| {
        format!(
            r#"{{"route":"{name}","requests":4,"messages":0,"withheld":2,"overlooked":0,"places":[{place}]}}"#
        )
    };
    let said = desk.suggest(&["-"], &format!("{{\"routes\":[{}]}}", route("chat")));
    assert_eq!(rules(&said.out), [("json:/who".to_owned(), "contact".to_owned())]);
    assert!(
        said.out.contains("# email, 4 times") && said.out.contains("shown by too few visitors yet: 2\n"),
        "{}",
        said.out
    );
    let two = format!("{{\"routes\":[{},{}]}}", route("chat"), route("stats"));
    assert_eq!(desk.suggest(&["-"], &two).code, 64);
    assert_eq!(desk.suggest(&["-", "--route", "chat"], &two).code, 0);
    assert_eq!(desk.suggest(&["-", "--route", "stats"], &two).code, 64);
    assert_eq!(desk.suggest(&["-"], "{\"routes\":[]}").code, 64);
}

#[test]
fn what_cannot_be_read_is_told_without_a_word_of_it() {
    let desk = Desk::with("unreadable", ROUTE);
    for (arguments, input, code) in [
        (&["absent.har"][..], "", 66),
        (&["-"], "c4n4ry", 65),
        (&["-"], "{\"log\":{\"entries\":\"c4n4ry\"}}", 65),
        (&["-"], "{\"log\":{\"entries\":[{\"request\":{\"method\":1}}]}}", 65),
        (&["-"], "{\"other\":\"c4n4ry\"}", 65),
        (&["-"], "{\"log\":{\"entries\":[]}}", 65),
        (&["-", "--route", "absent"], "{\"log\":{\"entries\":[]}}", 64),
        (&[], "", 64),
    ] {
        let said = desk.suggest(arguments, input);
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{arguments:?} {input}");
        assert!(!said.err.is_empty(), "{arguments:?} {input}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let asking = Desk::with("nobody", &format!("{ROUTE}[admin]\naddress = \"{nobody}\"\n"));
    assert_eq!(asking.suggest(&[], "").code, 69);
}

#[test]
fn help_fits_a_screen() {
    let help = Desk::with("help", ROUTE).suggest(&["--help"], "").out;
    assert!(help.lines().count() <= 30, "{help}");
}
