//! An OCSP response (RFC 6960 §4.2) that is sent along with a certificate, so that a browser need not ask the authority
//! and tell it where its visitor is.
//!
//! Knows whose certificate it speaks of, what it says and until when; does not verify its signature, which a browser
//! does. Invariant: a staple that was made says *good* of the very certificate it was read for.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::der::{Der, ENUMERATED, INTEGER, OBJECT, OCTETS, SEQUENCE, around, instead};
use super::{Particulars, Period};

/// 1.3.6.1.5.5.7.48.1.1, a basic response.
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
/// 1.3.14.3.2.26
const SHA_1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
/// 2.16.840.1.101.3.4.2.1
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// A response as it is sent, and while it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staple {
    pub response: Vec<u8>,
    pub valid: Period,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StapleError {
    #[error("holds no OCSP response in DER form")]
    Malformed,
    #[error("holds an OCSP response that says nothing of a certificate (status {0})")]
    Unsuccessful(u8),
    #[error("holds an OCSP response for another certificate")]
    Foreign,
    #[error("says that the certificate is revoked")]
    Revoked,
    #[error("says that the certificate is not known")]
    Unknown,
}

impl Staple {
    /// Reads a response for this certificate.
    pub fn read(response: Vec<u8>, certificate: &Particulars<'_>) -> Result<Self, StapleError> {
        let valid = judge(&response, certificate)?;
        Ok(Self { response, valid })
    }
}

fn judge(response: &[u8], certificate: &Particulars<'_>) -> Result<Period, StapleError> {
    let mut outer = Der::new(response).within(SEQUENCE).ok_or(StapleError::Malformed)?;
    match outer.content(ENUMERATED) {
        Some([0]) => {}
        Some([status]) => return Err(StapleError::Unsuccessful(*status)),
        _ => return Err(StapleError::Malformed),
    }
    let mut answers = answers(outer).ok_or(StapleError::Malformed)?;
    while answers.tag().is_some() {
        let answer = answers.within(SEQUENCE).and_then(Answer::read).ok_or(StapleError::Malformed)?;
        if answer.is_about(certificate) {
            return answer.verdict();
        }
    }
    Err(StapleError::Foreign)
}

/// The single answers within a response whose status was read.
fn answers(mut outer: Der<'_>) -> Option<Der<'_>> {
    let mut typed = outer.within(around(0))?.within(SEQUENCE)?;
    typed.content(OBJECT).filter(|kind| *kind == BASIC)?;
    let mut data = Der::new(typed.content(OCTETS)?).within(SEQUENCE)?.within(SEQUENCE)?;
    data.skip(around(0));
    // Who answers, and when.
    data.skip_any()?;
    data.time()?;
    data.within(SEQUENCE)
}

/// What is said of one certificate.
struct Answer<'a> {
    algorithm: &'a [u8],
    issuer: &'a [u8],
    serial: &'a [u8],
    status: u8,
    valid: Period,
}

impl<'a> Answer<'a> {
    fn read(mut answer: Der<'a>) -> Option<Self> {
        let mut whose = answer.within(SEQUENCE)?;
        let algorithm = whose.within(SEQUENCE)?.content(OBJECT)?;
        let issuer = whose.content(OCTETS)?;
        whose.content(OCTETS)?;
        let serial = whose.content(INTEGER)?;
        let status = answer.tag()?;
        answer.skip_any()?;
        let from = answer.time()?;
        let until = match answer.tag() {
            Some(tag) if tag == around(0) => answer.within(tag)?.time()?,
            // Without an end there is always something newer (§4.2.2.1): good as long as anybody takes it.
            _ => u64::MAX,
        };
        Some(Self { algorithm, issuer, serial, status, valid: Period { from, until } })
    }

    /// By serial number and, where the hash is one of those in use, the issuer's name.
    fn is_about(&self, certificate: &Particulars<'_>) -> bool {
        let same_issuer = match self.algorithm {
            SHA_1 => self.issuer == Sha1::digest(certificate.issuer).as_slice(),
            SHA_256 => self.issuer == Sha256::digest(certificate.issuer).as_slice(),
            _ => true,
        };
        same_issuer && self.serial == certificate.serial
    }

    fn verdict(&self) -> Result<Period, StapleError> {
        match self.status {
            status if status == instead(0) => Ok(self.valid),
            status if status == around(1) => Err(StapleError::Revoked),
            _ => Err(StapleError::Unknown),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Made with OpenSSL: an authority, two certificates of it, and what it says of each.
    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("tests/tls/ocsp/{name}.der")).unwrap()
    }

    fn read(response: &str, certificate: &str) -> Result<Staple, StapleError> {
        let certificate = file(certificate);
        Staple::read(file(response), &Particulars::read(&certificate).unwrap())
    }

    #[test]
    fn a_good_word_for_the_certificate_is_kept_with_its_time() {
        let staple = read("good", "site").unwrap();
        assert_eq!(staple.response, file("good"));
        assert_eq!(staple.valid.until - staple.valid.from, 7 * 86_400);
        assert!(read("good-sha256", "site").is_ok());
    }

    #[test]
    fn a_word_for_another_certificate_is_told() {
        assert_eq!(read("good", "other"), Err(StapleError::Foreign));
        assert_eq!(read("good-sha256", "other"), Err(StapleError::Foreign));
        assert_eq!(read("good", "namesake"), Err(StapleError::Foreign), "the same number of another issuer");
    }

    #[test]
    fn a_bad_word_is_told() {
        assert_eq!(read("revoked", "other"), Err(StapleError::Revoked));
        assert_eq!(read("unknown", "stranger"), Err(StapleError::Unknown));
        let particulars = file("site");
        let particulars = Particulars::read(&particulars).unwrap();
        let try_later = vec![SEQUENCE, 3, ENUMERATED, 1, 3];
        assert_eq!(Staple::read(try_later, &particulars), Err(StapleError::Unsuccessful(3)));
        for cut in 0..file("good").len() {
            let told = Staple::read(file("good")[..cut].to_vec(), &particulars);
            assert_eq!(told, Err(StapleError::Malformed), "{cut}");
        }
    }
}
