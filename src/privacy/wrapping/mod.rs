//! Wrappings: what a text is put into before it travels, undone and put back.
//!
//! Knows one layer at a time; does not know what the text says. Invariant: what [`Layer::wrap`] gives opens to the
//! same text.

mod base64;
pub mod charset;
pub mod coding;
mod escape;
pub mod flow;
mod hex;
pub mod percent;

use std::ops::Range;

use charset::Charset;
use coding::{Allowance, Coding};

use super::glance::{BYTE, EQUALS, ESCAPE, Glance, PERCENT};
use super::refusal::Refusal;

/// More layers than any real traffic has; past them a value is refused.
pub const MOST_LAYERS: usize = 16;

/// A text with one layer taken off.
#[derive(Debug, PartialEq, Eq)]
pub struct Layer {
    pub inner: String,
    back: Back,
}

/// How a layer is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Back {
    Percent,
    /// The plain text says the same.
    Plain,
    /// Compressed bytes as text, a character a byte.
    Latin1(Coding),
    Base64(base64::Form, Held),
    /// Base64 written from its end to its beginning.
    Reversed(base64::Form),
    Hex(Charset),
}

/// What base64 is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Text(Charset),
    Packed(Coding),
}

impl Layer {
    pub fn wrap(&self, inner: String) -> Result<String, Refusal> {
        Ok(match self.back {
            Back::Percent => percent::encode(&inner, percent::COMPONENT),
            Back::Plain => escape::controls(inner),
            Back::Latin1(coding) => coding.encode(inner.as_bytes())?.into_iter().map(char::from).collect(),
            Back::Base64(form, Held::Text(charset)) => {
                base64::encode(&charset.encode(inner).ok_or(Refusal::UnknownType)?, form)
            }
            Back::Base64(form, Held::Packed(coding)) => {
                base64::encode(&coding.encode(inner.as_bytes())?, form)
            }
            Back::Reversed(form) => base64::encode(inner.as_bytes(), form).chars().rev().collect(),
            Back::Hex(charset) => hex::encode(&charset.encode(inner).ok_or(Refusal::UnknownType)?),
        })
    }
}

/// A way to read a whole text. One text can be read in several, and each is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `%2E`, as `encodeURIComponent` writes it.
    Percent,
    /// `\u002e`, `%u002e`, `&#46;`.
    Escapes,
    /// `=2E`.
    Quoted,
    /// Compressed bytes as text.
    Latin1,
    /// A document in base64, written from its end to its beginning, as Statsig's script hides it from blockers.
    Reversed,
}

impl Reading {
    pub const ALL: [Self; 5] = [Self::Percent, Self::Escapes, Self::Quoted, Self::Latin1, Self::Reversed];

    /// Whether a text of which this was seen can be read so.
    pub const fn fits(self, glance: &Glance) -> bool {
        match self {
            Self::Percent => glance.any(PERCENT),
            Self::Escapes => glance.any(ESCAPE | PERCENT),
            Self::Quoted => glance.any(EQUALS),
            Self::Latin1 => glance.any(BYTE),
            Self::Reversed => may_hold_tokens(glance),
        }
    }

    /// The text without the layer, if there is one.
    pub fn open(self, text: &str, allowance: &mut Allowance) -> Result<Option<Layer>, Refusal> {
        let layer = |back| move |inner| Layer { inner, back };
        Ok(match self {
            Self::Percent => percent::undone(text).map(layer(Back::Percent)),
            Self::Escapes => escape::unescape(text).map(layer(Back::Plain)),
            Self::Reversed => base64::reversed(text)
                .and_then(|(bytes, form)| Some((readable(bytes)?, form)))
                .map(|(inner, form)| Layer { inner, back: Back::Reversed(form) }),
            Self::Quoted => escape::unquote(text).map(layer(Back::Plain)),
            Self::Latin1 => {
                let Some((coding, bytes)) = coding::latin1(text) else {
                    return if coding::holds_packed(text) { Err(Refusal::BrokenEncoding) } else { Ok(None) };
                };
                let inner = text_of(allowance.decode(coding, &bytes)?)?;
                Some(Layer { inner, back: Back::Latin1(coding) })
            }
        })
    }
}

/// A stretch of a text that is itself a wrapped text, such as one part of a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub span: Range<usize>,
    pub layer: Layer,
}

/// Whether a text of which this was seen can hold base64 or hex; the shortest hex is longer than the shortest base64.
pub const fn may_hold_tokens(glance: &Glance) -> bool {
    glance.long_word
}

