//! A development certificate: made once, kept beside the settings, used again for as long as it is good.
//!
//! Knows names and files; does not know who listens. Invariant: a key is never readable by others, not even for the
//! moment of writing, and a file under its final name is complete.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::sign::CertifiedKey;

use super::certificates::Shown;
use super::tls::{self, TlsError};
use crate::config::CertificatePair;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest validity that browsers accept of a certificate installed by hand.
const VALIDITY: Duration = DAY.saturating_mul(825);
const STILL_GOOD: Duration = DAY.saturating_mul(7);

/// The kept certificate for these names, or a new one.
pub fn shown(names: &[String], directory: &Path) -> Result<Shown, TlsError> {
    let names = with_loopback(names);
    let stem = format!("self-signed-{}", file_word(&names[0]));
    let pair = CertificatePair {
        certificate: directory.join(format!("{stem}.pem")),
        key: directory.join(format!("{stem}.key")),
        ocsp: None,
    };
    if let Ok(kept) = Shown::read(&pair)
        && is_good(&kept.key, &names)
    {
        return Ok(kept);
    }
    make(&names, &pair)?;
    Shown::read(&pair)
}

/// `localhost` is also meant when its addresses are typed; no name at all means it.
fn with_loopback(names: &[String]) -> Vec<String> {
    let mut all = names.to_vec();
    if all.is_empty() {
        all.push("localhost".into());
    }
    if all.iter().any(|name| name == "localhost") {
        for address in [Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()] {
            if !all.contains(&address) {
                all.push(address);
            }
        }
    }
    all
}

fn file_word(name: &str) -> String {
    let word = name.replace('*', "any");
    word.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// Whether a browser that trusts the certificate would accept it for every name, today and in a week.
fn is_good(kept: &CertifiedKey, names: &[String]) -> bool {
    let Ok(certificate) = kept.end_entity_cert() else { return false };
    let mut trusted = RootCertStore::empty();
    if trusted.add(certificate.clone().into_owned()).is_err() {
        return false;
    }
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(trusted.into(), tls::provider()).build()
    else {
        return false;
    };
    let now = UnixTime::now();
    let later = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + STILL_GOOD);
    names.iter().all(|name| {
        // A wildcard is asked for by a name that it covers.
        ServerName::try_from(name.replacen('*', "any", 1)).is_ok_and(|name| {
            let accepted = |at| verifier.verify_server_cert(certificate, &[], &name, &[], at).is_ok();
            accepted(now) && accepted(later)
        })
    })
}

fn make(names: &[String], pair: &CertificatePair) -> Result<(), TlsError> {
    let (certificate, key) =
        generate(names).map_err(|source| TlsError::Unmakeable { names: names.to_vec(), source })?;
    for (file, text, mode) in [(&pair.key, key, 0o600), (&pair.certificate, certificate, 0o644)] {
        write_whole(file, &text, mode)
            .map_err(|source| TlsError::Unwritable { file: file.clone(), source })?;
    }
    Ok(())
}

fn generate(names: &[String]) -> Result<(String, String), rcgen::Error> {
    let now = SystemTime::now();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name.push(DnType::CommonName, "privet, for development");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A day back: a container's clock and a browser's need not agree.
    parameters.not_before = (now - DAY).into();
    parameters.not_after = (now - DAY + VALIDITY).into();
    let key = KeyPair::generate()?;
    Ok((parameters.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// Writes beside the file and renames, so that the file is never seen half written.
fn write_whole(file: &Path, text: &str, mode: u32) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let draft = Path::new(&draft);
    // Left behind by a process of the same id that was stopped in between.
    let _ = fs::remove_file(draft);
    let mut written = OpenOptions::new().write(true).create_new(true).mode(mode).open(draft)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(draft, file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::downstream::trial;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_certificate_is_made_once_and_used_again() {
        let parent = trial::directory("reuse");
        let directory = parent.join("certs");
        let first = shown(&names(&["localhost"]), &directory).unwrap();
        let second = shown(&names(&["localhost"]), &directory).unwrap();
        assert_eq!(first.key.cert, second.key.cert);
        let mut files: Vec<_> =
            fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, ["self-signed-localhost.key", "self-signed-localhost.pem"]);
    }

    #[test]
    fn only_its_owner_reads_the_key() {
        let directory = trial::directory("mode");
        shown(&names(&["localhost"]), &directory).unwrap();
        let mode = fs::metadata(directory.join("self-signed-localhost.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn localhost_is_good_for_its_addresses_too() {
        let directory = trial::directory("loopback");
        let key = shown(&names(&["localhost"]), &directory).unwrap();
        assert!(is_good(&key.key, &names(&["localhost", "127.0.0.1", "::1"])));
        assert!(!is_good(&key.key, &names(&["shop.example"])));
    }

    #[test]
    fn another_name_makes_another_certificate() {
        let directory = trial::directory("names");
        let one = shown(&names(&["shop.test"]), &directory).unwrap();
        let two = shown(&names(&["shop.test", "*.shop.test"]), &directory).unwrap();
        assert_ne!(one.key.cert, two.key.cert);
        assert_eq!(two.key.cert, shown(&names(&["shop.test", "*.shop.test"]), &directory).unwrap().key.cert);
    }

    #[test]
    fn a_certificate_about_to_expire_is_made_anew() {
        let directory = trial::directory("expiry");
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(names(&["shop.test"])).unwrap();
        parameters.not_before = (SystemTime::now() - DAY).into();
        parameters.not_after = (SystemTime::now() + STILL_GOOD - DAY).into();
        let old = parameters.self_signed(&key).unwrap();
        fs::write(directory.join("self-signed-shop.test.pem"), old.pem()).unwrap();
        fs::write(directory.join("self-signed-shop.test.key"), key.serialize_pem()).unwrap();
        assert_ne!(shown(&names(&["shop.test"]), &directory).unwrap().key.cert[0], *old.der());
    }

    #[test]
    fn a_key_without_its_certificate_is_replaced() {
        let directory = trial::directory("halves");
        shown(&names(&["localhost"]), &directory).unwrap();
        fs::remove_file(directory.join("self-signed-localhost.pem")).unwrap();
        shown(&names(&["localhost"]), &directory).unwrap();
    }
}
