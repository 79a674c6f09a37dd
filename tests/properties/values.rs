//! What visitors' requests are made of: names, texts, documents, forms, addresses in their spellings.
//!
//! Knows no engine. Invariant: what is called harmless holds nothing that any policy looks for.

use std::net::{Ipv4Addr, Ipv6Addr};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::{Map, Value};

pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Names as vendors use them, known and unknown.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}",
        1 => "\\PC{0,6}",
        2 => prop::sample::select(vec![
            "ip", "email", "user_agent", "url", "$ip", "properties", "event", "timezone", "screen_width", "utm_source",
            "distinct_id", "language", "password", "batch", "uuid", "timestamp", "referrer",
        ]).prop_map(str::to_owned),
    ]
}

/// Values as visitors have them, personal and not.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ -~]{0,20}",
        1 => "\\PC{0,12}",
        2 => prop::sample::select(vec![
            "203.0.113.77", "jane@example.org", "https://shop.example/a/b?c=d#e", "de-CH", "Europe/Zurich", "4111 1111 1111 1111",
            "{\"ip\":1,\"a\":[1]}", "[1,2]", "eyJpcCI6IjEuMi4zLjQiLCJuIjoxfQ==", "+41446681800", "$remote_ip", "%41%42", "\\u0041",
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa", "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0.0.0 Safari/537.36", "1337x733",
        ]).prop_map(str::to_owned),
    ]
}

/// What only a person says, with a mark in it: `canary`, or two sevens.
pub fn marked() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}\\.canary@[a-z]{2,8}\\.(org|example)",
        "canary [a-z]{1,12}( [a-z]{1,12}){0,4}",
        "203\\.0\\.113\\.77",
        "[a-z]{0,3}-203-0-113-77",
        "\\+41 44 66[0-9] 77 00",
        "[0-9]{3}77[0-9]{1,12}",
        "[0-9a-f]{3}77[0-9a-f]{3}-ceea-467f-a8d1-0fdc2b7f77aa",
    ]
}

pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..6)
                .prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// A document with some white space in it.
pub fn document() -> impl Strategy<Value = String> {
    (json(), any::<bool>()).prop_map(|(value, pretty)| {
        if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
    })
}

pub fn form() -> impl Strategy<Value = String> {
    let pairs = prop::collection::vec((name(), text()), 0..6);
    pairs.prop_map(|pairs| {
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        pairs.join("&")
    })
}

/// Words and numbers that nothing looks for: no digits in rows, no letters that mean something.
pub fn harmless() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..1000u32).prop_map(Value::from),
        "[a-z ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("x[a-z]{1,5}x", inner), 0..5)
                .prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

/// An address in one of its spellings.
pub fn spelled_v4() -> impl Strategy<Value = (Ipv4Addr, String)> {
    let public = any::<[u8; 4]>().prop_filter("an address of somebody", |octets| {
        !matches!(octets[0], 0 | 10 | 127 | 224..) && octets[1] > 9 && octets[2] > 9 && octets[3] > 9
    });
    (public, 0..9usize).prop_map(|(octets, spelling)| {
        let address = Ipv4Addr::from(octets);
        let number = u32::from(address);
        let [a, b, c, d] = octets;
        let text = match spelling {
            0 => address.to_string(),
            1 => number.to_string(),
            2 => format!("0x{number:08x}"),
            3 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            4 => format!("::ffff:{address}"),
            5 => format!("[::FFFF:{:x}:{:x}]:443", number >> 16, number & 0xffff),
            6 => format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
            7 => format!("{a}-{b}-{c}-{d}.dynamic.example"),
            _ => format!("{address}:51234"),
        };
        (address, text)
    })
}

pub fn spelled_v6() -> impl Strategy<Value = (Ipv6Addr, String)> {
    (any::<[u16; 7]>(), 0..5usize).prop_map(|([b, c, d, e, f, g, h], spelling)| {
        let address = Ipv6Addr::new(0x2a00 | (b & 0xff), b | 1, c, d, e | 0x1000, f, g, h);
        let segments = address.segments().map(|segment| format!("{segment:04X}"));
        let text = match spelling {
            0 => address.to_string(),
            1 => segments.join(":"),
            2 => format!("[{address}]:443"),
            3 => format!("{address}%25eth0"),
            _ => segments.concat().to_lowercase(),
        };
        (address, text)
    })
}
