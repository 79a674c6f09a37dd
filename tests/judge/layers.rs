//! Every reading of some bytes: each layer a receiver might undo, undone, until nothing new appears.
//!
//! Does not know what is looked for, and shares no code with the engine it judges. Invariant: a reading is
//! only ever added; what a layer hides stays visible beside what it holds.

use std::collections::{HashSet, VecDeque};
use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

const DEEPEST: u8 = 7;
const MOST: usize = 1500;
const MOST_TOKENS: usize = 200;

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What some bytes can be read as.
#[derive(Debug, Default)]
pub struct Readings {
    pub texts: Vec<String>,
    /// Whether something compressed could not be opened: the judge cannot look inside, so it must not arrive.
    pub sealed: bool,
}

/// All texts that the bytes can be read as.
pub fn readings(bytes: &[u8]) -> Readings {
    let mut seen = HashSet::new();
    let mut readings = Readings::default();
    let mut queue = VecDeque::from([(bytes.to_vec(), 0)]);
    while let Some((bytes, depth)) = queue.pop_front() {
        if bytes.is_empty() || readings.texts.len() >= MOST || !seen.insert(bytes.clone()) {
            continue;
        }
        let packed = packed(&bytes);
        if !packed.is_empty() {
            for start in packed {
                match unpacked(&bytes[start..]) {
                    Some(inner) => queue.push_back((inner, depth + 1)),
                    // Two bytes are too few to be sure of zlib.
                    None => readings.sealed |= bytes[start] != 0x78,
                }
            }
            // Around it there may be text; of the compressed bytes themselves nothing can be read.
            if depth > 0 || !(bytes.starts_with(b"{") || bytes.starts_with(b"--")) {
                continue;
            }
        }
        for text in charsets(&bytes) {
            if depth < DEEPEST {
                let (packed, rest) = latin1(&text);
                queue.extend(packed.into_iter().map(|inner| (inner, depth + 1)));
                queue.extend(
                    under(rest.as_ref().unwrap_or(&text)).into_iter().map(|inner| (inner, depth + 1)),
                );
            }
            readings.texts.push(text);
        }
    }
    readings
}

/// Where gzip or Zstandard begins, and zlib if it is all there is or what a line begins with.
pub fn packed(bytes: &[u8]) -> Vec<usize> {
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        let alone = *at == 0 || bytes[*at - 1] == b'\n';
        rest.starts_with(b"\x1f\x8b\x08")
            || rest.starts_with(b"\x28\xb5\x2f\xfd")
            || alone && matches!(rest, [0x78, 0x01 | 0x9c | 0xda, ..])
    };
    (0..bytes.len()).filter(begins).collect()
}

/// What the compressed bytes hold.
pub fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inner = Vec::new();
    match bytes[0] {
        0x1f => flate2::read::GzDecoder::new(bytes).read_to_end(&mut inner).ok()?,
        0x78 => flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut inner).ok()?,
        _ => zstd::Decoder::new(bytes).ok()?.single_frame().read_to_end(&mut inner).ok()?,
    };
    Some(inner)
}

/// Compressed bytes that stand in a text, a character a byte, and the text without them: undoing another layer
/// would spoil them.
fn latin1(text: &str) -> (Vec<Vec<u8>>, Option<String>) {
    let mut found = Vec::new();
    if let Ok(mut document) = serde_json::from_str(text) {
        strings(&mut document, &mut found);
        let rest = (!found.is_empty()).then(|| document.to_string());
        return (found, rest);
    }
    found.extend(from_mark(text));
    (found, None)
}

/// The compressed bytes that a text holds from their mark on.
pub fn from_mark(text: &str) -> Option<Vec<u8>> {
    let zlib = ["x\u{1}", "x\u{9c}", "x\u{da}"].iter().any(|mark| text.starts_with(mark));
    let mark = || text.find("\u{1f}\u{8b}").or_else(|| text.find("\u{28}\u{b5}/\u{fd}"));
    let start = if zlib { 0 } else { mark()? };
    Some(text[start..].chars().map_while(|c| u8::try_from(c).ok()).collect())
}

/// Takes the compressed bytes out of a document's strings.
fn strings(value: &mut Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            if let Some(bytes) = from_mark(text) {
                found.push(bytes);
                text.clear();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values_mut().for_each(|member| strings(member, found)),
        _ => {}
    }
}

/// The bytes as text, in each character set they may be in.
pub fn charsets(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    if zeros * 4 > bytes.len() || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let pairs = |join: fn([u8; 2]) -> u16| {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| join([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        };
        let without_zeros = text.replace('\0', "");
        return vec![text, pairs(u16::from_le_bytes), pairs(u16::from_be_bytes), without_zeros];
    }
    // What is UTF-8 says no other ASCII word as Latin-1, and would double with every layer.
    if std::str::from_utf8(bytes).is_ok() {
        return vec![text];
    }
    vec![text, bytes.iter().map(|byte| char::from(*byte)).collect()]
}

/// What stands under the outermost layer of a text, by every layer there might be.
pub fn under(text: &str) -> Vec<Vec<u8>> {
    let mut inner = Vec::new();
    if text.contains('%') {
        inner.push(percent_decode(text.as_bytes()).collect());
        inner.push(escapes(text, "%u", 4).into_bytes());
        inner.push(text.to_ascii_lowercase().replace("%c0%ae", ".").into_bytes());
    }
    if text.contains('+') {
        inner.push(text.replace('+', " ").into_bytes());
    }
    if text.contains('\\') {
        inner.push(unslashed(&escapes(&escapes(text, "\\u", 4), "\\x", 2)).into_bytes());
    }
    if text.contains('&') {
        inner.push(entities(text).into_bytes());
    }
    if text.contains('=') {
        inner.push(escapes(text, "=", 2).into_bytes());
    }
    let plain: String =
        text.chars().filter(|c| !"\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}".contains(*c)).collect();
    inner.push(plain.nfkc().collect::<String>().replace('\u{3002}', ".").into_bytes());
    inner.extend(base64_tokens(text));
    if text.starts_with('=') || text.ends_with("ye") || text.ends_with("3W") {
        inner.extend(base64_tokens(&text.chars().rev().collect::<String>()));
    }
    inner.extend(hex_tokens(text));
    inner
}

/// Each `mark` with so many hex digits after it, as the character it stands for.
fn escapes(text: &str, mark: &str, digits: usize) -> String {
    let mut pieces = text.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece.get(..digits).and_then(|code| u32::from_str_radix(code, 16).ok());
        match code {
            Some(code) => {
                out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                out.push_str(&piece[digits..]);
            }
            None => {
                out.push_str(mark);
                out.push_str(piece);
            }
        }
    }
    out
}

