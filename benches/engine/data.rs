//! What the engine is timed on: bodies as scripts send them, made anew every time and always the same.
//!
//! Does not know who reads them. Invariant: no clock and no randomness, only a small generator of its own.

use std::io::{Read, Write};

use flate2::Compression;
use http::{HeaderMap, HeaderName, HeaderValue};

pub const MULTIPART: &str = "multipart/form-data; boundary=x";

/// Pieces that made some reader slow, or could.
pub const HOSTILE: [&str; 22] = [
    "1:", "1.", "1.1.1.", "@", "a@", "ey", "eyJh.", "+1", "0x", "::", "1 ", "4111 ", "://", "de89", "(0",
    "é1.", "%31", "\\u0031", "=31", "MTIz", "3132", "a&b=",
];

const WORDS: &str = "the of and to in is you that it he was for on are as with his they at be this from have \
                     product price basket checkout review menu footer header image";

/// Numbers that look like chance (a linear congruential generator, Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        (0..count).map(|_| words[self.below(words.len() as u64) as usize]).collect::<Vec<_>>().join(" ")
    }
}

/// One event of an analytics script, 1 KiB long.
pub fn event() -> Vec<u8> {
    padded(
        r#"{"type":"track","event":"Product Viewed","messageId":"ajs-next-5f2c0b7e1d9a4c3f8b60","anonymousId":"b9f6f1e2-7a35-4c53-9a5e-0f4a4c7e11d2","userId":"user_48213","timestamp":"2026-03-14T09:26:53.589Z","sentAt":"2026-03-14T09:26:54.001Z","properties":{"sku":"G-32","name":"Monopoly: 3rd Edition","price":18.99,"quantity":1,"currency":"EUR","position":3,"inStock":true,"coupon":null,"url":"https://shop.example.test/p/monopoly-3"},"traits":{"email":"ada.lovelace@example.test","firstName":"Ada","lastName":"Lovelace","phone":"+44 20 7946 0018","plan":"gold"},"context":{"ip":"203.0.113.57","library":{"name":"analytics.js","version":"4.9.1"},"locale":"en-GB","timezone":"Europe/London","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","page":{"path":"/p/monopoly-3","referrer":"https://search.example.test/","title":"Monopoly"},"screen":{"width":1920,"height":1080,"density":2}}"#,
        1024,
    )
}

