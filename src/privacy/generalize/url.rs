//! A page's address without what tells visitors apart: no userinfo, query, fragment or path parameters, and
//! `*` for segments that look like identifiers.
//!
//! Knows what identifiers look like, not which paths a site has. Ordinary words stay, and so do numbers up
//! to 99 and years, for they are pages and months: `/blog/2024/05/ten-tips`. Invariant: nothing but scheme,
//! host, port and plain segments comes out.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::privacy::detect;
use crate::privacy::glance::{BYTE, DIGIT, Glance};

const SEGMENT_MOST: usize = 100;
const WORD_MOST: usize = 40;
/// Fewer letters without a digit are no token.
const TOKEN_LEAST: usize = 16;
/// Percent encodings on top of one another that are undone before a segment is judged.
const LAYERS: usize = 4;

/// Methods of RFC 9110 §9.1 and RFC 5789, in whose words tracers call a request: `GET https://shop.example/a`.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The address of a page, absolute or relative, perhaps behind a method.
pub fn page(url: &str) -> Option<String> {
    let url = url.trim();
    let behind = |method: &'static str| Some((method, url.strip_prefix(method)?.strip_prefix(' ')?));
    match METHODS.into_iter().find_map(behind) {
        Some((method, url)) => Some(format!("{method} {}", address(url.trim())?).trim_end().to_owned()),
        None => address(url),
    }
}

fn address(url: &str) -> Option<String> {
    let url = slashed(url);
    let (scheme, slashes, host, path) = match Absolute::read(&url) {
        Some(Absolute { scheme, host, path }) => (scheme, "//", host, path),
        None if is_relative(&url) => ("", "", "", &*url),
        None => return None,
    };
    let path = until(path, |byte| matches!(byte, b'?' | b'#'));
    let mut page = String::with_capacity(url.len());
    page.extend([scheme, slashes, host]);
    let origin = page.len();
    let (mut copied, mut at) = (0, 0);
    while at <= path.len() {
        let segment = until(&path[at..], |byte| byte == b'/');
        let plain = plain(segment);
        if plain != segment {
            page.extend([&path[copied..at], plain]);
            copied = at + segment.len();
        }
        at += segment.len() + 1;
    }
    page.push_str(&path[copied..]);
    // A space may have stood before a parameter.
    page.truncate(origin + page[origin..].trim_end().len());
    // Without its parameters a path may begin like a host.
    (!(origin == 0 && page.starts_with("//"))).then_some(page)
}

/// Browsers take a backslash for a slash.
fn slashed(url: &str) -> Cow<'_, str> {
    if url.contains('\\') { Cow::Owned(url.replace('\\', "/")) } else { Cow::Borrowed(url) }
}

/// Scheme, host and port, as browsers compare them (RFC 6454 §4).
pub fn origin(url: &str) -> Option<String> {
    let url = slashed(url.trim());
    let Absolute { scheme, host, .. } = Absolute::read(&url)?;
    let scheme = scheme.to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "https:" => ":443",
        "http:" => ":80",
        _ => return None,
    };
    Some(format!("{scheme}//{}", host.strip_suffix(default).unwrap_or(&host)))
}

/// `https://host:port/path`, or the same without a scheme.
struct Absolute<'u> {
    /// With its colon, or empty.
    scheme: &'u str,
    /// With its port.
    host: &'u str,
    path: &'u str,
}

impl<'u> Absolute<'u> {
    fn read(url: &'u str) -> Option<Self> {
        let slashes = url.as_bytes().windows(2).position(|pair| pair == b"//")?;
        let (scheme, rest) = (&url[..slashes], &url[slashes + 2..]);
        let web = ["", "http:", "https:", "ws:", "wss:"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
        let (authority, path) = rest.split_at(until(rest, ends_host).len());
        let host = &authority[authority.bytes().rposition(|byte| byte == b'@').map_or(0, |at| at + 1)..];
        (web && is_host(host)).then_some(Self { scheme, host, path })
    }
}

/// What stands before the first mark of ASCII of some kind.
fn until(text: &str, is_mark: impl Fn(u8) -> bool) -> &str {
    &text[..text.bytes().position(is_mark).unwrap_or(text.len())]
}

fn ends_host(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'#')
}

