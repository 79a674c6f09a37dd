//! The numbers an address is spelled with, and how few of them a spelling has.
//!
//! Does not know texts. Invariant: no spelling of the address has less than the least.

/// The numbers an address is spelled with.
#[derive(Clone, Copy)]
pub enum Parts {
    Octets([u8; 4]),
    Groups([u16; 8]),
}

/// What the spelling of an address has that has least.
#[derive(Clone, Copy)]
pub struct Least {
    /// Digits of ASCII, where it is one number or has groups.
    pub digits: usize,
    /// Numbers, where it has four.
    pub numbers: Option<usize>,
}

impl Parts {
    /// What any spelling of the address, or of what stands for it, has at the least.
    pub fn least(self) -> Least {
        // Zeros may be left out, and a number in decimal has no fewer digits than this.
        let nibbles = |bits: u64| (0..16).filter(|at| matches!(bits >> (4 * at) & 15, 1..=9)).count().min(8);
        match self {
            Self::Octets(octets) => {
                let numbers = octets.iter().filter(|octet| !may_be_letters(**octet)).count();
                Least { digits: nibbles(u32::from_be_bytes(octets).into()), numbers: Some(numbers) }
            }
            Self::Groups(groups) => {
                let half =
                    |groups: &[u16]| groups.iter().fold(0, |bits, group| bits << 16 | u64::from(*group));
                let digits = nibbles(half(&groups[..4])).min(nibbles(half(&groups[4..])));
                Least { digits, numbers: None }
            }
        }
    }
}

/// Whether hex spells an octet without a digit.
const fn may_be_letters(octet: u8) -> bool {
    octet & 15 > 9 && (octet >> 4 == 0 || octet >> 4 > 9)
}
