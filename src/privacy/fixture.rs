//! Policies and requests for the tests of this floor.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use http::Request;

use super::{
    Actions, Files, Home, Homeward, Key, Left, Message, Mount, NameMap, OffSwitch, Policy, PolicyParts,
    Pseudonyms, Refusal, Rule, Treated, TreatedMessage, Undecodable, Visitor,
};

/// A policy with these rules (`selector -> category` or `selector = action`), one a line.
pub fn policy(name: &str, rules: &str) -> Policy {
    Policy::compile(parts(name, rules))
}

pub fn parts(name: &str, rules: &str) -> PolicyParts {
    let mut names = NameMap::default();
    for (name, category) in
        [("ip", "address"), ("email", "contact"), ("password", "secret"), ("url", "page_url")]
    {
        names.insert(name, category.parse().unwrap());
    }
    PolicyParts {
        rules: rules.lines().map(str::trim).filter(|line| !line.is_empty()).map(rule).collect(),
        names,
        actions: Actions::builtin(name).unwrap(),
        sentinels: vec!["$remote".to_owned()],
        off_switches: Vec::new(),
        country: Vec::new(),
        kept_cookies: vec!["optout".to_owned()],
        withheld_cookies: Vec::new(),
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: 16,
        body_limit: 1 << 20,
        site_origins: vec!["https://shop.example".to_owned()],
    }
}

pub fn open(mut parts: PolicyParts) -> Policy {
    parts.actions.set(super::Category::Unmapped, super::Action::Keep);
    Policy::compile(parts)
}

pub fn off_switch(place: &str, value: &str) -> OffSwitch {
    OffSwitch { place: place.parse().unwrap(), value: value.to_owned() }
}

fn rule(line: &str) -> Rule {
    match line.split_once(" -> ") {
        Some((select, category)) => {
            let (selector, category) = (select.parse().unwrap(), category.parse().unwrap());
            Rule { selector, category, action: None, max_age: None }
        }
        None => {
            let (select, action) = line.split_once(" = ").unwrap();
            let action =
                super::Action::parse(action).unwrap_or_else(|| super::Action::Replace(action.into()));
            Rule {
                selector: select.parse().unwrap(),
                category: super::Category::Unmapped,
                action: Some(action),
                max_age: None,
            }
        }
    }
}

pub fn scrub(policy: &Policy, request: Request<Bytes>) -> Result<Treated, Refusal> {
    policy.scrub_request(request, &visitor(), &pseudonyms())
}

fn visitor() -> Visitor {
    Visitor::new([198, 51, 100, 23].into())
}

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor")
}

pub fn handshake(policy: &Policy, request: Request<Bytes>) -> Result<Treated, Refusal> {
    policy.scrub_handshake(request, &visitor(), &pseudonyms())
}

pub fn treat(policy: &Policy, message: Message) -> Result<TreatedMessage, Refusal> {
    policy.scrub_message(message, &visitor(), &pseudonyms())
}

/// The message that leaves for a message of text that came.
pub fn message(policy: &Policy, text: &str) -> Result<String, Refusal> {
    let treated = treat(policy, Message::Text(text.to_owned()))?;
    match treated.message.unwrap().into_inner() {
        Message::Text(text) => Ok(text),
        Message::Binary(_) => panic!("a text became binary"),
    }
}

/// The body that leaves for a JSON body that came.
pub fn json(policy: &Policy, body: &str) -> Result<String, Refusal> {
    self::body(policy, "application/json", body)
}

/// The body that leaves for a body that came under a label.
pub fn body(policy: &Policy, content_type: &str, body: &str) -> Result<String, Refusal> {
    let request = Request::post("/e").header("content-type", content_type);
    let treated = scrub(policy, request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())?;
    Ok(String::from_utf8(treated.request.into_inner().into_body().to_vec()).unwrap())
}

/// The target that leaves for a target that came.
pub fn target(policy: &Policy, target: &str) -> String {
    let treated = scrub(policy, Request::get(target).body(Bytes::new()).unwrap()).unwrap();
    treated.request.into_inner().uri().to_string()
}

/// The headers that leave for headers that came, a line each.
pub fn headers(policy: &Policy, headers: &[(&str, &str)]) -> Vec<String> {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let treated = scrub(policy, request.body(Bytes::new()).unwrap()).unwrap();
    let left = treated.request.into_inner();
    left.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
}

/// A vendor's host at a place of any host of the site.
pub fn mount(upstream: &str, place: &str) -> Mount {
    Mount {
        upstream: upstream.parse().unwrap(),
        base_path: String::new(),
        host: None,
        place: place.to_owned(),
        keep_path: false,
    }
}

/// The same at one host.
pub fn on(host: &str, mount: Mount) -> Mount {
    Mount { host: Some(host.to_owned()), ..mount }
}

/// What comes home of something the vendor said, to a visitor of `https://shop.example`.
pub fn homeward<T>(look: impl FnOnce(Homeward<'_>) -> T) -> T {
    let mounts = [mount("eu.vendor.example", "/chat/")];
    let home = Home { authority: "shop.example", secure: true, mounts: &mounts };
    look(Homeward { visitor: &visitor(), pseudonyms: &pseudonyms(), home, names: None })
}

/// The body that comes home of one the vendor answered with under these headers.
pub fn answer(policy: &Policy, headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        map.append(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    let returned = homeward(|homeward| policy.scrub_answer(&map, body, homeward))?;
    Ok(match returned.left {
        Left::AsItCame => body.to_vec(),
        Left::Changed(new) => new.to_vec(),
        Left::Nothing => Vec::new(),
    })
}
