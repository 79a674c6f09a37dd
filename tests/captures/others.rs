//! Scripts of vendors on a route without a map, which keeps what no rule names; and of some with their map.
//!
//! Written from the vendors' public documentation. Invariant: what still leaves of the visitor is said here, word by
//! word, and all of it is either what the site itself put into its own events under names of its own, or a vendor's
//! name that means something else elsewhere; a rule of the route takes care of either.

use crate::protocol::Protocol;

pub struct Other {
    pub name: &'static str,
    pub protocol: Protocol,
    /// What leaves all the same.
    pub leaves: &'static [&'static str],
}

const fn other(
    name: &'static str,
    pairs: &'static [&'static str],
    values: &'static [&'static str],
    stand_ins: &'static [&'static str],
    leaves: &'static [&'static str],
) -> Other {
    Other { name, protocol: Protocol { vendor: "", pairs, values, stand_ins, may_refuse: false }, leaves }
}

/// The site's own property `suche`, and what it wrote to the console or the log.
const SEARCHED: &str = "searched words";
/// A page's title under a bare `title`, `name` or `page`.
const TITLE: &str = "name";
/// A bare `order`, or a title that is one.
const ORDER: &str = "order";

const SPANS: &[&str] = &[
    "/resourceSpans/*/scopeSpans/*/scope",
    "/resourceSpans/*/scopeSpans/*/spans/*/traceId",
    "/resourceSpans/*/scopeSpans/*/spans/*/spanId",
    "/resourceSpans/*/scopeSpans/*/spans/*/name",
    "/resourceSpans/*/scopeSpans/*/spans/*/kind",
    "/resourceSpans/*/scopeSpans/*/spans/*/startTimeUnixNano",
    "/resourceSpans/*/scopeSpans/*/spans/*/attributes/*/key",
];

const SEGMENTS: &[&str] = &["/type", "/event", "/messageId", "/timestamp", "/sentAt", "/context/library"];

/// A recording, its vendor's map, how many requests leave, and what of the visitor leaves under `balanced`.
pub type Mapped = (&'static str, &'static str, usize, &'static [&'static str]);

/// What `balanced` keeps: the page's title, a site's own property, the time zone.
const TITLED: &str = "contact: name";
const OWN: &str = "page_text: searched words";
const ZONE: &str = "timezone";
/// A site's own property `order`.
const ORDERED: &str = "account_id: order";

/// Those of the scripts below that have a map.
pub const MAPPED: [Mapped; 12] = [
    ("amplitude", "amplitude", 3, &[TITLED]),
    ("bugsnag", "bugsnag", 2, &[]),
    ("countly", "countly", 3, &[]),
    ("datadog", "datadog-rum", 6, &[ZONE]),
    ("elastic", "elastic-apm", 2, &[ORDERED]),
    ("jitsu", "jitsu", 3, &[TITLED, OWN]),
    ("otlp", "otel", 1, &[]),
    ("rollbar", "rollbar", 1, &[ORDERED]),
    ("rudderstack", "rudderstack", 4, &[TITLED, OWN]),
    ("sentry", "sentry", 6, &[ZONE]),
    ("snowplow", "snowplow", 4, &[TITLED, ZONE]),
    ("snowplow-get", "snowplow", 6, &[TITLED, OWN, ZONE]),
];

pub const OTHERS: [Other; 25] = [
    other(
        "airbrake",
        &["key"],
        &["/errors/*/type", "/context/notifier", "/context/severity", "/params/cart"],
        &[],
        &[SEARCHED],
    ),
    other(
        "amplitude",
        &[],
        &["/api_key", "/events/*/event_type", "/events/*/time", "/events/*/insert_id", "/events/*/library"],
        &["/events/*/device_id", "/events/*/session_id"],
        &[],
    ),
    other(
        "appinsights",
        &[],
        &["/*/iKey", "/*/name", "/*/time", "/*/data/baseType", "/*/data/baseData/ver"],
        &["/*/tags/ai.session.id"],
        &[SEARCHED, TITLE, ORDER],
    ),
    other(
        "awsrum",
        &[],
        &["/BatchId", "/AppMonitorDetails", "/RumEvents/*/id", "/RumEvents/*/type", "/RumEvents/*/timestamp"],
        &[],
        &[TITLE],
    ),
    other(
        "braze",
        &[],
        &["/events/*/name", "/events/*/time", "/events/*/data/p/cart"],
        &["/device_id"],
        &[SEARCHED],
    ),
    other(
        "bugsnag",
        &[],
        &["/apiKey", "/notifier/name", "/events/*/exceptions/*/errorClass", "/events/*/payloadVersion"],
        &["/device/id"],
        &[SEARCHED],
    ),
    other("countly", &["app_key", "sdk_name", "sdk_version", "timestamp", "hour", "t"], &[], &[], &[]),
    other("customerio", &[], SEGMENTS, &["/anonymousId"], &[SEARCHED]),
    other(
        "datadog",
        &["ddsource", "dd-api-key", "dd-request-id"],
        &["/*/type", "/*/date", "/*/application", "/*/_dd/format_version"],
        &["/*/session/id"],
        &[SEARCHED],
    ),
    other(
        "elastic",
        &[],
        &["/*/metadata/service/name", "/*/error/id", "/*/error/exception/type"],
        &[],
        &[ORDER],
    ),
    other(
        "faro",
        &[],
        &["/meta/app", "/meta/sdk/name", "/events/*/name", "/exceptions/*/type"],
        &["/meta/session/id"],
        &[SEARCHED],
    ),
    other("honeybadger", &[], &["/notifier", "/error/class", "/event_type", "/ts"], &[], &[SEARCHED]),
    other("hyperdx", &[], SPANS, &[], &[SEARCHED]),
    other("jitsu", &[], SEGMENTS, &["/anonymousId"], &[SEARCHED]),
    other(
        "newrelic",
        &["browser_monitoring_key", "type", "app_id", "protocol_version", "timestamp", "a", "v"],
        &["/*/type", "/*/timestamp"],
        &[],
        &["login", "fragment", "path"],
    ),
    other("openpanel", &[], &["/type", "/payload/name", "/payload/properties/cart"], &[], &[SEARCHED]),
    other("otlp", &[], SPANS, &[], &[]),
    other("piano", &["s"], &["/events/*/name", "/events/*/data/page"], &[], &[SEARCHED]),
    other(
        "rollbar",
        &[],
        &["/data/notifier/name", "/data/level", "/data/custom/cart"],
        &[],
        &[SEARCHED, ORDER],
    ),
    other(
        "rudderstack",
        &["writeKey"],
        &["/type", "/event", "/messageId", "/originalTimestamp", "/sentAt", "/context/library"],
        &["/anonymousId"],
        &[SEARCHED],
    ),
    other("sentry", &["sentry_version", "sentry_key"], &["/*/sdk", "/*/type"], &[], &[SEARCHED]),
    other(
        "snowplow",
        &[],
        &["/schema", "/data/*/e", "/data/*/eid", "/data/*/tv", "/data/*/aid", "/data/*/dtm"],
        &["/data/*/duid", "/data/*/sid"],
        &[TITLE],
    ),
    other("snowplow-get", &["e", "eid", "tv", "tna", "aid", "p", "dtm"], &[], &[], &[SEARCHED, TITLE]),
    other("statsig", &["k", "sv"], &[], &[], &[]),
    other("trackjs", &["v"], &["/agentPlatform", "/customer/application"], &[], &[SEARCHED]),
];
