//! A text that is expected at a place, told by its first sixteen bytes at once: most are no longer.
//!
//! Knows bytes; does not know what they say. Invariant: it answers as a comparison of the whole text does.

/// What is compared at once.
const HEAD: usize = size_of::<u128>();

/// What stands between two values.
pub struct Border<'i> {
    pub text: &'i str,
    head: u128,
    /// The bits of the head that count.
    mask: u128,
}

impl<'i> Border<'i> {
    pub fn new(text: &'i str) -> Self {
        let mut head = [0; HEAD];
        let length = text.len().min(HEAD);
        head[..length].copy_from_slice(&text.as_bytes()[..length]);
        let mask = u128::MAX.checked_shr(8 * (HEAD - length) as u32).unwrap_or_default();
        Self { text, head: u128::from_le_bytes(head), mask }
    }

    /// Where it ends that starts at a place, if it stands there.
    #[inline]
    pub fn end(&self, document: &str, start: usize) -> Option<usize> {
        self.behind(document.as_bytes().get(start..)?).map(|_| start + self.text.len())
    }

    /// What stands behind it, if bytes begin with it.
    #[inline]
    pub fn behind<'d>(&self, bytes: &'d [u8]) -> Option<&'d [u8]> {
        if let Some(head) = bytes.first_chunk::<HEAD>() {
            if u128::from_le_bytes(*head) & self.mask != self.head {
                return None;
            }
            if self.text.len() <= HEAD {
                return bytes.get(self.text.len()..);
            }
        }
        bytes.strip_prefix(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_found_where_its_text_is(text in "[ab\"]{0,20}", before in "[ab]{0,3}", behind in "[ab]{0,20}", other in "[ab\"]{0,40}") {
            let border = Border::new(&text);
            let document = format!("{before}{text}{behind}");
            prop_assert_eq!(border.end(&document, before.len()), Some(before.len() + text.len()));
            for other in [&other, &format!("{}c{behind}", &text[..text.len().saturating_sub(1)])] {
                let starts = other.starts_with(&text);
                prop_assert_eq!(border.end(other, 0), starts.then_some(text.len()));
                prop_assert_eq!(border.end(other, other.len() + 1), None);
            }
        }
    }
}