fn is_host(host: &str) -> bool {
    let part = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '[' | ']');
    host.starts_with(|char: char| char.is_alphanumeric() || char == '[') && host.chars().all(part)
}

/// No scheme and no host: a path, perhaps with a query.
fn is_relative(url: &str) -> bool {
    let path = until(url, ends_host);
    !path.contains(':') && !url.starts_with("//")
}

/// A segment as it may be told.
fn plain(segment: &str) -> &str {
    let segment = until(segment, |byte| byte == b';');
    if segment == "*" || !looks_like_an_id(segment) { segment } else { "*" }
}

fn looks_like_an_id(segment: &str) -> bool {
    // Letters alone, and so few of them, are a word.
    if segment.len() < TOKEN_LEAST && segment.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    let text = decoded(segment);
    let glance = Glance::of(&text);
    let opaque = |byte: u8| matches!(byte, b'@' | b'=' | b'&' | b'?' | b'#' | b';' | b':');
    text.bytes().any(opaque)
        || (glance.any(BYTE) && text.contains('\u{fffd}'))
        || text.len() > SEGMENT_MOST
        || (may_be_number_like(&glance) && is_number_like(&text))
        || (may_hold_tokens(&text, &glance) && words(&text).any(is_token))
        || is_split_hex(&text)
        || !detect::find_seen(&text, &glance).is_empty()
}

/// Whether a text of which this was seen may be like a number: other scripts have digits, too.
const fn may_be_number_like(glance: &Glance) -> bool {
    glance.digits > 2 || glance.any(BYTE)
}

/// Whether there may be a token among its words.
const fn may_hold_tokens(text: &str, glance: &Glance) -> bool {
    glance.any(DIGIT) || text.len() >= TOKEN_LEAST
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric())
}

fn decoded(segment: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(segment);
    for _ in 0..LAYERS {
        if !text.contains('%') {
            break;
        }
        let next = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            break;
        }
        text = Cow::Owned(next);
    }
    text
}

/// A number above 99 that is no year, or digits for the most part: `12-3456`.
fn is_number_like(text: &str) -> bool {
    let count = |(digits, others), char: char| {
        (digits + usize::from(char.is_numeric()), others + usize::from(char.is_alphabetic()))
    };
    let (digits, others) = text.chars().fold((0, 0), count);
    let year = matches!(text.as_bytes(), [b'1', b'9', _, _] | [b'2', b'0', _, _]);
    digits > others && digits > if others == 0 { 2 } else { 3 } && !year
}

/// A word of letters and digits that no one would say: long numbers, long hex, letters and digits or cases mixed.
fn is_token(word: &str) -> bool {
    let bytes = word.as_bytes();
    let count = |is: fn(&u8) -> bool| bytes.iter().filter(|byte| is(byte)).count();
    let changes = || {
        let pairs = bytes.windows(2);
        pairs.filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count()
    };
    let digits = count(u8::is_ascii_digit);
    match bytes.len() {
        length if length > WORD_MOST => true,
        length if digits == length => length >= 5,
        length if length < 8 => digits > 4,
        _ if digits > 0 => digits > 2 || changes() > 2,
        length if length < TOKEN_LEAST => false,
        length => {
            count(u8::is_ascii_uppercase) * 10 >= length * 3
                && count(u8::is_ascii_lowercase) * 10 >= length * 3
        }
    }
}

