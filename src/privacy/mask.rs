//! Asterisks in a text's place.
//!
//! Invariant: only the class of the length shows, so a form's statistics still work and nothing can be guessed.

/// The longest mask; everything longer looks the same.
const LONGEST: &str = "****************************************************************";

/// 4, 8, 16, 32 or 64 asterisks; none for an empty text.
pub fn mask(text: &str) -> String {
    let length = if text.is_ascii() { text.len() } else { text.chars().count() };
    match length {
        0 => String::new(),
        length => LONGEST[..length.next_power_of_two().clamp(4, LONGEST.len())].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_class_of_the_length_shows() {
        for (text, length) in [("", 0), ("a", 4), ("abcd", 4), ("abcde", 8), ("\u{e9}\u{e9}", 4)] {
            assert_eq!(mask(text), "*".repeat(length), "{text}");
        }
        assert_eq!(mask(&"x".repeat(1000)).len(), 64);
        assert_eq!(mask(&mask("hello")), mask("hello"));
    }
}