/// A backslash before a mark or digit that means itself.
fn unslashed(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped =
            c == '\\' && chars.peek().is_some_and(|next| "/\"\\.".contains(*next) || next.is_ascii_digit());
        if escaped {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

fn entities(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once(';').and_then(|(name, rest)| Some((entity(name)?, rest)));
        match named {
            Some((c, rest)) => {
                out.push(c);
                out.push_str(rest);
            }
            None => {
                out.push('&');
                out.push_str(piece);
            }
        }
    }
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
        return char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?);
    }
    let known = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("period", '.'),
        ("colon", ':'),
        ("commat", '@'),
        ("plus", '+'),
        ("num", '#'),
        ("sol", '/'),
    ];
    known.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

fn base64_tokens(text: &str) -> Vec<Vec<u8>> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "+/_-".contains(c);
    let text = &*without_digits_of_escapes(text);
    let broken: String = text.replace("\\n", "").replace("\\r", "").split_ascii_whitespace().collect();
    let runs = |text: &str| -> Vec<String> {
        text.split(|c| !letter(c))
            .filter(|run| run.len() >= 12)
            .take(MOST_TOKENS)
            .map(str::to_owned)
            .collect()
    };
    let mut tokens = runs(text);
    if broken != text {
        tokens.extend(runs(&broken));
    }
    let mut inner = Vec::new();
    for token in tokens {
        // A path's slash may stand before a token, and a cut token may have a letter too many.
        for token in [Some(&*token), token.strip_prefix('/')].into_iter().flatten() {
            let standard = &*token.replace('-', "+").replace('_', "/");
            let whole = if standard.len() % 4 == 1 { &standard[..standard.len() - 1] } else { standard };
            inner.extend(
                FORGIVING.decode(whole).ok().filter(|bytes| is_text(bytes) || !packed(bytes).is_empty()),
            );
        }
    }
    inner
}

/// The two digits of a `%2E` are letters of no other alphabet: whoever reads those has undone it first.
fn without_digits_of_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        out.push('%');
        out.push_str(&piece[digits.map_or(0, str::len)..]);
    }
    out
}

fn hex_tokens(text: &str) -> Vec<Vec<u8>> {
    let text = &*without_digits_of_escapes(text);
    let runs = text.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() >= 14);
    runs.take(MOST_TOKENS)
        .flat_map(|run| [run, &run[1..]])
        .map(|run| {
            run.as_bytes()
                .chunks_exact(2)
                .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect()
        })
        .filter(|bytes: &Vec<u8>| is_text(bytes))
        .collect()
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(200)];
    let printable = start.iter().filter(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')).count();
    bytes.contains(&0) || (!start.is_empty() && printable * 20 > start.len() * 17)
}

#[cfg(test)]
mod tests {
    use super::readings;

    #[test]
    fn every_layer_is_read_in_any_order() {
        for hidden in [
            "canary",
            "%63anary",
            "%2563anary",
            "%u0063anary",
            r"\u0063anary",
            r"\\u0063anary",
            r"\x63anary",
            "&#99;anary",
            "&amp;#x63;anary",
            "=63anary",
            "can\u{200b}ary",
            "\u{ff43}anary",
            "Y2FuYXJ5IGluIGI2NA",
            "x=Y2FuYXJ5IGluIGI2NA%3D%3D",
            "63616e6172792068657265",
            "eyJ4IjoiXHUwMDYzYW5hcnkifQ",
            "%63anar\\u0079",
        ] {
            let read = readings(hidden.as_bytes()).texts;
            assert!(read.iter().any(|text| text.contains("canary")), "{hidden}: {read:?}");
        }
        for wide in [b"c\0a\0n\0a\0r\0y\0", b"\0c\0a\0n\0a\0r\0y"] {
            assert!(readings(wide).texts.iter().any(|text| text.contains("canary")));
        }
    }

    #[test]
    fn what_is_compressed_is_opened_or_told_under_any_layer() {
        for sealed in [
            &b"x\x1f\x8b\x08x"[..],
            b"{\"data\":\"H4sIAAAAAAAC/6tWSi1LzStRslIqSEw\"}",
            b"d=H4sIAAAAAAAC%2F6tWSi1LzStRslIqSEw",
        ] {
            assert!(readings(sealed).sealed);
        }
        assert!(!readings(b"{\"data\":\"eyJhIjoiYWFhYWFhYWFhIn0\"}").sealed);
        let open = readings(b"d=H4sIAAAAAAACA0tOzEssqgQAYXHMPQYAAAA%3D");
        assert!(!open.sealed);
        assert!(open.texts.iter().any(|text| text == "canary"));
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        assert!(
            !readings(b"POST /e?v=1&id=eyJhIjoxfQ HTTP/1.1").texts.iter().any(|text| text.contains("canary"))
        );
    }
}
