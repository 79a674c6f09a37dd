//! Character sets other than UTF-8 that browsers and scripts still send, undone and put back.
//!
//! Invariant: bytes that are not what the set says are not read at all, and what was read is written back the same.

use std::borrow::Cow;

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// ISO 8859-1, and what the web calls it: windows-1252 differs only where no address or name is.
    Latin1,
}

/// As long as the shortest address, `1.1.1.1`.
const TELLING: usize = 7;

impl Charset {
    /// The set of a label (WHATWG Encoding §4.2).
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Self::Utf8,
            "utf-16" | "utf-16le" | "ucs-2" => Self::Utf16Le,
            "utf-16be" => Self::Utf16Be,
            "iso-8859-1" | "latin1" | "windows-1252" | "cp1252" => Self::Latin1,
            _ => return None,
        })
    }

    /// The set that bytes show to be theirs, whatever their label: by a byte order mark or by their zeros.
    pub fn recognized(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] => Some(Self::Utf16Le),
            [0xfe, 0xff, ..] => Some(Self::Utf16Be),
            [first, 0, ..] if *first != 0 => Some(Self::Utf16Le),
            [0, second, ..] if *second != 0 => Some(Self::Utf16Be),
            _ => None,
        }
    }

    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Utf16Le => utf16(bytes, u16::from_le_bytes),
            Self::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Self::Latin1 => Some(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())),
        }
    }

    /// `None` for a text that the set has no bytes for.
    pub fn encode(self, text: String) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.into_bytes()),
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Latin1 => text.chars().map(|character| u8::try_from(character).ok()).collect(),
        }
    }
}

/// Bytes that are words of ASCII as well would be read as those by whoever does not look at the label.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Cow<'_, str>> {
    if bytes.split(|byte| !matches!(byte, b' '..=b'~')).any(|word| word.len() >= TELLING) {
        return None;
    }
    let (units, rest) = bytes.as_chunks::<2>();
    let text =
        char::decode_utf16(units.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>().ok()?;
    rest.is_empty().then_some(Cow::Owned(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_the_same() {
        for charset in [Charset::Utf8, Charset::Utf16Le, Charset::Utf16Be, Charset::Latin1] {
            let bytes = charset.encode("{\"caf\u{e9}\":1}".to_owned()).unwrap();
            assert_eq!(charset.decode(&bytes).unwrap(), "{\"caf\u{e9}\":1}");
        }
        assert_eq!(Charset::Latin1.encode("\u{20ac}".to_owned()), None);
        assert_eq!(Charset::Utf16Le.decode(b"abc"), None);
        assert_eq!(Charset::Utf16Le.decode(&[0, 0xd8]), None);
    }

    #[test]
    fn bytes_show_their_set() {
        assert_eq!(Charset::recognized(b"{\0\"\0"), Some(Charset::Utf16Le));
        assert_eq!(Charset::recognized(b"\0{\0\""), Some(Charset::Utf16Be));
        assert_eq!(Charset::recognized(b"\xff\xfe{\0"), Some(Charset::Utf16Le));
        assert_eq!(Charset::recognized(b"{\"a\":1}"), None);
        assert_eq!(Charset::recognized(b"\0\0"), None);
    }

    #[test]
    fn words_of_ascii_are_not_read_as_utf_16() {
        for bytes in ["a\0ip=198.51.100.23&b", "\0aip=198.51.100.23&b"] {
            let charset = Charset::recognized(bytes.as_bytes()).unwrap();
            assert_eq!(charset.decode(bytes.as_bytes()), None, "{bytes}");
        }
        let told = Charset::named("utf-16").unwrap();
        assert_eq!(told.decode(b"ip=198.51.100.23"), None);
        for kept in ["\u{feff}\u{65e5}\u{672c} 203.0.113.77", "{\"a\":1}"] {
            assert_eq!(told.decode(&told.encode(kept.to_owned()).unwrap()).unwrap(), kept);
        }
    }
}
