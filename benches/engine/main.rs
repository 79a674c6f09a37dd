//! How fast the engine is on each surface: `cargo bench` (a part of a name as argument chooses).
//!
//! Knows works and a clock; `data` makes what is worked on. Each line tells the time of a work in the quicker slices
//! and in the middle one, its bytes a second, and the same beside a plain search for one byte over the same bytes,
//! which is as fast as memory is read. Invariant: the same bytes every time, so that two runs can be compared; judge
//! by ratios in one run.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod data;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use privet::config::{Choice, vendors};
use privet::privacy::surface::response::{Home, Mount, Names, Origin};
use privet::privacy::{
    Action, Category, Files, Key, Message, Policy, Pseudonyms, Rule, Undecodable, Visitor,
};

/// How long one slice takes, and how many there are.
const SLICE: Duration = Duration::from_millis(40);
const SLICES: usize = 9;

/// The places the side-by-side's peers mask.
const MASKED: [&str; 8] =
    ["ip", "email", "phone", "userId", "anonymousId", "firstName", "lastName", "address"];

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text/plain";

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let head = ["bytes", "quick us", "median us", "MB/s (quick)", "x memchr"];
    println!("{:44} {:>9} {:>9} {:>9} {:>12} {:>9}", "work", head[0], head[1], head[2], head[3], head[4]);
    let memory = vec![b'x'; 256 << 10];
    let searched = time(|| {
        black_box(memchr::memchr(0, black_box(&memory)));
    });
    let searched = searched.quick / memory.len() as f64;
    for (name, bytes, mut work) in works() {
        if name.contains(&wanted) {
            let taken = time(&mut work);
            let rate = bytes.len() as f64 / taken.quick;
            let (quick, median, share) =
                (taken.quick, taken.median, taken.quick / (searched * bytes.len() as f64));
            println!("{name:44} {:9} {quick:9.2} {median:9.2} {rate:12.1} {share:9.1}", bytes.len());
        }
    }
}

type Work = (String, Vec<u8>, Box<dyn FnMut()>);

fn works() -> Vec<Work> {
    let strict = || policy("strict", None, &[]);
    let masking = || policy("address-only", None, &MASKED);
    let segment = || policy("strict", Some("segment"), &[]);
    let posthog = || policy("strict", Some("posthog"), &[]);
    let bodies: [(&str, Policy, &str, Vec<u8>); 14] = [
        ("replay 256 KiB, strict", strict(), JSON, data::replay(256 << 10)),
        ("replay 256 KiB, eight keys masked", masking(), JSON, data::replay(256 << 10)),
        (
            "rows 64 KiB without a hit, address-only",
            policy("address-only", None, &[]),
            JSON,
            data::rows(64 << 10),
        ),
        ("rows 64 KiB without a hit, strict", strict(), JSON, data::rows(64 << 10)),
        ("event 1 KiB, strict, segment", segment(), JSON, data::event()),
        ("event 1 KiB, strict", strict(), JSON, data::event()),
        ("event 1 KiB, eight keys masked", masking(), JSON, data::event()),
        ("batch 64 KiB, strict, segment", segment(), JSON, data::batch(64 << 10)),
        (
            "batch 64 KiB, balanced, posthog",
            policy("balanced", Some("posthog"), &[]),
            JSON,
            data::posthog(64 << 10),
        ),
        ("batch 64 KiB, strict, posthog", posthog(), JSON, data::posthog(64 << 10)),
        ("form 1 KiB, strict", strict(), FORM, data::form()),
        ("text 64 KiB of prose, strict", strict(), TEXT, data::prose(64 << 10)),
        ("text 64 KiB of digits and colons, strict", strict(), TEXT, data::repeated("1:", 64 << 10)),
        ("text 64 KiB of base64, strict", strict(), TEXT, data::base64(64 << 10)),
    ];
    let mut works: Vec<Work> =
        bodies.into_iter().map(|(name, policy, label, bytes)| body(name, policy, label, bytes)).collect();
    works.push(head(
        "query of 12 parameters, strict, matomo",
        policy("strict", Some("matomo"), &[]),
        data::target(),
        HeaderMap::new(),
    ));
    works.push(head("headers of a browser, strict", strict(), "/e".to_owned(), data::headers()));
    works.push(head(
        "cookies, strict, matomo",
        policy("strict", Some("matomo"), &[]),
        "/e".to_owned(),
        data::cookies(),
    ));
    works.push(body("multipart, 4 parts", strict(), data::MULTIPART, data::multipart()));
    works.push(message("socket message of 150 bytes, strict", strict(), data::message()));
    works.extend(gzip(segment(), data::batch(64 << 10)));
    works.push(names("script 300 KiB, names of 12 hosts", data::script(300 << 10)));
    works.push(names("script 300 KiB, a name in each line", data::named(300 << 10)));
    for piece in data::HOSTILE {
        works.push(body(
            &format!("hostile, 64 KiB of {piece:?}"),
            strict(),
            TEXT,
            data::repeated(piece, 64 << 10),
        ));
    }
    works
}

