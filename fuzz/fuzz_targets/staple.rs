//! Certificates and OCSP responses in DER: a staple says *good* of the very certificate, and half of one says nothing.
//!
//! An even first byte: a response for a certificate of this house's tests; an odd one: a certificate.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::config::certificate::{Particulars, Staple, StapleError};

const CERTIFICATE: &[u8] = include_bytes!("../../tests/tls/ocsp/site.der");
/// The certificate's number and *good*, as they stand side by side (RFC 6960 §4.2.1).
const GOOD: &[u8] = &[2, 2, 0x12, 0x34, 0x80, 0];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    if first & 1 == 0 {
        response(bytes);
    } else {
        certificate(bytes);
    }
});

/// Ends that are tried: what is cut off is no more than the last of it.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    [1, 2, bytes.len() / 3, bytes.len() / 2]
        .into_iter()
        .map(|less| &bytes[..bytes.len().saturating_sub(less)])
}

fn response(bytes: &[u8]) {
    let certificate = Particulars::read(CERTIFICATE).expect("a certificate");
    let read = |bytes: &[u8]| Staple::read(bytes.to_vec(), &certificate);
    let Ok(staple) = read(bytes) else { return };
    assert_eq!(staple.response, bytes);
    assert!(bytes.windows(GOOD.len()).any(|window| window == GOOD), "good is said nowhere in {bytes:x?}");
    for cut in cuts(bytes) {
        let again = read(cut).map(|staple| staple.valid);
        assert!(again == Ok(staple.valid) || again == Err(StapleError::Malformed), "{again:?} of {cut:x?}");
    }
}

fn certificate(bytes: &[u8]) {
    let Some(particulars) = Particulars::read(bytes) else { return };
    for cut in cuts(bytes) {
        assert!(Particulars::read(cut).is_none_or(|again| again == particulars), "{cut:x?}");
    }
    // A staple of another certificate is none of this one.
    let staple = Staple::read(include_bytes!("../../tests/tls/ocsp/good.der").to_vec(), &particulars);
    assert!(staple.is_err() || bytes.windows(4).any(|window| window == &GOOD[..4]), "{bytes:x?}");
}