/// A UUID or hash, with or without dashes, that happens to have no telling word.
fn is_split_hex(text: &str) -> bool {
    let bare = || text.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b'{' | b'}'));
    text.len() >= 16 && bare().all(|byte| byte.is_ascii_hexdigit()) && bare().count() >= 16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_tells_visitors_apart_is_gone() {
        for (url, page_url) in [
            ("https://jane:pw@shop.example:8443/a/b?x=1#y", "https://shop.example:8443/a/b"),
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example?token=1", "https://shop.example"),
            ("//shop.example/a?b", "//shop.example/a"),
            ("/a/b;jsessionid=77/c?x", "/a/b/c"),
            ("a/b", "a/b"),
            ("", ""),
            ("?x=1", ""),
            ("/account/jane/orders/77123", "/account/jane/orders/*"),
            ("/u/8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa/x", "/u/*/x"),
            ("/u/8f14e45fceea467fa8d10fdc2b7f77aa", "/u/*"),
            ("/u/jane%40example.org", "/u/*"),
            ("/u/jane%2540example.org", "/u/*"),
            ("/r/https%3A%2F%2Fx.example%2F%3Fip%3D1", "/r/*"),
            ("/s3cr3tcanaryalpha", "/*"),
            ("/t/dGhpc0lzQVNlY3JldFRva2Vu", "/t/*"),
            ("/ip-203-0-113-77.compute.internal/x", "/*/x"),
            ("/order-77123-details", "/*"),
            ("/%E2%80%8B77123", "/*"),
            ("/２０３.０.１１３.７７", "/*"),
            ("/reset/eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x", "/reset/*"),
            ("/bad%ff", "/*"),
            ("GET https://shop.example/order/77123?token=1", "GET https://shop.example/order/*"),
            ("POST /cart?x=1", "POST /cart"),
            ("GET ?x=1", "GET"),
        ] {
            assert_eq!(page(url).as_deref(), Some(page_url), "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_word_of_letters_is_no_id(word in "[A-Za-z]{0,15}") {
            prop_assert!(!word.split(' ').any(is_token) && !is_split_hex(&word) && detect::find(&word).is_empty());
            prop_assert!(!looks_like_an_id(&word) && !is_number_like(&word));
        }

        #[test]
        fn a_glance_rules_out_no_id(text in "[a-zA-Z0-9٣½é_.-]{0,24}", any in any::<String>()) {
            for text in [text, any] {
                let glance = Glance::of(&text);
                prop_assert!(may_be_number_like(&glance) || !is_number_like(&text), "{text}");
                prop_assert!(may_hold_tokens(&text, &glance) || !words(&text).any(is_token), "{text}");
            }
        }
    }

    #[test]
    fn ordinary_paths_stay() {
        for url in [
            "https://www.example.com/",
            "/blog/2024-review",
            "/blog/2024/05/ten-tips-for-2025",
            "/page/2",
            "/products/iphone-15-pro",
            "/windows11/download.html",
            "/en/about_us/Team",
            "/日本/%E6%97%A5%E6%9C%AC",
            "/TermsAndConditionsOfService",
            "/donaudampfschifffahrtsgesellschaft",
            "/100%25-cotton",
            "/a//b/",
            "*",
        ] {
            assert_eq!(page(url).as_deref(), Some(url), "{url}");
        }
    }

    #[test]
    fn what_is_no_page_of_the_web_cannot_be_read() {
        for url in [
            "file:///home/jane/x.html",
            "blob:https://a.example/1",
            "data:text/html,x",
            "javascript:alert(1)",
            "chrome-extension://abc/x",
            "mailto:jane@example.org",
            "about:blank",
            "https://",
            "https:///x",
            "https://a b/x",
            "///x",
            "jane:pw@example.org/x",
        ] {
            assert_eq!(page(url), None, "{url}");
            assert_eq!(origin(url), None, "{url}");
        }
    }

    #[test]
    fn an_origin_is_written_one_way() {
        for (url, expected) in [
            ("HTTPS://Shop.Example:443/x", Some("https://shop.example")),
            ("http://shop.example:80", Some("http://shop.example")),
            ("http://shop.example:443", Some("http://shop.example:443")),
            ("https://jane:pw@shop.example/", Some("https://shop.example")),
            ("//shop.example/", None),
            ("wss://shop.example/", None),
            ("/x", None),
        ] {
            assert_eq!(origin(url).as_deref(), expected, "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_page_is_its_own(url in "(https?://|//|/)?[a-z0-9.:@/?#;=%A-F日\\\\*-]{0,60}", any in any::<String>()) {
            for url in [url, any] {
                if let Some(once) = page(&url) {
                    prop_assert_eq!(page(&once), Some(once));
                }
            }
        }
    }
}
