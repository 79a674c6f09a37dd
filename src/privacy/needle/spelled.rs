//! One octet of an address, as any spelling of the four has it: looked for before the text is read word by word.
//!
//! Does not know where the others stand. Invariant: a text without any of its spellings has no chain of numbers that
//! is the address.

/// An octet in decimal, octal and hex, without noughts in front.
#[derive(Clone, Copy)]
pub struct Spelled {
    endings: [Ending; 3],
    /// Their last digits, great or small: a bit for the lowest six bits of each.
    last: u64,
}

/// Up to three bytes in a row, the last of them lowest.
#[derive(Clone, Copy)]
struct Ending {
    bytes: u32,
    mask: u32,
}

impl Spelled {
    /// The octet of an address that has most digits: few texts have its spellings by chance.
    pub fn longest_of(octets: [u8; 4]) -> Self {
        let octet = octets.into_iter().max().unwrap_or_default();
        let endings = [10, 8, 16].map(|base| Ending::of(octet, base));
        let both = |digit: u32| 1 << (digit & 63) | 1 << (digit & !0x20 & 63);
        Self { endings, last: endings.iter().fold(0, |last, ending| last | both(ending.bytes & 0xff)) }
    }

    /// Whether one of the spellings stands in a text, in letters great or small.
    pub fn stands_in(self, text: &[u8]) -> bool {
        let may_end = |byte: u8| self.last >> (byte & 63) & 1 == 1;
        text.iter().enumerate().any(|(at, byte)| may_end(*byte) && self.ends(&text[..=at]))
    }

    fn ends(self, text: &[u8]) -> bool {
        // Digits stay, letters become small; what else changes is taken for no digit.
        let three = text.iter().rev().take(3).rev();
        let last = three.fold(0_u32, |last, byte| last << 8 | u32::from(byte | 0x20));
        self.endings.iter().any(|ending| last & ending.mask == ending.bytes)
    }
}

impl Ending {
    fn of(octet: u8, base: u8) -> Self {
        let (mut ending, mut rest, mut shift) = (Self { bytes: 0, mask: 0 }, octet, 0);
        while shift == 0 || rest > 0 {
            let digit = char::from_digit(u32::from(rest % base), u32::from(base)).map_or(0, u32::from);
            ending.bytes |= digit << shift;
            ending.mask |= 0xff << shift;
            (rest, shift) = (rest / base, shift + 8);
        }
        ending
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_octet_is_found_in_each_base(octet in any::<u8>(), before in "[0-9a-z.]{0,5}", after in "[0-9A-Z.]{0,5}") {
            let spelled = Spelled::longest_of([octet; 4]);
            for number in [format!("{octet}"), format!("{octet:o}"), format!("{octet:x}"), format!("{octet:02X}")] {
                let text = format!("{before}{number}{after}");
                prop_assert!(spelled.stands_in(text.as_bytes()), "{}", text);
            }
        }
    }

    #[test]
    fn other_numbers_are_not_taken_for_it() {
        let spelled = Spelled::longest_of([10, 198, 0, 7]);
        for text in ["", "2026-03-14T09:26:53.589Z", "c 6", "19.8", "3 06"] {
            assert!(!spelled.stands_in(text.as_bytes()), "{text}");
        }
    }
}
