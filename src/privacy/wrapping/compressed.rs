//! Compressed bytes, told by how they begin.
//!
//! Knows no format beyond its first bytes. Invariant: text is never taken for compressed.

/// The first bytes of gzip (RFC 1952 §2.3), zlib (RFC 1950 §2.2) and Zstandard (RFC 8878 §3.1.1).
pub fn is_compressed(bytes: &[u8]) -> bool {
    // `x^`, the header of zlib's second level, is a word as well, and no browser writes it.
    matches!(bytes, [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x78, 0x01 | 0x9c | 0xda, ..])
}

/// Compressed bytes written as text, a character a byte (Latin-1).
pub fn is_latin1(text: &str) -> bool {
    let mut characters = text.chars();
    let mut next =
        || characters.next().and_then(|character| u8::try_from(character).ok()).unwrap_or_default();
    let start = [next(), next(), next(), next()];
    is_compressed(&start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_compression_made_is_known_by_its_first_bytes() {
        for bytes in
            [&[0x1f, 0x8b, 8][..], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x9c, 1], &[0x78, 0x01], &[0x78, 0xda]]
        {
            assert!(is_compressed(bytes), "{bytes:?}");
        }
        for text in ["", "x", "x^2", "x y", "xylophone", "(\u{b5}", "{}"] {
            assert!(!is_compressed(text.as_bytes()), "{text}");
            assert!(!is_latin1(text), "{text}");
        }
        assert!(is_latin1("\u{1f}\u{8b}\u{8}\0"));
    }
}
