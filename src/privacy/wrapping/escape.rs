//! Character escapes that survive outside of their own format: `\u002e`, `\x2e`, `%u002e`, `&#46;`, and mail's `=2E`.
//!
//! Invariant: a text without an escape gives `None`, so undoing ends.

/// Undoes every escape of scripts and pages in the text, or says that there is none.
pub fn unescape(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    memchr::memchr2(b'\\', b'&', bytes).or_else(|| memchr::memmem::find(bytes, b"%u"))?;
    undo(text, ['\\', '&', '%'], escape)
}

/// Undoes mail's quoted-printable (RFC 2045 §6.7). It writes upper-case digits; `a=1b` in a query is none.
pub fn unquote(text: &str) -> Option<String> {
    memchr::memchr(b'=', text.as_bytes())?;
    undo(text, ['='; 3], quoted)
}

/// A text with escapes for the controls in it, which without theirs would end what the text stands in: a record, a
/// frame.
pub fn controls(text: String) -> String {
    let is_mark = |c: char| c.is_ascii_control() && !c.is_ascii_whitespace();
    if !text.contains(is_mark) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_mark(c) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

fn undo(text: &str, marks: [char; 3], escape: fn(&str) -> Option<(char, usize)>) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some(at) = rest.find(marks) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (piece, length) = match escape(rest) {
            Some((character, length)) => {
                found = true;
                (character, length)
            }
            None => (char::from(rest.as_bytes()[0]), 1),
        };
        plain.push(piece);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    found.then_some(plain)
}

/// The escape that a text begins with: its character and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    match (bytes[0], bytes.get(1)?) {
        (b'\\' | b'%', b'u') => hex(text, 2, 4),
        (b'\\', b'x') => hex(text, 2, 2),
        (b'\\', b'/' | b'"' | b'.' | b'0'..=b'9') => Some((char::from(bytes[1]), 2)),
        (b'&', b'#') => entity(text),
        (b'&', _) => named_entity(text),
        _ => None,
    }
}

/// The names HTML gives to what stands in addresses, emails and markup.
const ENTITIES: [(&str, char); 17] = [
    ("&amp;", '&'),
    ("&quot;", '"'),
    ("&apos;", '\''),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&nbsp;", ' '),
    ("&period;", '.'),
    ("&commat;", '@'),
    ("&colon;", ':'),
    ("&plus;", '+'),
    ("&sol;", '/'),
    ("&lowbar;", '_'),
    ("&hyphen;", '-'),
    ("&dash;", '-'),
    ("&percnt;", '%'),
    ("&lpar;", '('),
    ("&rpar;", ')'),
];

fn named_entity(text: &str) -> Option<(char, usize)> {
    ENTITIES.iter().find(|(name, _)| text.starts_with(name)).map(|(name, character)| (*character, name.len()))
}

/// A character beyond ASCII is several bytes of UTF-8 or one of Latin-1, and each byte an escape.
fn quoted(text: &str) -> Option<(char, usize)> {
    let (mut bytes, mut length) = ([0; 4], 0);
    for byte in text.as_bytes().chunks_exact(3).map_while(quoted_byte).take(bytes.len()) {
        bytes[length] = byte;
        length += 1;
        if let Some(character) =
            std::str::from_utf8(&bytes[..length]).ok().and_then(|text| text.chars().next())
        {
            return Some((character, 3 * length));
        }
    }
    (length > 0).then(|| (char::from(bytes[0]), 3))
}

/// `=2E`; controls end lines and are no letters.
fn quoted_byte(escape: &[u8]) -> Option<u8> {
    let upper = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    let digits = escape.strip_prefix(b"=").filter(|digits| digits.iter().all(upper))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|byte| *byte >= b' ')
}

fn hex(text: &str, from: usize, digits: usize) -> Option<(char, usize)> {
    let end = from + digits;
    let digits =
        text.get(from..end).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, end))
}

/// `&#46;` or `&#x2e;`
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(11).position(|byte| byte == b';')?;
    let number = &text[2..end];
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    Some((char::from_u32(code)?, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_undone() {
        for text in [r"\u0032\u0030", "%u0032%u0030", r"\x32\x30", "&#50;&#x30;"] {
            assert_eq!(unescape(text).as_deref(), Some("20"), "{text}");
        }
        assert_eq!(unquote("=32=30").as_deref(), Some("20"));
        assert_eq!(unquote("=C3=A9 =E9 =B220").as_deref(), Some("\u{e9} \u{e9} \u{b2}20"));
        assert_eq!(unescape("a&amp;b&commat;c&period;d").as_deref(), Some("a&b@c.d"));
    }

    #[test]
    fn ordinary_text_has_no_escapes() {
        for text in ["a&b", "a=b", "x=1b", "100%", r"C:\dir", "a & b", "&#;", "=", "&", r"\", "\u{e9}=\u{e9}"]
        {
            assert_eq!(unescape(text).or_else(|| unquote(text)), None, "{text}");
        }
    }
}
