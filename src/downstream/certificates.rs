//! The certificates of a listener: read from their files, found by the name a visitor asks for.
//!
//! Knows certificates and names; does not know how a handshake goes. Invariant: each key belongs to its certificate,
//! and what an authority says of one is shown only while it holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use zeroize::Zeroizing;

use super::self_signed;
use super::tls::TlsError;
use crate::config::certificate::{self, Particulars, Period, Staple};
use crate::config::{CertificatePair, Tls};

/// One certificate as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Where it was read.
    pub file: PathBuf,
    /// While the whole chain is good, as far as it can be read.
    pub valid: Option<Period>,
    pub key: Arc<CertifiedKey>,
    /// The same with the authority's word, while that holds.
    stapled: Option<(Arc<CertifiedKey>, Period)>,
}

/// A listener's certificates, in the order of the settings.
#[derive(Debug, Default)]
pub struct Certificates(Vec<Shown>);

impl Certificates {
    /// From the files as they are now; `None` where none is needed.
    pub fn read(tls: &Tls) -> Result<Option<Self>, TlsError> {
        Ok(Some(Self(match tls {
            Tls::Off => return Ok(None),
            Tls::Certificates(pairs) => pairs.iter().map(Shown::read).collect::<Result<_, _>>()?,
            Tls::SelfSigned { names, directory } => vec![self_signed::shown(names, directory)?],
        })))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Shown> {
        self.0.iter()
    }

    /// Whether one certificate speaks for both names, so that a connection opened for one serves the other.
    pub fn are_one(&self, one: &str, other: &str) -> bool {
        let (Ok(one), Ok(other)) = (ServerName::try_from(one), ServerName::try_from(other)) else {
            return false;
        };
        self.0.iter().any(|shown| shown.speaks_for(&one) && shown.speaks_for(&other))
    }

    /// Whether any of them is for this name.
    pub fn know(&self, name: &str) -> bool {
        ServerName::try_from(name).is_ok_and(|name| self.0.iter().any(|shown| shown.speaks_for(&name)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named: Vec<_> = match &name {
            Some(name) => self.0.iter().filter(|shown| shown.speaks_for(name)).collect(),
            None => Vec::new(),
        };
        // One name may have a certificate of each kind (ECDSA and RSA): the first that the visitor understands.
        let understood = |shown: &&&Shown| shown.key.key.choose_scheme(hello.signature_schemes()).is_some();
        let found = named.iter().find(understood).or(named.first()).copied();
        found.or(self.0.first()).map(|shown| shown.at(certificate::now()))
    }
}

impl Shown {
    /// Reads a certificate, its key and the authority's word, and checks that they belong together.
    pub fn read(pair: &CertificatePair) -> Result<Self, TlsError> {
        let chain = chain(&pair.certificate)?;
        let text = Zeroizing::new(bytes(&pair.key)?);
        let key = PrivateKeyDer::from_pem_slice(&text).map(Zeroizing::new);
        let key = key.map_err(|error| unreadable(&pair.key, "private key", error))?;
        let staple = pair.ocsp.as_ref().map(|file| staple(file, &chain)).transpose()?;
        let valid = Period::of(&chain);
        let key = certificate::certified_key(chain, &key).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { pair: pair.clone().into() }
            }
            source => TlsError::Unusable { pair: pair.clone().into(), source },
        })?;
        let stapled = staple.map(|Staple { response, valid }| {
            let key = CertifiedKey { ocsp: Some(response), ..key.clone() };
            (Arc::new(key), valid)
        });
        Ok(Self { file: pair.certificate.clone(), valid, key: Arc::new(key), stapled })
    }

    /// What is shown at a time: with the authority's word, if it holds.
    fn at(&self, now: u64) -> Arc<CertifiedKey> {
        let stapled = self.stapled.as_ref().filter(|(_, valid)| valid.holds(now));
        stapled.map_or(&self.key, |(key, _)| key).clone()
    }

    /// Whether the certificate names `name`, wildcards included.
    fn speaks_for(&self, name: &ServerName<'_>) -> bool {
        let certificate =
            self.key.end_entity_cert().ok().and_then(|der| ParsedCertificate::try_from(der).ok());
        certificate.is_some_and(|certificate| verify_server_name(&certificate, name).is_ok())
    }
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(file, "certificate", error))?;
    if chain.is_empty() {
        return Err(TlsError::Missing { file: file.into(), wanted: "certificate" });
    }
    Ok(chain)
}