/// A recording in rrweb's form: pointer's moves, changes of the page, typed text.
pub fn replay(size: usize) -> Vec<u8> {
    let mut dice = Dice(7);
    let mut body =
        r#"{"session":"0198f2aa-77c1","userId":"user_48213","context":{"ip":"203.0.113.57"},"events":["#
            .to_owned();
    for turn in 1_u64.. {
        let data = match turn % 8 {
            0 => {
                let text = dice.words(120);
                format!(
                    r#"{{"source":5,"id":{},"text":"{text}","isChecked":false,"email":"ada.lovelace@example.test"}}"#,
                    dice.below(9999)
                )
            }
            1..=3 => {
                let moves: Vec<String> = (0..12)
                    .map(|_| {
                        let [x, y, id, ago] = [1900, 1000, 9999, 500].map(|limit| dice.below(limit));
                        format!(r#"{{"x":{x},"y":{y},"id":{id},"timeOffset":-{ago}}}"#)
                    })
                    .collect();
                format!(r#"{{"source":1,"positions":[{}]}}"#, moves.join(","))
            }
            _ => {
                let [id, a, b, wide, parent] = [9999, 99, 99, 999, 9999].map(|limit| dice.below(limit));
                let text = dice.words(18);
                format!(
                    r#"{{"source":0,"texts":[],"removes":[],"attributes":[{{"id":{id},"attributes":{{"class":"a-{a} b-{b}","style":"width: {wide}px; transform: none;"}}}}],"adds":[{{"parentId":{parent},"nextId":null,"node":{{"type":2,"tagName":"div","attributes":{{"data-k":"vé{turn}","href":"/p/{turn}?x=\"1\""}},"childNodes":[{{"type":3,"textContent":"{text}","id":{turn}}}],"id":{turn}}}}}]}}"#
                )
            }
        };
        let event = format!(r#"{{"type":3,"data":{data},"timestamp":{}}}"#, 1_773_480_413_000 + turn * 17);
        if body.len() + event.len() + 64 > size {
            break;
        }
        if turn > 1 {
            body.push(',');
        }
        body.push_str(&event);
    }
    body.push(']');
    padded(&body, size)
}

/// A list of products: nothing personal, no name that means anything.
pub fn rows(size: usize) -> Vec<u8> {
    let mut dice = Dice(3);
    let mut body = r#"{"rows":["#.to_owned();
    while body.len() + 400 < size {
        if !body.ends_with('[') {
            body.push(',');
        }
        let (words, more) = (dice.words(6), dice.words(12));
        body.push_str(&format!(
            r#"{{"sku":{},"label":"{words}","about":"{more}","price":{}.5,"stock":true,"tags":["red","large","new"],"weight":null}}"#,
            dice.below(99_999), dice.below(999)
        ));
    }
    body.push(']');
    padded(&body, size)
}

/// Many events in one body, each of another page.
pub fn batch(size: usize) -> Vec<u8> {
    let event = String::from_utf8(event()).unwrap();
    let mut dice = Dice(11);
    let mut events = Vec::new();
    while events.len() * event.len() + 2 * event.len() < size {
        let id = format!("{:016x}{:04x}", dice.below(u64::MAX), dice.below(0xffff));
        let event =
            event.replace("5f2c0b7e1d9a4c3f8b60", &id).replace("Monopoly: 3rd Edition", &dice.words(3));
        let event = event.replace("18.99", &format!("{}.{:02}", dice.below(90), dice.below(99)));
        events.push(
            event
                .replace("monopoly-3", &dice.words(2).replace(' ', "-"))
                .replace("26:5", &format!("2{}:5", dice.below(9))),
        );
    }
    format!(r#"{{"batch":[{}],"sentAt":"2026-03-14T09:26:54.001Z","writeKey":"k3y"}}"#, events.join(","))
        .into_bytes()
}

/// PostHog's events, many in one body.
pub fn posthog(size: usize) -> Vec<u8> {
    let event = r##"{"uuid":"0198f2aa-77c1-7cc3-98c4-dc0c0c07398f","event":"$autocapture","properties":{"$os":"Linux","$os_version":"x86_64","$browser":"Chrome","$device_type":"Desktop","$timezone":"Europe/Berlin","$current_url":"https://shop.example/cart?step=2","$host":"shop.example","$pathname":"/cart","$raw_user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","$browser_version":140,"$browser_language":"de-DE","$screen_height":1080,"$screen_width":1920,"$viewport_height":969,"$viewport_width":1920,"$lib":"web","$lib_version":"1.280.1","$insert_id":"8jz5gq1v6hq9w0cd","$time":1773480413.017,"distinct_id":"0198f2aa-77c1-7cc3-98c4-dc0c0c07398f","$device_id":"0198f2aa-77c1-7cc3-98c4-dc0c0c07398f","$session_id":"0198f2aa-77c1-7cc3-98c4-dc0c0c07398f","$window_id":"0198f2aa-77c1-7cc3-98c4-dc0c0c07398f","$event_type":"click","$elements":[{"tag_name":"button","$el_text":"Buy now","classes":["btn","btn-primary"],"attr__class":"btn btn-primary","nth_child":2,"nth_of_type":1}],"token":"phc_abcdefghijklmnopqrstuvwxyz","$referrer":"$direct"},"offset":1721}"##;
    let events = vec![event; size / (event.len() + 1)].join(",");
    format!("[{events}]").into_bytes()
}

pub fn form() -> Vec<u8> {
    let mut form =
        "v=1&en=page_view&email=ada%40example.test&dl=https%3A%2F%2Fshop.example%2Fcart%3Fstep%3D2"
            .to_owned();
    for turn in 0..24 {
        form.push_str(&format!("&ep.field_{turn}=some+text+with+words+{turn}"));
    }
    form.into_bytes()
}

pub fn prose(size: usize) -> Vec<u8> {
    repeated(&format!("{}. ", Dice(5).words(40)), size)
}

pub fn repeated(piece: &str, size: usize) -> Vec<u8> {
    piece.repeat(size / piece.len()).into_bytes()
}

/// One long word of base64 that says prose.
pub fn base64(size: usize) -> Vec<u8> {
    // "the price of the basket " and so on: 24 bytes are 32 letters.
    repeated("dGhlIHByaWNlIG9mIHRoZSBiYXNrZXQg", size)
}

pub fn target() -> String {
    "/matomo.php?action_name=Cart&idsite=1&rec=1&r=551213&h=10&m=42&s=31&url=https%3A%2F%2Fshop.example%2Fcart%3Fstep%3D2&_id=8f14e45fceea467f&cookie=1&res=1920x1080&pv_id=ZkT3yb".to_owned()
}

pub fn headers() -> HeaderMap {
    fields(&[
        ("host", "stats.shop.example"),
        (
            "user-agent",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "de-CH,de;q=0.9,en;q=0.8"),
        ("cache-control", "no-cache"),
        ("origin", "https://www.shop.example"),
        ("pragma", "no-cache"),
        ("referer", "https://www.shop.example/cart?step=2"),
        ("sec-ch-ua", "\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\""),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", "\"Windows\""),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "same-site"),
        ("x-forwarded-for", "203.0.113.57"),
    ])
}

pub fn cookies() -> HeaderMap {
    fields(&[(
        "cookie",
        "_pk_id.1.1fff=8f14e45fceea467f.1773480413.; _pk_ses.1.1fff=1; session=0198f2aa77c17cc3; theme=dark; \
         consent=yes; _ga=GA1.1.1830572291.1795321900; lang=de; cart=3; seen=1,2,3; ab=blue",
    )])
}

fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

pub fn multipart() -> Vec<u8> {
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let document = String::from_utf8(event()).unwrap();
    let mut body: String =
        [("event", &*document), ("email", "ada@example.test"), ("note", "some words"), ("n", "42")]
            .map(|(name, value)| part(name, value))
            .concat();
    body.push_str("--x--\r\n");
    body.into_bytes()
}

pub fn message() -> String {
    r#"{"topic":"room:42","event":"say","payload":{"body":"Where is my parcel?","typing":false,"email":"ada@example.test"},"ref":"17","join_ref":"3"}"#.to_owned()
}

pub fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::bufread::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

/// An object without its end, ended by a member that fills it up.
fn padded(open: &str, size: usize) -> Vec<u8> {
    let fill = size.saturating_sub(open.len() + r#","pad":""}"#.len());
    format!(r#"{open},"pad":"{}"}}"#, "p".repeat(fill)).into_bytes()
}

/// A script as bundlers write them, without a name in it.
pub fn script(length: usize) -> Vec<u8> {
    let piece = "function e(t,n){return t.prototype.has(n)?t.get(n):Object.assign({},{url:\"https://a.example/\"+n,host:w.h})}\n";
    piece.bytes().cycle().take(length).collect()
}

/// The same, that names a server in each line.
pub fn named(length: usize) -> Vec<u8> {
    let piece = "var u=\"https://host7.vendor.example/collect\",f=function(e){return fetch(u+e.path,{method:\"POST\",body:e.body})};\n";
    piece.bytes().cycle().take(length).collect()
}
