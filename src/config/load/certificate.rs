//! Certificates and keys that the settings name: there, readable, fit for each other and of this day.
//!
//! A listener's are read again when it opens; an upstream's are kept as they were read. Invariant: nothing of a file's
//! content is told, and no copy of a key is left in memory.

use rustls::RootCertStore;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::super::certificate::{self, Particulars, Period, Staple};
use super::super::file::PairEntry;
use super::super::section::Written;
use super::super::settings::CertificatePair;
use super::Desk;

/// A certificate chain and its key.
pub fn pair(entry: &PairEntry, desk: &Desk<'_>) -> Option<CertificatePair> {
    certified(entry, desk);
    let (certificate, key) = (entry.certificate.as_ref()?, entry.key.as_ref()?);
    Some(CertificatePair {
        certificate: desk.path(&certificate.value),
        key: desk.path(&key.value),
        ocsp: entry.ocsp.as_ref().map(|written| desk.path(&written.value)),
    })
}

/// The same, read: fit for each other.
pub fn certified(entry: &PairEntry, desk: &Desk<'_>) -> Option<CertifiedKey> {
    let place = &entry.place;
    for (written, key) in [(&entry.certificate, "certificate"), (&entry.key, "key")] {
        if written.is_none() {
            desk.findings.missing(entry.line, place, &[key], &format!("write {key} = \"…\""));
        }
    }
    let chain = entry.certificate.as_ref().and_then(|written| chain(written, place, desk));
    let key = entry.key.as_ref().and_then(|written| key(written, place, desk));
    let (certificate_file, key_file) = (entry.certificate.as_ref()?, entry.key.as_ref()?);
    let chain = chain?;
    if let Some(standing) = Period::of(&chain).and_then(|valid| valid.standing(certificate::now())) {
        desk.findings.note(place, &format!("{} {standing}", certificate_file.value));
    }
    if let Some(written) = &entry.ocsp {
        staple(written, &chain, place, desk);
    }
    let certified = certificate::certified_key(chain, &*key?);
    if let Err(error) = &certified {
        let what = match error {
            rustls::Error::InconsistentKeys(_) => {
                format!("{} is not the key of {}", key_file.value, certificate_file.value)
            }
            other => format!("{} and {} cannot be used: {other}", certificate_file.value, key_file.value),
        };
        desk.findings.plain(key_file.line, place, what);
    }
    certified.ok()
}

/// What the authority says of a certificate: of this one, and while it holds.
fn staple(written: &Written<String>, chain: &[CertificateDer<'_>], place: &str, desk: &Desk<'_>) {
    let Some(response) = desk.bytes(written, place) else { return };
    let Some(certificate) = chain.first().and_then(|first| Particulars::read(first)) else { return };
    match Staple::read(response, &certificate) {
        Ok(staple) if !staple.valid.holds(certificate::now()) => {
            let note = format!("{} does not hold today, and is not sent until it is replaced", written.value);
            desk.findings.note(place, &note);
        }
        Ok(_) => {}
        Err(error) => desk.findings.plain(written.line, place, format!("{} {error}", written.value)),
    }
}

/// A file of authorities.
pub fn authorities(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<RootCertStore> {
    let certificates = chain(written, place, desk)?;
    let mut roots = RootCertStore::empty();
    if certificates.into_iter().any(|certificate| roots.add(certificate).is_err()) {
        desk.findings.plain(
            written.line,
            place,
            format!("{} holds no authority that can be trusted", written.value),
        );
        return None;
    }
    Some(roots)
}

fn chain(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<Vec<CertificateDer<'static>>> {
    let bytes = desk.bytes(written, place)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = read.ok().filter(|chain| !chain.is_empty());
    if chain.is_none() {
        desk.findings.plain(
            written.line,
            place,
            format!("{} holds no certificate in PEM form", written.value),
        );
    }
    chain
}

fn key(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<Zeroizing<PrivateKeyDer<'static>>> {
    let bytes = Zeroizing::new(desk.bytes(written, place)?);
    let key = PrivateKeyDer::from_pem_slice(&bytes).ok();
    if key.is_none() {
        let what =
            format!("{} holds no private key in PEM form that opens without a password", written.value);
        desk.findings.plain(written.line, place, what);
    }
    key.map(Zeroizing::new)
}