/// Whether a text of nothing but digits is a number, and no way to write anything else.
pub fn is_mere_number(digits: &str) -> bool {
    // Of digits, every third byte is above all of ASCII: too many for letters a byte each, and none begins anything compressed.
    let broken = |letters: &str| {
        let (bytes, length) = base64::beginning(letters);
        std::str::from_utf8(&bytes[..length]).is_err_and(|error| error.error_len().is_some())
    };
    digits.len() < hex::SHORTEST
        && (digits.len() < base64::SHORTEST || digits.get(..4).is_some_and(broken) || begins_as_noise(digits))
}

/// Finds base64 and hex that holds readable text, in the order they stand.
pub fn tokens(text: &str, allowance: &mut Allowance) -> Result<Vec<Token>, Refusal> {
    let hex =
        hex::tokens(text).map(|(span, inner, charset)| (span, Layer { inner, back: Back::Hex(charset) }));
    let hex: Vec<Token> = hex.map(|(span, layer)| Token { span, layer }).collect();
    let mut tokens = Vec::new();
    let mut add = |span| {
        let token = base64(text, span, allowance)?;
        let is_one = token.is_some();
        tokens.extend(token);
        Ok(is_one)
    };
    for word in base64::words(text).filter(|word| word.len() >= base64::SHORTEST) {
        if add(word.clone())? {
            continue;
        }
        // It may be several: lines of their own, what stands beside hex, names joined by marks.
        let lines = base64::lines(text, word.clone()).filter(|line| *line != word);
        for line in std::iter::once(word.clone()).chain(lines) {
            if line != word && add(line.clone())? {
                continue;
            }
            for piece in beside(&hex, line.clone()) {
                if piece != line && add(piece.clone())? {
                    continue;
                }
                for name in base64::between_marks(text, piece.clone()).filter(|name| *name != piece) {
                    add(name)?;
                }
            }
        }
    }
    let mut tokens: Vec<Token> = hex.into_iter().chain(tokens).collect();
    tokens.sort_by_key(|token| token.span.start);
    let mut end = 0;
    tokens.retain(|token| {
        let free = token.span.start >= end;
        end = if free { token.span.end } else { end };
        free
    });
    Ok(tokens)
}

/// What of a word stands beside tokens in it, which are in order.
fn beside(tokens: &[Token], word: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = tokens.partition_point(|token| token.span.start < word.start);
    let inside = tokens[first..].iter().map(|token| &token.span).take_while(move |span| span.end <= word.end);
    let starts = std::iter::once(word.start).chain(inside.clone().map(|span| span.end));
    starts.zip(inside.map(|span| span.start).chain([word.end])).map(|(start, end)| start..end)
}

/// A word of base64, if it holds a text or what a text was compressed to.
fn base64(text: &str, span: Range<usize>, allowance: &mut Allowance) -> Result<Option<Token>, Refusal> {
    let word = &text[span.clone()];
    if word.len() < base64::SHORTEST || begins_as_noise(word) {
        return Ok(None);
    }
    let Some((bytes, form)) = base64::word(word) else { return Ok(None) };
    let coding = base64::is_long(&span).then(|| Coding::recognized(&bytes)).flatten();
    let (inner, held) = match coding.map(|coding| (coding, allowance.decode(coding, &bytes))) {
        None | Some((Coding::Zlib, Err(Refusal::BrokenEncoding))) => {
            let Some((inner, charset)) = said(bytes) else { return Ok(None) };
            (inner, Held::Text(charset))
        }
        Some((coding, decoded)) => (text_of(decoded?)?, Held::Packed(coding)),
    };
    Ok(Some(Token { span, layer: Layer { inner, back: Back::Base64(form, held) } }))
}

/// Whether the first bytes of a word of base64 tell that it holds neither text nor anything compressed. Most words do.
fn begins_as_noise(word: &str) -> bool {
    let (bytes, length) = base64::beginning(word);
    let bytes = &bytes[..length];
    is_noise(bytes, word.len()) && Coding::recognized(bytes).is_none()
}

/// Whether a text of at most so many bytes cannot begin with these, in any character set.
fn is_noise(bytes: &[u8], length: usize) -> bool {
    // What is cut off in the middle of a character may go on as one.
    let broken = || std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some());
    let odd = bytes.iter().any(|byte| !is_plain(*byte) && *byte < 0xa0);
    let lettered = || bytes.iter().filter(|byte| **byte >= 0xa0).count() * 4 > length;
    (odd || lettered()) && broken()
}

/// A byte of plain text.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' '..=b'~')
}

/// What was compressed must be text, or nobody knows what it says.
fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|_| Refusal::UnknownType)
}

/// Whether decoded bytes read as text rather than noise; noise means there was no wrapping.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    (odd * 5 <= text.len()).then_some(text)
}

