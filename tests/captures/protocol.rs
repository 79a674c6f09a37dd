//! What each vendor's protocol needs, and whether it is still there after the engine.
//!
//! Written from the vendors' public documentation, not from the maps it judges.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::recording::Recorded;

pub struct Protocol {
    pub vendor: &'static str,
    /// Pairs of the query or of a form body that leave byte for byte as they came.
    pub pairs: &'static [&'static str],
    /// JSON values that leave as they came; `*` is any member.
    pub values: &'static [&'static str],
    /// JSON values that leave as a stand-in of the same type.
    pub stand_ins: &'static [&'static str],
    /// Whether a body may be refused that could be read.
    pub may_refuse: bool,
}

pub const POSTHOG: Protocol = Protocol {
    vendor: "posthog",
    pairs: &["v", "compression"],
    values: &[
        "/api_key",
        "/token",
        "/sent_at",
        "/batch/*/uuid",
        "/batch/*/event",
        "/batch/*/timestamp",
        "/batch/*/properties/token",
        "/batch/*/properties/$lib",
        "/batch/*/properties/$lib_version",
        "/batch/*/properties/$insert_id",
        "/batch/*/properties/$process_person_profile",
        "/*/properties/$snapshot_data/*/type",
        "/*/properties/$snapshot_data/*/timestamp",
        "/*/properties/$snapshot_data/*/data/source",
    ],
    stand_ins: &["/distinct_id", "/batch/*/properties/distinct_id", "/batch/*/properties/$session_id"],
    may_refuse: false,
};

pub const MIXPANEL: Protocol = Protocol {
    vendor: "mixpanel",
    pairs: &["verbose", "_"],
    values: &[
        "/*/event",
        "/*/$token",
        "/*/properties/token",
        "/*/properties/time",
        "/*/properties/$insert_id",
        "/*/properties/mp_lib",
        "/*/type",
        "/*/timestamp",
        "/*/data/source",
    ],
    stand_ins: &["/*/properties/distinct_id", "/*/$distinct_id"],
    may_refuse: false,
};

pub const MATOMO: Protocol = Protocol {
    vendor: "matomo",
    pairs: &["idsite", "rec", "r", "send_image", "pv_id", "idgoal", "revenue", "e_c", "ec_items"],
    values: &[],
    stand_ins: &[],
    may_refuse: false,
};

pub const PLAUSIBLE: Protocol = Protocol {
    vendor: "plausible",
    pairs: &[],
    values: &["/n", "/d", "/v", "/e", "/sd", "/$/amount", "/$/currency"],
    stand_ins: &[],
    may_refuse: false,
};

pub const SEGMENT: Protocol = Protocol {
    vendor: "segment",
    pairs: &[],
    values: &[
        "/type",
        "/event",
        "/messageId",
        "/writeKey",
        "/timestamp",
        "/sentAt",
        "/context/library",
        "/integrations",
    ],
    stand_ins: &["/anonymousId"],
    may_refuse: false,
};

pub const GA4: Protocol = Protocol {
    vendor: "ga4",
    pairs: &[
        "v",
        "tid",
        "gtm",
        "_p",
        "gcd",
        "dma",
        "_s",
        "en",
        "_et",
        "cu",
        "epn.value",
        "pr1",
        "measurement_id",
        "api_secret",
    ],
    values: &["/timestamp_micros", "/events/*/name", "/events/*/params/engagement_time_msec"],
    stand_ins: &["/client_id"],
    may_refuse: false,
};

/// Without the hour on the visitor's wall, which is a time zone.
pub const COUNTLY: Protocol = Protocol {
    vendor: "countly",
    pairs: &["app_key", "sdk_name", "sdk_version", "timestamp", "t", "rr", "method"],
    values: &[],
    stand_ins: &[],
    may_refuse: false,
};

/// Without what the site put into its own data.
pub const ROLLBAR: Protocol = Protocol {
    vendor: "rollbar",
    pairs: &[],
    values: &["/data/uuid", "/data/notifier/name", "/data/level", "/data/body/trace/exception/class"],
    stand_ins: &[],
    may_refuse: false,
};

/// Its settings say something else when they leave: that no address is to be taken.
pub const SENTRY: Protocol = Protocol {
    vendor: "sentry",
    pairs: &["sentry_version", "sentry_key"],
    values: &["/*/sdk/name", "/*/type", "/*/exception/values/*/type"],
    stand_ins: &["/*/sid"],
    may_refuse: false,
};

/// What it says in a form of its own cannot be read.
pub const NEW_RELIC: Protocol = Protocol {
    vendor: "newrelic",
    pairs: &["a", "sa", "v", "t", "rst", "browser_monitoring_key"],
    values: &[],
    stand_ins: &[],
    may_refuse: true,
};

