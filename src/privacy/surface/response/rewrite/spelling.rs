//! How the signs of a link are written where text stands in text: `/`, `\/`, `\u002f`, `%2F`, `&#x2F;`.
//!
//! Knows the escapes of JSON and scripts, URLs (RFC 3986 §2.1) and HTML; does not know hosts. Invariant: what is read
//! forwards and backwards is the same sign.

/// `\\\\u002f`: no sign is written longer, unless text stands in text five times over.
const LONGEST: usize = 12;
/// Backslashes before one sign: a string in a string in a string.
const MOST_BACKSLASHES: usize = 7;

/// A sign that ASCII does not have.
const OTHER: u8 = 0x80;

/// What a text goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A sign, and how many bytes it is written with.
    Sign(u8, usize),
    End,
    /// That shows when more of the text is there.
    Unknown,
}

/// The sign that a text begins with.
pub fn ahead(text: &[u8], ended: bool) -> Next {
    let sign = match text.first() {
        None if ended => return Next::End,
        None => return Next::Unknown,
        Some(b'%') => percent(text),
        Some(b'\\') => backslash(text),
        Some(b'&') => entity(text),
        Some(byte) => return Next::Sign(*byte, 1),
    };
    match sign {
        Some((sign, length)) => Next::Sign(sign, length),
        // So short, it may be the beginning of any.
        None if text.len() < LONGEST && !ended => Next::Unknown,
        None => Next::Sign(text[0], 1),
    }
}

/// The sign that a text ends with, and how many bytes it is written with.
pub fn behind(text: &[u8]) -> Option<(u8, usize)> {
    let last = *text.last()?;
    if !last.is_ascii_alphanumeric() && !matches!(last, b'/' | b';') {
        return Some((last, 1));
    }
    let longest = text.len().min(LONGEST);
    let written = (2..=longest).rev().find_map(|length| match ahead(&text[text.len() - length..], true) {
        Next::Sign(sign, read) if read == length => Some((sign, length)),
        _ => None,
    });
    written.or(Some((last, 1)))
}

/// A text in the spelling of a slash that stands beside it.
pub fn like(slash: &[u8], text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'/' => out.extend_from_slice(slash),
            b':' if slash.starts_with(b"%") => {
                out.extend_from_slice(&slash[..slash.len() - 2]);
                out.extend_from_slice(b"3A");
            }
            byte => out.push(byte),
        }
    }
}

/// `%2F`, and `%252F` where it was escaped again.
fn percent(text: &[u8]) -> Option<(u8, usize)> {
    let mut at = 1;
    while text[at..].starts_with(b"25") && at + 4 <= LONGEST {
        at += 2;
    }
    match hex(text.get(at..at + 2)?) {
        Some(sign) => Some((sign, at + 2)),
        // `%25` and nothing more is itself.
        None => (at > 1).then_some((b'%', at)),
    }
}

/// `\/`, `\u002f`, `\x2f` and `\n`, with as many backslashes as there are strings around it.
fn backslash(text: &[u8]) -> Option<(u8, usize)> {
    let count = text.iter().take_while(|byte| **byte == b'\\').take(MOST_BACKSLASHES).count();
    match text.get(count)? {
        b'/' => Some((b'/', count + 1)),
        b'u' => Some((hex(text.get(count + 1..count + 5)?)?, count + 5)),
        b'x' => Some((hex(text.get(count + 1..count + 3)?)?, count + 3)),
        b'n' | b'r' | b't' | b'b' | b'f' | b'v' => Some((b' ', count + 1)),
        _ => None,
    }
}

/// `&#x2F;`, `&#47;` and names.
fn entity(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let sign = match &text[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => hex(digits)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        b"sol" => b'/',
        b"colon" => b':',
        b"period" => b'.',
        b"quot" => b'"',
        b"apos" => b'\'',
        b"commat" => b'@',
        _ => return None,
    };
    Some((sign, end + 1))
}

fn hex(digits: &[u8]) -> Option<u8> {
    number(digits, 16)
}

fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    let number = u32::from_str_radix(text, radix).ok()?;
    Some(u8::try_from(number).ok().filter(u8::is_ascii).unwrap_or(OTHER))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slash_is_read_in_every_spelling_from_both_sides() {
        for written in [
            "/",
            "\\/",
            "\\\\/",
            "\\\\\\/",
            "\\u002f",
            "\\\\u002F",
            "\\x2f",
            "%2F",
            "%252f",
            "&#x2F;",
            "&#47;",
            "&sol;",
        ] {
            let text = format!("a{written}b");
            assert_eq!(ahead(&text.as_bytes()[1..], false), Next::Sign(b'/', written.len()), "{written}");
            assert_eq!(behind(&text.as_bytes()[..=written.len()]), Some((b'/', written.len())), "{written}");
        }
    }

    #[test]
    fn what_is_no_escape_is_itself_and_what_may_become_one_is_not_known_yet() {
        for (text, sign) in [("%zz", b'%'), ("\\q", b'\\'), ("&amp;", b'&'), ("x", b'x')] {
            assert_eq!(ahead(text.as_bytes(), true), Next::Sign(sign, 1), "{text}");
        }
        for text in ["", "%", "%2", "\\", "\\u00", "&#x2F"] {
            assert_eq!(ahead(text.as_bytes(), false), Next::Unknown, "{text}");
        }
        assert_eq!(ahead(b"", true), Next::End);
        assert_eq!(behind(b"\xc3\xa9"), Some((0xa9, 1)));
        assert_eq!(behind(b"2F"), Some((b'F', 1)));
        assert_eq!(behind(b"line\\n"), Some((b' ', 2)));
        assert_eq!(behind(b""), None);
    }

    #[test]
    fn a_text_is_written_like_what_stands_beside_it() {
        let written = |slash: &str| {
            let mut out = Vec::new();
            like(slash.as_bytes(), ":8443/chat", &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written("/"), ":8443/chat");
        assert_eq!(written("\\/"), ":8443\\/chat");
        assert_eq!(written("%252F"), "%253A8443%252Fchat");
        assert_eq!(written("&#x2F;"), ":8443&#x2F;chat");
    }

    proptest! {
        #[test]
        fn more_of_a_text_changes_no_sign_that_is_known(text in "[%25fF\\\\/ux0&#;qn]{0,16}") {
            let whole = ahead(text.as_bytes(), true);
            for end in 0..=text.len() {
                let part = ahead(&text.as_bytes()[..end], false);
                prop_assert!(part == Next::Unknown || part == whole, "{end}");
            }
        }
    }
}
