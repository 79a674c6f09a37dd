//! An epoch's secret as it is written down, to be read again before the epoch is over.
//!
//! Knows the text; does not know files. Invariant: a text that is not exactly one such line is none.

use std::time::Duration;

use zeroize::Zeroizing;

use super::epoch::{Epoch, Secret};

/// First on the line: what this is, and in which form.
const MARK: &str = "privet-key-1";

/// A secret and the epoch it belongs to.
#[derive(Debug)]
pub struct Kept {
    pub epoch: Epoch,
    pub secret: Secret,
}

impl Kept {
    /// Reads `privet-key-1 SECONDS NUMBER HEX`.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let marked = words.next() == Some(MARK);
        let seconds: u64 = words.next()?.parse().ok().filter(|seconds| *seconds > 0)?;
        let number: u64 = words.next()?.parse().ok()?;
        let secret = Secret::read(words.next()?)?;
        let epoch = Epoch::at(number.checked_mul(seconds)?, Duration::from_secs(seconds));
        (marked && words.next().is_none()).then_some(Self { epoch, secret })
    }

    pub fn spelled(&self) -> Zeroizing<String> {
        let (seconds, number) = (self.epoch.seconds(), self.epoch.number());
        let head = format!("{MARK} {seconds} {number} ");
        let mut text = Zeroizing::new(String::with_capacity(head.len() + 65));
        text.push_str(&head);
        text.push_str(&self.secret.spelled());
        text.push('\n');
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_nothing_else_does() {
        let line = format!("privet-key-1 86400 20000 {}\n", "0f".repeat(32));
        let kept = Kept::read(&line).unwrap();
        assert_eq!((kept.epoch.number(), kept.epoch.ends()), (20_000, 20_001 * 86_400));
        assert_eq!(*kept.spelled(), line);
        for wrong in [
            "",
            line.trim_end(),
            &line.replace("key-1", "key-2"),
            &line.replace("86400", "0"),
            &line.replace("20000", "x"),
            &line.replace("0f0f", "0f"),
            &line.replace('\n', " more\n"),
            &"\0".repeat(line.len()),
        ] {
            assert!(Kept::read(wrong).is_none(), "{wrong:?}");
        }
    }
}
