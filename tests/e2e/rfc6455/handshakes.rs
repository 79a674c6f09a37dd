//! Opening handshakes as data: what a visitor asks, what a vendor answers, and what comes of it.
//!
//! A case is a change to a plain handshake: `Name: value` in place of that field, `+Name: value` beside it, `-Name`
//! without it, and a start line in place of its own.

/// A change to a plain handshake, and what comes of it.
pub struct Change {
    pub section: &'static str,
    pub says: &'static str,
    pub lines: &'static [&'static str],
    pub then: Then,
}

/// What a visitor is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Opens,
    /// No socket: this status. The vendor has heard nothing of it.
    Refused(u16),
    /// No wish for a socket that privet knows: a request like any other, answered with what the vendor says.
    Ordinary,
}
use Then::{Opens, Ordinary, Refused};

const fn ask(
    section: &'static str,
    says: &'static str,
    lines: &'static [&'static str],
    then: Then,
) -> Change {
    Change { section, says, lines, then }
}

/// What a visitor may ask.
pub const ASKED: [Change; 46] = [
    ask("4.2.1", "a plain handshake opens a socket", &[], Opens),
    ask("4.2.1", "names of fields may be in any case", &["-Upgrade", "+uPGRADE: websocket"], Opens),
    ask("4.2.1", "the upgrade may be in any case", &["Upgrade: WebSocket"], Opens),
    ask("4.2.1", "the upgrade may be one of several", &["Upgrade: h2c, websocket"], Opens),
    ask("4.2.1", "the upgrade may stand in a second line", &["Upgrade: h2c", "+Upgrade: websocket"], Opens),
    ask("4.2.1", "the connection's option may be in any case", &["Connection: upGrade"], Opens),
    ask("4.2.1", "the connection may have other options", &["Connection: keep-alive, Upgrade"], Opens),
    ask("4.2.1", "the connection's option may stand last", &["Connection: keep-alive,,Upgrade"], Opens),
    ask(
        "4.2.1",
        "the option may stand in a second line",
        &["Connection: keep-alive", "+Connection: Upgrade"],
        Opens,
    ),
    ask("4.2.1", "a field nobody knows changes nothing", &["+X-Unknown: 1"], Opens),
    ask("4.2.1", "an empty body is none", &["+Content-Length: 0"], Opens),
    ask(
        "4.2.1",
        "spaces around a key do not count",
        &["Sec-WebSocket-Key:   dGhlIHNhbXBsZSBub25jZQ==  "],
        Opens,
    ),
    ask("4.2.1", "a whole target is understood", &["GET http://vendor.test/s HTTP/1.1"], Opens),
    ask("4.2.1", "without an upgrade it is a request", &["-Upgrade"], Ordinary),
    ask("4.2.1", "another upgrade is not asked for", &["Upgrade: h2c"], Ordinary),
    ask("4.2.1", "an upgrade that is longer is another", &["Upgrade: websocket2"], Ordinary),
    ask("4.2.1", "HTTP/1.0 knows no upgrade", &["GET /s HTTP/1.0"], Ordinary),
    ask("4.2.1", "without a connection option it is refused", &["-Connection"], Refused(400)),
    ask("4.2.1", "with another connection option it is refused", &["Connection: keep-alive"], Refused(400)),
    ask("4.2.1", "with a longer connection option it is refused", &["Connection: upgrades"], Refused(400)),
    ask("4.2.1", "POST opens no socket", &["POST /s HTTP/1.1"], Refused(400)),
    ask("4.2.1", "HEAD opens no socket", &["HEAD /s HTTP/1.1"], Refused(400)),
    ask("4.2.1", "a request without a host is refused", &["-Host"], Refused(400)),
    ask("4.2.1", "a request with two hosts is refused", &["+Host: vendor.test"], Refused(400)),
    ask("4.2.1", "a host of nobody's opens no socket", &["Host: other.test"], Refused(421)),
    ask("4.2.1", "a body opens no socket", &["+Content-Length: 5"], Refused(400)),
    ask("4.2.1", "a body in chunks opens no socket", &["+Transfer-Encoding: chunked"], Refused(400)),
    ask("4.2.1", "without a key it is refused", &["-Sec-WebSocket-Key"], Refused(400)),
    ask("4.2.1", "an empty key is refused", &["Sec-WebSocket-Key:"], Refused(400)),
    ask(
        "4.2.1",
        "a key of fifteen bytes is refused",
        &["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA"],
        Refused(400),
    ),
    ask(
        "4.2.1",
        "a key of seventeen bytes is refused",
        &["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA="],
        Refused(400),
    ),
    ask(
        "4.2.1",
        "a key that is no base64 is refused",
        &["Sec-WebSocket-Key: dGhlIHNhbXBsZS!ub25jZQ=="],
        Refused(400),
    ),
    ask(
        "4.2.1",
        "a key without its padding is refused",
        &["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"],
        Refused(400),
    ),
    ask("11.3.1", "two keys are refused", &["+Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], Refused(400)),
    ask("4.4", "without a version it is refused", &["-Sec-WebSocket-Version"], Refused(426)),
    ask("4.4", "version 0 is refused", &["Sec-WebSocket-Version: 0"], Refused(426)),
    ask("4.4", "version 8 is refused", &["Sec-WebSocket-Version: 8"], Refused(426)),
    ask("4.4", "version 12 is refused", &["Sec-WebSocket-Version: 12"], Refused(426)),
    ask("4.4", "version 14 is refused", &["Sec-WebSocket-Version: 14"], Refused(426)),
    ask("4.4", "version 013 is refused", &["Sec-WebSocket-Version: 013"], Refused(426)),
    ask("4.4", "two versions in a line are refused", &["Sec-WebSocket-Version: 13, 8"], Refused(426)),
    ask("11.3.5", "two lines of a version are refused", &["+Sec-WebSocket-Version: 13"], Refused(426)),
    ask("4.1", "empty elements of a list do not count", &["+Sec-WebSocket-Protocol: json,,"], Opens),
    ask("4.1", "a subprotocol that is no token is refused", &["+Sec-WebSocket-Protocol: a b"], Refused(400)),
    ask(
        "4.1",
        "a subprotocol offered twice is refused",
        &["+Sec-WebSocket-Protocol: json, json"],
        Refused(400),
    ),
    ask("11.3.3", "a visitor's accept is no answer", &["+Sec-WebSocket-Accept: AAAA"], Opens),
];

/// What a vendor may answer.
pub const ANSWERED: [Change; 35] = [
    ask("4.1", "an upgrade may be in any case", &["Upgrade: WEBSOCKET"], Opens),
    ask("4.1", "a connection may have other options", &["Connection: keep-alive, upgrade"], Opens),
    ask("4.1", "a reason phrase may be any", &["HTTP/1.1 101 Web Socket Protocol Handshake"], Opens),
    ask("4.1", "a field of a vendor changes nothing", &["+Server: rare/1.0"], Opens),
    ask("4.1", "a date changes nothing", &["+Date: Sun, 22 Nov 2026 12:00:00 GMT"], Opens),
    ask("4.1", "spaces around an accept do not count", &["Sec-WebSocket-Accept:  {accept}  "], Opens),
    ask("4.1", "an answer without an upgrade is no switch", &["-Upgrade"], Refused(502)),
    ask("4.1", "another upgrade is no switch", &["Upgrade: h2c"], Refused(502)),
    ask("4.1", "two upgrades are no switch", &["Upgrade: h2c, websocket"], Refused(502)),
    ask("4.1", "an upgrade told twice is no switch", &["+Upgrade: websocket"], Refused(502)),
    ask("4.1", "an answer without a connection is no switch", &["-Connection"], Refused(502)),
    ask("4.1", "a connection that closes is no switch", &["Connection: close"], Refused(502)),
    ask("4.1", "an answer without an accept is no switch", &["-Sec-WebSocket-Accept"], Refused(502)),
    ask("4.1", "an empty accept is wrong", &["Sec-WebSocket-Accept:"], Refused(502)),
    ask(
        "4.1",
        "another key's accept is wrong",
        &["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
        Refused(502),
    ),
    ask("4.1", "an accept with more behind it is wrong", &["Sec-WebSocket-Accept: {accept}="], Refused(502)),
    ask("4.1", "an accept told twice is wrong", &["+Sec-WebSocket-Accept: {accept}"], Refused(502)),
    ask(
        "4.1",
        "a subprotocol that was not offered is wrong",
        &["+Sec-WebSocket-Protocol: json"],
        Refused(502),
    ),
    ask(
        "4.1",
        "an extension that was not offered is wrong",
        &["+Sec-WebSocket-Extensions: x-any"],
        Refused(502),
    ),
    ask("4.1", "an empty extension is wrong", &["+Sec-WebSocket-Extensions:"], Refused(502)),
    ask(
        "4.1",
        "another switch is no socket",
        &["HTTP/1.1 101 X", "Upgrade: h2c", "-Sec-WebSocket-Accept"],
        Refused(502),
    ),
    ask("4.2.2", "HTTP/1.0 knows no switch", &["HTTP/1.0 101 Switching Protocols"], Refused(502)),
    ask("4.1", "an answer that is no HTTP is no switch", &["WEBSOCKET 101"], Refused(502)),
    ask("4.1", "200 is an answer and no socket", &["HTTP/1.1 200 OK", "+Content-Length: 0"], Refused(200)),
    ask("4.1", "204 is an answer and no socket", &["HTTP/1.1 204 No Content"], Refused(204)),
    ask("4.1", "401 is an answer", &["HTTP/1.1 401 X", "+Content-Length: 0"], Refused(401)),
    ask("4.2.2", "403 is an answer", &["HTTP/1.1 403 X", "+Content-Length: 0"], Refused(403)),
    ask("4.1", "404 is an answer", &["HTTP/1.1 404 X", "+Content-Length: 0"], Refused(404)),
    ask("4.4", "426 is an answer", &["HTTP/1.1 426 X", "+Content-Length: 0"], Refused(426)),
    ask("4.1", "429 is an answer", &["HTTP/1.1 429 X", "+Content-Length: 0"], Refused(429)),
    ask("4.1", "500 is an answer", &["HTTP/1.1 500 X", "+Content-Length: 0"], Refused(500)),
    ask("4.1", "503 is an answer", &["HTTP/1.1 503 X", "+Content-Length: 0"], Refused(503)),
    ask(
        "4.1",
        "a redirect within the route is an answer",
        &["HTTP/1.1 307 X", "+Location: /t", "+Content-Length: 0"],
        Refused(307),
    ),
    ask(
        "4.1",
        "a redirect to elsewhere is none",
        &["HTTP/1.1 307 X", "+Location: wss://evil.example/", "+Content-Length: 0"],
        Refused(502),
    ),
    ask(
        "4.1",
        "a redirect without a place is an answer",
        &["HTTP/1.1 302 X", "+Content-Length: 0"],
        Refused(302),
    ),
];

pub fn told() -> impl Iterator<Item = (&'static str, String)> {
    let streams = STREAMS.iter().map(|(section, says, ..)| (*section, (*says).to_owned()));
    ASKED.iter().chain(&ANSWERED).map(|change| (change.section, change.says.to_owned())).chain(streams)
}

/// RFC 8441 §4 and §5: what a stream asks, and what it is answered.
pub const STREAMS: [(&str, &str, Fields, Result<(), u16>); 7] = [
    ("8441 5", "a stream with a version opens a socket", &[VERSION], Ok(())),
    ("8441 5", "a key is none of its business", &[VERSION, ("sec-websocket-key", "x")], Ok(())),
    ("8441 5", "a stream without a version is refused", &[], Err(426)),
    ("8441 5", "a stream of another version is refused", &[("sec-websocket-version", "8")], Err(426)),
    ("8441 5", "a subprotocol offered twice is refused", &[VERSION, OFFER, OFFER], Err(400)),
    ("8441 5", "a subprotocol may be agreed upon or not", &[VERSION, OFFER], Ok(())),
    ("8441 4", "a version told twice is refused", &[VERSION, VERSION], Err(426)),
];

pub type Fields = &'static [(&'static str, &'static str)];
pub const VERSION: (&str, &str) = ("sec-websocket-version", "13");
const OFFER: (&str, &str) = ("sec-websocket-protocol", "json");
