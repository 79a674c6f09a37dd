//! What certificates say of themselves: whose they are, from when until when they are good, and which key is theirs.
//!
//! Knows DER and the fields read here (RFC 5280 §4.1); verifies nothing, for a visitor does. Invariant: a time is in
//! seconds since 1970 and comes from the certificate; what cannot be read is `None`.

mod der;
mod key;
mod staple;

use std::fmt;
use std::time::SystemTime;

use der::{Der, INTEGER, SEQUENCE, around};
pub use key::certified_key;
pub use staple::{Staple, StapleError};

/// A certificate's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Particulars<'a> {
    serial: &'a [u8],
    /// The issuer's name, as DER.
    issuer: &'a [u8],
    pub valid: Period,
}

/// From when until when, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: u64,
    pub until: u64,
}

impl<'a> Particulars<'a> {
    /// Reads a certificate in DER form.
    pub fn read(certificate: &'a [u8]) -> Option<Self> {
        let mut fields = Der::new(certificate).within(SEQUENCE)?.within(SEQUENCE)?;
        fields.skip(around(0));
        let serial = fields.content(INTEGER)?;
        fields.content(SEQUENCE)?;
        let issuer = fields.whole(SEQUENCE)?;
        let mut validity = fields.within(SEQUENCE)?;
        let valid = Period { from: validity.time()?, until: validity.time()? };
        Some(Self { serial, issuer, valid })
    }
}

/// What is worth knowing of a certificate's time, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Early(u64),
    Ending(u64),
    Over(u64),
}

const DAY: u64 = 24 * 60 * 60;
/// Time enough to find out why nobody renewed it.
const SOON: u64 = 14 * DAY;

impl Period {
    /// While all certificates of a chain are good.
    pub fn of(chain: &[impl AsRef<[u8]>]) -> Option<Self> {
        let each = chain.iter().map(|one| Particulars::read(one.as_ref()).map(|read| read.valid));
        each.reduce(|all, one| {
            let (all, one) = (all?, one?);
            Some(Self { from: all.from.max(one.from), until: all.until.min(one.until) })
        })?
    }

    /// What to tell of it; nothing, where all is well.
    pub const fn standing(&self, now: u64) -> Option<Standing> {
        if now < self.from {
            Some(Standing::Early((self.from - now).div_ceil(DAY)))
        } else if now > self.until {
            Some(Standing::Over((now - self.until) / DAY))
        } else if self.until - now < SOON {
            Some(Standing::Ending((self.until - now) / DAY))
        } else {
            None
        }
    }

    pub const fn holds(&self, now: u64) -> bool {
        self.from <= now && now <= self.until
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, days, after) = match self {
            Self::Early(days) => ("is not good before", days, " from now"),
            Self::Ending(days) => ("expires in", days, ""),
            Self::Over(days) => ("expired", days, " ago"),
        };
        write!(f, "{before} {days} day{}{after}", if *days == 1 { "" } else { "s" })
    }
}

/// The time of day, in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_certificate_tells_from_when_until_when_it_is_good() {
        let mut parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        let at = |seconds| (SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).into();
        // One of each form: UTCTime ends with 2049.
        (parameters.not_before, parameters.not_after) = (at(1_700_000_000), at(2_600_000_000));
        let certificate = parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let read = Particulars::read(certificate.der()).unwrap();
        assert_eq!(read.valid, Period { from: 1_700_000_000, until: 2_600_000_000 });
        assert!(read.valid.holds(1_700_000_000) && read.valid.holds(2_600_000_000));
        assert!(!read.valid.holds(1_699_999_999) && !read.valid.holds(2_600_000_001));
    }

    #[test]
    fn what_is_worth_knowing_is_told_in_days() {
        let told = |from: u64, until: u64| {
            Period { from, until }.standing(100 * DAY).map(|standing| standing.to_string())
        };
        assert_eq!(told(0, 114 * DAY), None);
        assert_eq!(told(0, 114 * DAY - 1).unwrap(), "expires in 13 days");
        assert_eq!(told(0, 101 * DAY).unwrap(), "expires in 1 day");
        assert_eq!(told(0, 97 * DAY).unwrap(), "expired 3 days ago");
        assert_eq!(told(101 * DAY, 200 * DAY).unwrap(), "is not good before 1 day from now");
    }

    #[test]
    fn a_chain_is_good_while_each_of_it_is() {
        let files =
            ["site", "other"].map(|name| std::fs::read(format!("tests/tls/ocsp/{name}.der")).unwrap());
        let each = files.each_ref().map(|file| Particulars::read(file).unwrap().valid);
        let all = Period::of(&files).unwrap();
        assert_eq!((all.from, all.until), (each[0].from.max(each[1].from), each[0].until.min(each[1].until)));
        assert_eq!(Period::of(&[files[0].as_slice(), b"none"]), None);
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        assert_eq!(Particulars::read(b""), None);
        assert_eq!(Particulars::read(b"certificate"), None);
        assert_eq!(Particulars::read(&[SEQUENCE, 2, SEQUENCE, 0]), None);
    }
}
