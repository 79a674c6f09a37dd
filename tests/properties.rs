//! Laws of the engine: what holds for every request, not for the ones we thought of.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod engine;
#[allow(dead_code)] // addresses are all that is looked for here
mod judge;
#[path = "properties/values.rs"]
mod values;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use judge::Canary;
use privet::privacy::{Action, Category, Message, Policy, Refusal};
use proptest::prelude::*;
use serde_json::{Map, Value};
use values::{document, form, harmless, json, marked, name, percent, spelled_v4, spelled_v6};

static STRICT: LazyLock<Policy> = LazyLock::new(|| engine::policy("strict", None, &[]));
static MAPPED: LazyLock<Policy> = LazyLock::new(|| engine::policy("strict", Some("posthog"), &[]));
/// A stand-in of a stand-in is another one, and must be.
static WITHOUT_STAND_INS: LazyLock<Policy> = LazyLock::new(|| {
    let ids = [Category::VisitorId, Category::SessionId].map(|category| (category, Action::Remove));
    engine::policy("strict", None, &ids)
});
static BALANCED: LazyLock<Policy> = LazyLock::new(|| engine::policy("balanced", None, &[]));
static ADDRESS_ONLY: LazyLock<Policy> = LazyLock::new(|| engine::policy("address-only", None, &[]));

const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 200));
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn post(policy: &Policy, content_type: &str, body: &[u8], address: IpAddr) -> Result<Bytes, Refusal> {
    let request = Request::post("/e").header("content-type", content_type);
    let left = engine::scrub(policy, request.body(Bytes::copy_from_slice(body)).unwrap(), address)?;
    Ok(left.into_body())
}

fn get(policy: &Policy, target: &str, address: IpAddr) -> Result<String, Refusal> {
    let request = Request::get(target).body(Bytes::new()).unwrap();
    Ok(engine::scrub(policy, request, address)?.uri().to_string())
}

/// How a value may be wrapped before it travels.
fn wrapped(text: &str, wrapping: usize) -> String {
    match wrapping {
        0 => text.to_owned(),
        1 => percent(text),
        2 => percent(&percent(text)),
        3 => BASE64_STANDARD.encode(format!("v={text}")),
        4 => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        5 => text.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
        6 => format!("{{\"deep\":[{{\"er\":{}}}]}}", Value::from(text)),
        7 => format!("https://shop.example/a?b={}", percent(text)),
        _ => format!("before {text} after"),
    }
}