pub const RECORDING: Protocol = Protocol {
    vendor: "",
    pairs: &[],
    values: &["/seq", "/events/*/type", "/events/*/timestamp", "/events/*/data/source", "/events/*/data/id"],
    stand_ins: &[],
    may_refuse: false,
};

pub const UNKNOWN: Protocol =
    Protocol { vendor: "", pairs: &[], values: &[], stand_ins: &[], may_refuse: true };

impl Protocol {
    /// What the vendor would miss, in words.
    pub fn broken(&self, before: &Recorded, after: &Recorded) -> Vec<String> {
        let mut broken = Vec::new();
        if (&before.method, before.path_only()) != (&after.method, after.path_only()) {
            broken.push("method or path changed".to_owned());
        }
        let (pairs_before, pairs_after) = (pairs(before), pairs(after));
        for name in self.pairs {
            let values = |pairs: &[String]| -> Vec<String> {
                pairs.iter().filter(|pair| pair.split('=').next() == Some(name)).cloned().collect()
            };
            if values(&pairs_before) != values(&pairs_after) {
                broken.push(format!("parameter {name} changed"));
            }
        }
        match (document(before), document(after)) {
            (None, _) => {}
            (Some(_), None) => broken.push("the body is no JSON any more".to_owned()),
            (Some(before), Some(after)) => self.compare(&before, &after, &mut broken),
        }
        let label = |request: &Recorded| {
            request.header("content-type").unwrap_or_default().split(';').next().unwrap().to_owned()
        };
        if !after.body().is_empty() && label(before) != label(after) {
            broken.push("the content type changed".to_owned());
        }
        if before.body().is_empty() != after.body().is_empty() && !self.vendor.is_empty() {
            broken.push("the body is gone".to_owned());
        }
        broken
    }

    /// How many of the places stand in a request: one that stands in none checks nothing.
    pub fn places<'p>(&'p self, request: &Recorded) -> Vec<&'p str> {
        let pairs = pairs(request);
        let named =
            self.pairs.iter().filter(|name| pairs.iter().any(|pair| pair.split('=').next() == Some(name)));
        let document = document(request).unwrap_or_default();
        let pointed =
            self.values.iter().chain(self.stand_ins).filter(|place| !at(&document, place).is_empty());
        named.chain(pointed).copied().collect()
    }

    fn compare(&self, before: &Value, after: &Value, broken: &mut Vec<String>) {
        for pointer in self.values {
            for (place, value) in at(before, pointer) {
                if after.pointer(&place) != Some(value) {
                    broken.push(format!("JSON {place} changed or is gone"));
                }
            }
        }
        for pointer in self.stand_ins {
            for (place, value) in at(before, pointer) {
                let new = after.pointer(&place);
                if new.is_none_or(|new| new == value || new.is_string() != value.is_string()) {
                    broken.push(format!("JSON {place} is not a stand-in"));
                }
            }
        }
    }
}

/// The pairs of the query and of a form body, as they are spelled.
fn pairs(request: &Recorded) -> Vec<String> {
    let body = String::from_utf8_lossy(&request.body()).into_owned();
    let form = if body.starts_with(['{', '[']) { "" } else { &*body };
    let split = |text: &str| -> Vec<String> { text.split(['&', '\r', '\n']).map(str::to_owned).collect() };
    split(request.query()).into_iter().chain(split(form)).filter(|pair| !pair.is_empty()).collect()
}

/// The JSON document of the body, bare, compressed, as lines, or as a form's `data` in base64.
fn document(request: &Recorded) -> Option<Value> {
    let mut body = request.body();
    if body.starts_with(b"\x1f\x8b") {
        let compressed = std::mem::take(&mut body);
        flate2::read::GzDecoder::new(&*compressed).read_to_end(&mut body).ok()?;
    }
    let body = String::from_utf8(body).ok()?;
    match body.strip_prefix("data=") {
        None => serde_json::from_str(&body).ok().or_else(|| {
            body.lines().map(|line| serde_json::from_str(line).ok()).collect::<Option<_>>().map(Value::Array)
        }),
        Some(data) => {
            let data = percent_decode_str(data.split('&').next()?).decode_utf8().ok()?.into_owned();
            serde_json::from_slice(&BASE64_STANDARD.decode(data).ok()?).ok()
        }
    }
}

/// The values a pattern names, each with its own pointer.
fn at<'v>(value: &'v Value, pattern: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), value)];
    for step in pattern.split('/').skip(1) {
        found = found.into_iter().flat_map(|(place, value)| members(&place, value, step)).collect();
    }
    found
}

fn members<'v>(place: &str, value: &'v Value, step: &str) -> Vec<(String, &'v Value)> {
    match value {
        Value::Array(items) if step == "*" => {
            items.iter().enumerate().map(|(at, item)| (format!("{place}/{at}"), item)).collect()
        }
        Value::Object(members) => {
            members.get(step).map(|member| (format!("{place}/{step}"), member)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
