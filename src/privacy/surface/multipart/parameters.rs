//! Parameters of a header's value: `; name=value` or `; name="value"` (RFC 9110 §5.6.6).
//!
//! Knows quoting as browsers and older clients write it; does not know what a parameter means. Invariant: what two
//! readers could read in two ways is not read.

/// The parameters in order, names in lower case; `None` where that cannot be read in one way.
pub fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_at_checked(closing_quote(quoted)?)?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';') {
            return None;
        }
        found.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        let after = after.strip_prefix('"').unwrap_or(after).trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(';')?.trim_start() };
    }
    Some(found)
}

/// Where a quoted text ends. A backslash speaks of a quote or of itself; before anything else it is part of a path.
pub fn closing_quote(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut at = 0;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'"', _) => return Some(at),
            (b'\\', Some(b'"' | b'\\')) => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let pairs = parameters(text)?;
        Some(pairs.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn quoted_and_plain_values_are_read_to_their_end() {
        assert_eq!(read("").as_deref(), Some(""));
        assert_eq!(read(" a=1; B = \"2;3\" ;c=\"\";").as_deref(), Some("a:1|b:2;3|c:"));
        assert_eq!(read("a=\"x\\\"y\"").as_deref(), Some("a:x\\\"y"));
        assert_eq!(read("a=\"C:\\dir\\file\"").as_deref(), Some("a:C:\\dir\\file"));
    }

    #[test]
    fn what_is_unclear_is_not_read() {
        for text in ["a", "a; b=1", "=1", "a=\"1", "a=\"1\" x", "a b=1", "a=\"1\"b=2"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