fn staple(file: &Path, chain: &[CertificateDer<'_>]) -> Result<Staple, TlsError> {
    let response = bytes(file)?;
    let read = chain.first().and_then(|certificate| Particulars::read(certificate));
    let read = read.ok_or(certificate::StapleError::Foreign);
    read.and_then(|certificate| Staple::read(response, &certificate))
        .map_err(|source| TlsError::Staple { file: file.into(), source })
}

fn bytes(file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|source| TlsError::Unreadable { file: file.into(), source })
}

/// Not the parser's own words: they quote the file, and the file may be a key.
fn unreadable(file: &Path, wanted: &'static str, error: pem::Error) -> TlsError {
    let file = file.to_owned();
    match error {
        pem::Error::Io(source) => TlsError::Unreadable { file, source },
        pem::Error::NoItemsFound => TlsError::Missing { file, wanted },
        _ => TlsError::Malformed { file },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::*;
    use crate::downstream::trial;

    #[test]
    fn a_key_of_another_certificate_is_told_with_both_files() {
        let directory = trial::directory("mismatch");
        let one = trial::pair(&directory, "one", &["one.example"]);
        let two = trial::pair(&directory, "two", &["two.example"]);
        let crossed = CertificatePair { key: two.key, ..one };
        let told = Shown::read(&crossed).unwrap_err().to_string();
        assert!(told.contains("two.key does not belong to the certificate in"), "{told}");
        assert!(told.ends_with("one.pem"), "{told}");
    }

    #[test]
    fn an_error_names_the_file_and_never_what_is_in_it() {
        let directory = trial::directory("broken");
        let mut pair = trial::pair(&directory, "site", &["site.example"]);
        pair.key = directory.join("absent.key");
        let told = Shown::read(&pair).unwrap_err().to_string();
        assert!(told.starts_with("cannot read ") && told.contains("absent.key: No such file"), "{told}");

        fs::write(&pair.key, "-----BEGIN topsecret\n").unwrap();
        let told = Shown::read(&pair).unwrap_err().to_string();
        assert!(told.contains("absent.key") && !told.contains("topsecret"), "{told}");

        fs::write(&pair.certificate, "").unwrap();
        let told = Shown::read(&pair).unwrap_err().to_string();
        assert!(told.starts_with("no certificate in "), "{told}");
    }

    #[test]
    fn an_authority_s_word_for_another_certificate_is_told_with_its_file() {
        let directory = trial::directory("staple");
        let pair = CertificatePair {
            ocsp: Some("tests/tls/ocsp/good.der".into()),
            ..trial::pair(&directory, "site", &["site.example"])
        };
        let told = Shown::read(&pair).unwrap_err().to_string();
        assert_eq!(told, "tests/tls/ocsp/good.der holds an OCSP response for another certificate");
    }

    #[test]
    fn an_authority_s_word_is_shown_only_while_it_holds() {
        let directory = trial::directory("word");
        let shown = Shown::read(&trial::pair(&directory, "site", &["site.example"])).unwrap();
        let key = Arc::new(CertifiedKey { ocsp: Some(vec![1]), ..(*shown.key).clone() });
        let shown = Shown { stapled: Some((key, Period { from: 10, until: 20 })), ..shown };
        assert_eq!([9, 10, 20, 21].map(|now| shown.at(now).ocsp.is_some()), [false, true, true, false]);
    }

    #[test]
    fn names_are_one_where_a_certificate_bears_both() {
        let directory = trial::directory("coalesced");
        let pair = |file, names: &[&str]| trial::pair(&directory, file, names);
        let pairs = vec![pair("two", &["a.example", "*.b.example"]), pair("one", &["c.example"])];
        let names = Certificates::read(&Tls::Certificates(pairs)).unwrap().unwrap();
        assert!(names.are_one("a.example", "www.b.example"));
        assert!(!names.are_one("a.example", "c.example"));
        assert!(!names.are_one("a.example", "unknown.example"));
        assert!(!names.are_one("a.example", "no name at all"));
    }

    #[test]
    fn a_wildcard_speaks_for_one_label() {
        let directory = trial::directory("wildcard");
        let pair = trial::pair(&directory, "wild", &["*.shop.example"]);
        let wild = Certificates::read(&Tls::Certificates(vec![pair])).unwrap().unwrap();
        assert!(wild.know("www.shop.example") && wild.know("WWW.shop.example"));
        assert!(!wild.know("shop.example") && !wild.know("a.b.shop.example") && !wild.know("a b"));
    }
}