/// What leaves of one value on every surface there is.
fn on_every_surface(value: &str, address: IpAddr) -> Vec<(&'static str, Vec<u8>)> {
    let quoted = Value::from(value).to_string();
    let bodies = [
        ("JSON", JSON, format!("{{\"v\":{quoted}}}")),
        ("a JSON name", JSON, format!("{{\"a\":{{{quoted}:1}}}}")),
        ("a form", FORM, format!("v={}", percent(value))),
        ("text", "text/plain", format!("well {value} well")),
    ];
    let mut left: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for (surface, content_type, body) in bodies {
        left.extend(
            post(&STRICT, content_type, body.as_bytes(), address).ok().map(|body| (surface, body.to_vec())),
        );
    }
    let target = format!("/a/{0};m={0}?v={0}&{0}=1", percent(value));
    left.extend(get(&STRICT, &target, address).ok().map(|target| ("the target", target.into_bytes())));
    let request = Request::get("/e").header("referer", percent(value)).header("x-a", percent(value));
    let request = request.header("cookie", format!("a={}", percent(value))).body(Bytes::new()).unwrap();
    let headers = engine::scrub(&STRICT, request, address).map(|request| format!("{:?}", request.headers()));
    left.extend(headers.ok().map(|headers| ("headers", headers.into_bytes())));
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_json_stays_valid(body in document()) {
        for policy in [&STRICT, &MAPPED, &BALANCED, &ADDRESS_ONLY] {
            if let Ok(left) = post(policy, JSON, body.as_bytes(), NOBODY) {
                prop_assert!(serde_json::from_slice::<Value>(&left).is_ok(), "{body} became {left:?}");
            }
        }
    }

    #[test]
    fn valid_json_is_not_refused(body in document()) {
        for policy in [&STRICT, &MAPPED] {
            prop_assert!(post(policy, JSON, body.as_bytes(), NOBODY).is_ok(), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused(body in "\\PC{0,30}") {
        let valid = serde_json::from_str::<Value>(&body).is_ok();
        if !valid && !body.trim().is_empty() {
            prop_assert!(post(&STRICT, JSON, body.as_bytes(), NOBODY).is_err(), "{body}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), kind in 0..5usize) {
        let content_type = [JSON, FORM, "text/plain", "application/x-ndjson", "image/png"][kind];
        let _ = post(&STRICT, content_type, &body, NOBODY);
        let _ = post(&MAPPED, content_type, &body, NOBODY);
    }

    #[test]
    fn no_shape_holds_a_value(said in marked(), wrapping in 0..9usize, place in 0..9usize) {
        let (text, spelled) = (wrapped(&said, wrapping), percent(&said));
        let (value, name) = (Value::from(text.clone()), Value::from(said.clone()));
        let target = match place {
            0 => format!("/e?v={}", percent(&text)),
            1 => format!("/e?{spelled}=1&a[{spelled}]=2"),
            2 => format!("/{}/x;v={spelled}", percent(&text)),
            _ => "/e".to_owned(),
        };
        let (label, body) = match place {
            3 => (JSON, format!("{{\"a\":[{value},{{\"b\":{value}}}]}}")),
            4 => (JSON, format!("{{\"a\":{{{name}:{value}}},{name}:[1]}}")),
            5 => (FORM, format!("v={}&{spelled}=1", percent(&text))),
            6 => ("text/plain", text.clone()),
            7 => ("multipart/form-data; boundary=b", format!("--b\r\ncontent-disposition: form-data; name={name}\r\n\r\n{text}\r\n--b--")),
            _ => (JSON, "{}".to_owned()),
        };
        let mut request = Request::post(target).header("content-type", label);
        if place == 8 {
            request = request.header("x-v", text.replace(|c: char| !c.is_ascii_graphic() && c != ' ', "")).header("cookie", format!("a={spelled}; {spelled}=1"));
        }
        let shapes = STRICT.shapes_of_request(&request.body(Bytes::from(body)).unwrap());
        let message = STRICT.shapes_of_message(&Message::Text(format!("42[{value},{{{name}:{value}}}]")));
        prop_assert!(shapes.iter().count() > 0 && message.iter().count() > 0);
        for (place, kind, _) in shapes.iter().chain(message.iter()) {
            let told = format!("{place} {kind}").to_lowercase();
            prop_assert!(!told.contains("canary") && !told.contains("77"), "{told}");
        }
    }

    #[test]
    fn scrubbing_again_changes_nothing(body in document(), form in form()) {
        for policy in [&WITHOUT_STAND_INS, &ADDRESS_ONLY] {
            for (content_type, body) in [(JSON, &body), (FORM, &form)] {
                let Ok(once) = post(policy, content_type, body.as_bytes(), NOBODY) else { continue };
                let twice = post(policy, content_type, &once, NOBODY).expect("what left once leaves again");
                prop_assert_eq!(String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice));
            }
        }
    }

    #[test]
    fn bytes_no_rule_touches_stay_as_they_are(value in harmless(), pretty in any::<bool>()) {
        let body = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        for policy in [&STRICT, &BALANCED, &ADDRESS_ONLY] {
            let left = post(policy, JSON, body.as_bytes(), NOBODY).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&left), &*body);
        }
        let form = format!("xax={}&xbx=two+words&xcx=", percent(&body));
        let left = post(&ADDRESS_ONLY, FORM, form.as_bytes(), NOBODY).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&left), &*form);
        let target = format!("/a/b?{form}");
        prop_assert_eq!(get(&ADDRESS_ONLY, &target, NOBODY).unwrap(), target);
    }

    #[test]
    fn a_document_is_treated_alike_whatever_it_is_put_into(members in prop::collection::vec((name(), json()), 1..5)) {
        let bare = Value::from(Map::from_iter(members)).to_string();
        let Ok(left) = post(&STRICT, JSON, bare.as_bytes(), NOBODY) else { return Ok(()) };
        let left: Value = serde_json::from_slice(&left).unwrap();
        let string = post(&STRICT, JSON, Value::from_iter([("d", &*bare)]).to_string().as_bytes(), NOBODY).unwrap();
        let string: Value = serde_json::from_slice(&string).unwrap();
        prop_assert_eq!(inner(string["d"].as_str()), Some(left.clone()), "in a string: {}", bare);
        let form = post(&STRICT, FORM, format!("d={}", percent(&bare)).as_bytes(), NOBODY).unwrap();
        prop_assert_eq!(inner_of_pair(&String::from_utf8_lossy(&form)), Some(left.clone()), "in a form: {}", bare);
        let target = get(&STRICT, &format!("/e?d={}", percent(&bare)), NOBODY).unwrap();
        prop_assert_eq!(inner_of_pair(&target), Some(left), "in a query: {}", bare);
    }

    #[test]
    fn an_address_is_found_in_any_spelling_on_any_surface((address, text) in spelled_v4(), wrapping in 0..9usize) {
        let canaries = [("address".to_owned(), Canary::V4(address))];
        let value = wrapped(&text, wrapping);
        for (surface, left) in on_every_surface(&value, address.into()) {
            prop_assert!(judge::finds(&left, &canaries).is_empty(), "{value} in {surface}: {:?}", String::from_utf8_lossy(&left));
        }
    }

    #[test]
    fn a_long_address_is_found_in_any_spelling_on_any_surface((address, text) in spelled_v6(), wrapping in 0..9usize) {
        let canaries = [("address".to_owned(), Canary::V6(address))];
        let value = wrapped(&text, wrapping);
        for (surface, left) in on_every_surface(&value, address.into()) {
            prop_assert!(judge::finds(&left, &canaries).is_empty(), "{value} in {surface}: {:?}", String::from_utf8_lossy(&left));
        }
    }
}

fn inner(text: Option<&str>) -> Option<Value> {
    serde_json::from_str(text?).ok()
}

fn inner_of_pair(text: &str) -> Option<Value> {
    let value = text.split("d=").nth(1)?;
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    serde_json::from_str(&decoded).ok()
}