/// An answer's text in which names are looked for, as it comes: 16 KiB at a time.
fn names(name: &str, bytes: Vec<u8>) -> Work {
    let mount = |number: usize| Mount {
        upstream: format!("host{number}.vendor.example").parse().unwrap(),
        base_path: String::new(),
        host: None,
        place: format!("/stats/_p/{number}/"),
        keep_path: false,
    };
    let names = Arc::new(Names::new((0..12).map(mount).collect(), Vec::new()));
    let read = bytes.clone();
    let work = move || {
        let home = Home { authority: "shop.example", secure: true, mounts: &[] };
        let mut text = names.text(&home, Origin::MESSAGE);
        for chunk in read.chunks(16 << 10) {
            let mut out = Vec::with_capacity(chunk.len());
            text.push(chunk, &mut out);
            black_box(out);
        }
    };
    (name.to_owned(), bytes, Box::new(work))
}

fn policy(name: &str, vendor: Option<&str>, masked: &[&str]) -> Policy {
    let replace = |key: &&str| Rule {
        selector: format!("json:/**/{key}").parse().unwrap(),
        category: Category::Unmapped,
        action: Some(Action::Replace("[redacted]".into())),
        max_age: None,
    };
    let choice = Choice {
        policy: name,
        vendor: vendor.map(|vendor| vendors::find(vendor).unwrap()),
        rules: masked.iter().map(replace).collect(),
        actions: Vec::new(),
        country: None,
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: 64,
        body_limit: 8 << 20,
        site_origins: vec!["https://shop.example".to_owned()],
    };
    Policy::compile(choice.parts().unwrap())
}

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor")
}

fn body(name: &str, policy: Policy, label: &'static str, bytes: Vec<u8>) -> Work {
    coded(name, policy, label, bytes.clone(), bytes, None)
}

/// A body that travels as `sent`; its rate is told of `bytes`.
fn coded(
    name: &str,
    policy: Policy,
    label: &'static str,
    bytes: Vec<u8>,
    sent: Vec<u8>,
    coding: Option<&'static str>,
) -> Work {
    let (visitor, pseudonyms, sent) =
        (Visitor::new([198, 51, 100, 23].into()), pseudonyms(), Bytes::from(sent));
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static(label));
    headers.extend(coding.map(|name| (http::header::CONTENT_ENCODING, HeaderValue::from_static(name))));
    let work = move || {
        let mut request = Request::post("/e").body(sent.clone()).unwrap();
        *request.headers_mut() = headers.clone();
        // What is refused is work as well: hostile bodies may be.
        let _ = black_box(policy.scrub_request(request, &visitor, &pseudonyms));
    };
    (name.to_owned(), bytes, Box::new(work))
}

fn head(name: &str, policy: Policy, target: String, headers: HeaderMap) -> Work {
    let (visitor, pseudonyms) = (Visitor::new([198, 51, 100, 23].into()), pseudonyms());
    let size =
        target.len() + headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    let work = move || {
        let mut request = Request::get(&target).body(Bytes::new()).unwrap();
        *request.headers_mut() = headers.clone();
        drop(black_box(policy.scrub_request(request, &visitor, &pseudonyms).unwrap()));
    };
    (name.to_owned(), vec![b'x'; size], Box::new(work))
}

fn message(name: &str, policy: Policy, text: String) -> Work {
    let (visitor, pseudonyms) = (Visitor::new([198, 51, 100, 23].into()), pseudonyms());
    let bytes = text.clone().into_bytes();
    let work = move || {
        let message = Message::Text(text.clone());
        drop(black_box(policy.scrub_message(message, &visitor, &pseudonyms).unwrap()));
    };
    (name.to_owned(), bytes, Box::new(work))
}

/// A compressed body, and what its coding costs alone: at the level that is privet's, and at the usual one.
fn gzip(policy: Policy, bytes: Vec<u8>) -> Vec<Work> {
    let packed = data::gzip(&bytes, 6);
    let alone = |level| -> Work {
        let packed = packed.clone();
        let work = move || {
            let plain = data::gunzip(black_box(&packed));
            drop(black_box(data::gzip(&plain, level)));
        };
        (format!("gzip 64 KiB, decoded and encoded alone at level {level}"), bytes.clone(), Box::new(work))
    };
    let mut works = vec![alone(2), alone(6)];
    works.push(coded("gzip 64 KiB, strict, segment", policy, JSON, bytes, packed, Some("gzip")));
    works
}

/// How long this thread has run, where the system tells (Linux, proc_pid_schedstat(5)): what others run beside it
/// does not count.
fn on_cpu() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Microseconds.
struct Taken {
    /// A quarter of the slices took no longer; the very least may be a tick of the clock that came late.
    quick: f64,
    median: f64,
}

fn time(mut work: impl FnMut()) -> Taken {
    let start = Instant::now();
    let mut rounds = 0_u32;
    while start.elapsed() < SLICE / 4 {
        work();
        rounds += 1;
    }
    let rounds = rounds * 4;
    let mut slices: Vec<f64> = (0..SLICES)
        .map(|_| {
            let (clock, start) = (Instant::now(), on_cpu());
            (0..rounds).for_each(|_| work());
            let taken = start.zip(on_cpu()).map_or(clock.elapsed(), |(start, end)| end.saturating_sub(start));
            taken.as_secs_f64() * 1e6 / f64::from(rounds)
        })
        .collect();
    slices.sort_by(f64::total_cmp);
    Taken { quick: slices[SLICES / 4], median: slices[SLICES / 2] }
}