/// What decoded bytes say, which may have some letters beyond ASCII as `btoa` takes them, a byte each.
fn said(bytes: Vec<u8>) -> Option<(String, Charset)> {
    if std::str::from_utf8(&bytes).is_ok() {
        return readable(bytes).map(|text| (text, Charset::Utf8));
    }
    let ascii = bytes.iter().filter(|byte| is_plain(**byte)).count();
    let letters = bytes.iter().filter(|byte| **byte >= 0xa0).count();
    let is_text = ascii + letters == bytes.len() && letters * 4 <= bytes.len();
    is_text.then(|| (bytes.into_iter().map(char::from).collect(), Charset::Latin1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_glance_rules_out_no_layer(text in any::<String>(), dense in "[%\\\\u&#x2eE3=;yW{J+/ -]{0,40}", word in "=?[A-Za-z0-9+/_-]{0,20}(ye|3W|yW)") {
            for text in [text, dense, word] {
                let (glance, allowance) = (Glance::of(&text), &mut Allowance::new(1000));
                for reading in Reading::ALL.into_iter().filter(|reading| !reading.fits(&glance)) {
                    prop_assert_eq!(reading.open(&text, allowance), Ok(None), "{:?} of {}", reading, text);
                }
                prop_assert!(may_hold_tokens(&glance) || tokens(&text, allowance).unwrap().is_empty(), "{text}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
        #[test]
        fn a_word_that_begins_as_noise_says_nothing(
            word in "[A-Za-z0-9+/]{12,48}={0,2}", url_safe in "[A-Za-z0-9_-]{12,48}", digits in "[0-9]{12,30}",
            latin in prop::collection::vec(0x20_u8..=0xff, 9..40), text in any::<String>(), coding in 0..3_usize,
        ) {
            let form = base64::Form { url_safe: false, padded: true };
            let packed = [Coding::Gzip, Coding::Zlib, Coding::Zstd][coding].encode(text.as_bytes()).unwrap();
            let said_by = [&latin, text.as_bytes(), &packed].map(|bytes| base64::encode(bytes, form));
            for word in said_by.into_iter().chain([word, url_safe, digits]).filter(|word| begins_as_noise(word)) {
                let bytes = base64::word(&word).map(|(bytes, _)| bytes).unwrap_or_default();
                prop_assert_eq!(Coding::recognized(&bytes), None, "{}", word);
                prop_assert!(bytes.is_empty() || said(bytes).is_none(), "{}", word);
            }
        }
    }

    proptest! {
        #[test]
        fn of_a_mere_number_nothing_else_can_be_read(digits in "[0-9]{1,20}") {
            let allowance = &mut Allowance::new(1000);
            if is_mere_number(&digits) {
                prop_assert!(tokens(&digits, allowance).unwrap().is_empty(), "{digits}");
                prop_assert!(Reading::ALL.iter().all(|reading| reading.open(&digits, allowance) == Ok(None)), "{digits}");
            }
        }
    }

    #[test]
    fn times_are_mere_numbers() {
        assert!(["1773480413", "1773480413017", "1700000000000"].into_iter().all(is_mere_number));
        assert!(!is_mere_number("3230332e302e31"));
    }

    #[test]
    fn most_words_begin_as_noise() {
        for word in [
            "internationalization",
            "1773480413017000",
            "b9f6f1e27a354c53",
            "ZkT3yb0Qk1xPm2Lr",
            "transformation",
        ] {
            assert!(begins_as_noise(word), "{word}");
        }
        assert!(!begins_as_noise("MjAzLjAuMTEzLjc3"));
    }

    fn inner(text: &str) -> Vec<String> {
        let tokens = tokens(text, &mut Allowance::new(1000)).unwrap();
        tokens.into_iter().map(|token| token.layer.inner).collect()
    }

    #[test]
    fn a_layer_put_back_opens_to_the_same_text() {
        let gzip: String = Coding::Gzip.encode(b"{\"a\":1}").unwrap().into_iter().map(char::from).collect();
        for (reading, text) in [
            (Reading::Percent, "a%20b%7B%22%C3%A9"),
            (Reading::Escapes, "\\u002e"),
            (Reading::Quoted, "=2E"),
            (Reading::Latin1, &gzip),
            // {"ip":"1.2.3.4","a":1}
            (Reading::Reversed, "==QfxojIhJCLiQjLz4iMuEjI6ICcpJye"),
        ] {
            let allowance = &mut Allowance::new(1000);
            let layer = reading.open(text, allowance).unwrap().unwrap();
            let wrapped = layer.wrap(layer.inner.clone()).unwrap();
            let again = reading.open(&wrapped, allowance).unwrap();
            assert_eq!(again.map_or(wrapped, |layer| layer.inner), layer.inner);
        }
    }

    #[test]
    fn tokens_do_not_overlap_and_open_to_text() {
        assert_eq!(inner("x=MjAzLjAuMTEzLjc3 y=3230332e302e3131332e3737"), ["203.0.113.77", "203.0.113.77"]);
        for joined in ["//shop.example/p/MjAzLjAuMTEzLjc3", "v1-MjAzLjAuMTEzLjc3", "a_b/MjAzLjAuMTEzLjc3+c"] {
            assert_eq!(inner(joined), ["203.0.113.77"], "{joined}");
        }
        for text in ["anonymization of internationalization", "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa"] {
            assert!(inner(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn compressed_bytes_amid_a_text_are_no_text() {
        for packed in ["\u{1f}\u{8b}\u{8}\0", "(\u{b5}/\u{fd}"] {
            for text in [format!("see {packed}"), format!("{packed}\u{198}")] {
                let opened = Reading::Latin1.open(&text, &mut Allowance::new(1000));
                assert_eq!(opened, Err(Refusal::BrokenEncoding), "{text:?}");
            }
        }
        assert_eq!(Reading::Latin1.open("gzip: \u{1f}\u{8b} caf\u{e9}", &mut Allowance::new(1000)), Ok(None));
    }

    #[test]
    fn a_control_that_an_escape_hid_stays_hidden() {
        let layer =
            Reading::Escapes.open("a\\u0000b\\x1ec\\u002e", &mut Allowance::new(1000)).unwrap().unwrap();
        assert_eq!(layer.inner, "a\0b\u{1e}c.");
        assert_eq!(layer.wrap(layer.inner.clone()).unwrap(), "a\\u0000b\\u001ec.");
    }

    #[test]
    fn base64_beside_hex_is_read() {
        let found = inner("L-3230332e302e3131332e3737MjAzLjAuMTEzLjc4MjAzLjAuMTEzLjc5");
        assert_eq!(found, ["203.0.113.77", "203.0.113.78203.0.113.79"]);
    }

    #[test]
    fn base64_of_one_alphabet_is_read_between_marks_of_the_other() {
        for joined in ["_eyL/IjoiMjAzLjAuMTEzLjc3In0=", "a-eyL/IjoiMjAzLjAuMTEzLjc3In0=_b"] {
            assert_eq!(inner(joined), ["{\"\u{ff}\":\"203.0.113.77\"}"], "{joined}");
        }
    }

    #[test]
    fn base64_is_read_wherever_its_lines_end_and_so_is_each_line_of_its_own() {
        for broken in [
            "MjAzLjAuMT\nEzLjc3",
            "MjAz\tLjAu\x0cMTEz\r\n\r\nLjc3",
            "MjAz\\r\\nLjAuMTEz\\tLjc3",
            "see:\\nMjAzLjAuMTEzLjc3",
            "see\nMjAzLjAuMTEzLjc3",
            "a_MjAz\nLjAuMTEzLjc3+internationalization",
            "MjAzLjAuMTEzLjc3\ninternationalization",
        ] {
            assert_eq!(inner(broken), ["203.0.113.77"], "{broken:?}");
            assert!(may_hold_tokens(&Glance::of(broken)), "{broken:?}");
        }
        assert_eq!(inner("MjAzLjAuMTEzLjc3OQ==\nMjAzLjAuMTEzLjc3OQ=="), ["203.0.113.779", "203.0.113.779"]);
        assert!(inner("first line\nsecond line\nand\nthe\nlast\none").is_empty());
    }

    #[test]
    fn a_form_feed_is_plain_text() {
        // "\u{bf}\u{c}203.0.113.77"
        assert_eq!(inner("vwwyMDMuMC4xMTMuNzc="), ["\u{bf}\u{c}203.0.113.77"]);
    }

    #[test]
    fn base64_of_letters_a_byte_each_is_opened_and_put_back() {
        let form = base64::Form { url_safe: false, padded: true };
        let word = base64::encode(b"{\"city\":\"Z\xfcrich\",\"ip\":1}", form);
        let found = tokens(&word, &mut Allowance::new(1000)).unwrap();
        assert_eq!(found[0].layer.inner, "{\"city\":\"Z\u{fc}rich\",\"ip\":1}");
        assert_eq!(found[0].layer.wrap(found[0].layer.inner.clone()).unwrap(), word);
    }

    #[test]
    fn compressed_bytes_in_base64_are_opened_and_put_back() {
        let text = "{\"event\":\"page\",\"properties\":{\"ip\":\"203.0.113.77\"}}";
        for coding in [Coding::Gzip, Coding::Zlib, Coding::Zstd] {
            let form = base64::Form { url_safe: false, padded: true };
            let word = base64::encode(&coding.encode(text.as_bytes()).unwrap(), form);
            let found = tokens(&word, &mut Allowance::new(1000)).unwrap();
            assert_eq!(found[0].layer.inner, text, "{coding:?}");
            assert_eq!(inner(&found[0].layer.wrap(text.to_owned()).unwrap()), [text]);
        }
    }
}
