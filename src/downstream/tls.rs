//! TLS toward the visitor: certificate files become a configuration, a socket an encrypted one.
//!
//! Knows certificates and names; knows no HTTP beyond its name in ALPN. Invariant: a configuration that was made
//! can shake hands: each key belongs to its certificate, and every name finds one, the first if none is named so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ProducesTickets, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, ServerConfig};

use super::self_signed;
use crate::config::{CertificatePair, Tls};

/// The name of HTTP/2 in ALPN.
pub const HTTP2: &[u8] = b"h2";

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {file}: {source}", file = file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("cannot write {file}: {source}", file = file.display())]
    Unwritable { file: PathBuf, source: std::io::Error },
    #[error("no {wanted} in {file}; it should hold one in PEM form", file = file.display())]
    Missing { file: PathBuf, wanted: &'static str },
    #[error("{file} is not valid PEM", file = file.display())]
    Malformed { file: PathBuf },
    #[error("the key in {key} does not belong to the certificate in {certificate}",
        key = pair.key.display(), certificate = pair.certificate.display())]
    Mismatch { pair: Box<CertificatePair> },
    #[error("cannot use {certificate} with {key}: {source}",
        key = pair.key.display(), certificate = pair.certificate.display())]
    Unusable { pair: Box<CertificatePair>, source: Error },
    #[error("cannot make a certificate for {names}: {source}", names = names.join(", "))]
    Unmakeable { names: Vec<String>, source: rcgen::Error },
    #[error("cannot set up TLS: {0}")]
    SetUp(#[from] Error),
}

/// Keys of session tickets; kept over a reload, so that visitors come back without a full handshake.
pub type Tickets = Arc<dyn ProducesTickets>;

pub fn tickets() -> Result<Tickets, TlsError> {
    Ok(aws_lc_rs::Ticketer::new()?)
}

/// A configuration, and the names it speaks for.
pub type Configured = (Arc<ServerConfig>, Arc<Names>);

/// A listener's TLS, from the files as they are now; `None` when it speaks plainly.
pub fn configuration(tls: &Tls, tickets: &Tickets) -> Result<Option<Configured>, TlsError> {
    let keys = match tls {
        Tls::Off => return Ok(None),
        Tls::Certificates(pairs) => pairs.iter().map(certified_key).collect::<Result<_, _>>()?,
        Tls::SelfSigned { names, directory } => vec![self_signed::certified_key(names, directory)?],
    };
    let names = Arc::new(Names(keys));
    let mut configuration = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(names.clone());
    configuration.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    configuration.ticketer = tickets.clone();
    Ok(Some((Arc::new(configuration), names)))
}

/// Reads a certificate and its key, and checks that they belong together.
pub fn certified_key(pair: &CertificatePair) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = certificates(&pair.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&pair.key)
        .map_err(|error| unreadable(&pair.key, "private key", error))?;
    let key = CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { pair: pair.clone().into() }
        }
        source => TlsError::Unusable { pair: pair.clone().into(), source },
    })?;
    Ok(Arc::new(key))
}

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(file, "certificate", error))?;
    if chain.is_empty() {
        return Err(TlsError::Missing { file: file.into(), wanted: "certificate" });
    }
    Ok(chain)
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

/// Finds the certificate for the name a visitor asks for.
#[derive(Debug, Default)]
pub struct Names(Vec<Arc<CertifiedKey>>);

impl Names {
    /// Whether one certificate speaks for both names, so that a connection opened for one serves the other.
    pub fn are_one(&self, one: &str, other: &str) -> bool {
        let (Ok(one), Ok(other)) = (ServerName::try_from(one), ServerName::try_from(other)) else {
            return false;
        };
        self.0.iter().any(|key| speaks_for(key, &one) && speaks_for(key, &other))
    }
}

impl ResolvesServerCert for Names {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named: Vec<_> = match &name {
            Some(name) => self.0.iter().filter(|key| speaks_for(key, name)).collect(),
            None => Vec::new(),
        };
        // One name may have a certificate of each kind (ECDSA and RSA): the first that the visitor understands.
        let understood =
            |key: &&&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        let found = named.iter().find(|key| understood(key)).or(named.first()).copied();
        found.or(self.0.first()).cloned()
    }
}

/// Whether the certificate names `name`, wildcards included.
fn speaks_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let certificate = key.end_entity_cert().ok().and_then(|der| ParsedCertificate::try_from(der).ok());
    certificate.is_some_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::net::TcpStream;

    use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    use super::*;
    use crate::downstream::{reload, trial};
    use trial::{GET, Running, ask};

    /// A browser that trusts these certificates and speaks these protocols.
    fn browser(trusted: &[&CertificatePair], alpn: &[&[u8]]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        for pair in trusted {
            roots.add(CertificateDer::from_pem_file(&pair.certificate).unwrap()).unwrap();
        }
        let mut browser = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        browser.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        browser.into()
    }

    fn shake(
        running: &Running,
        browser: &Arc<ClientConfig>,
        name: &str,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut socket = running.connect();
        let mut session = ClientConnection::new(browser.clone(), name).unwrap();
        let _ = session.complete_io(&mut socket);
        StreamOwned::new(session, socket)
    }

    fn shown(running: &Running, browser: &Arc<ClientConfig>, name: &str) -> Option<CertificateDer<'static>> {
        let stream = shake(running, browser, name);
        stream.conn.peer_certificates().map(|chain| chain[0].clone())
    }

    fn serving(pairs: &[&CertificatePair]) -> crate::config::Settings {
        let pairs = pairs.iter().map(|pair| (*pair).clone()).collect();
        trial::settings(vec![trial::listener(Tls::Certificates(pairs))])
    }

    fn der(pair: &CertificatePair) -> Option<CertificateDer<'static>> {
        Some(CertificateDer::from_pem_file(&pair.certificate).unwrap())
    }

    #[test]
    fn every_name_gets_its_certificate_and_an_unknown_one_the_first() {
        let directory = trial::directory("sni");
        let one = trial::pair(&directory, "one", &["one.example", "127.0.0.1"]);
        let two = trial::pair(&directory, "two", &["*.two.example"]);
        let running = trial::run(serving(&[&one, &two]));
        let browser = browser(&[&one, &two], &[]);
        assert_eq!(shown(&running, &browser, "one.example"), der(&one));
        assert_eq!(shown(&running, &browser, "www.two.example"), der(&two));
        assert_eq!(shown(&running, &browser, "127.0.0.1"), der(&one), "no SNI");
        assert_eq!(shown(&running, &browser, "other.example"), None, "the browser does not accept the first");
        let answer = ask(shake(&running, &browser, "one.example"), GET);
        assert!(answer.ends_with("127.0.0.1 at 0, tls true"), "{answer}");
    }

    #[test]
    fn after_h2_was_agreed_http_1_is_not_spoken() {
        let directory = trial::directory("alpn");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let running = trial::run(serving(&[&pair]));
        let stream = shake(&running, &browser(&[&pair], &[b"h2", b"http/1.1"]), "site.example");
        assert_eq!(stream.conn.alpn_protocol(), Some(HTTP2));
        assert!(!ask(stream, GET).contains("HTTP/1.1"));
        let stream = shake(&running, &browser(&[&pair], &[b"http/1.1"]), "site.example");
        assert!(ask(stream, GET).starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_reload_swaps_the_certificate_and_keeps_connections_and_sessions() {
        let directory = trial::directory("swap");
        let old = trial::pair(&directory, "old", &["site.example"]);
        let new = trial::pair(&directory, "new", &["site.example"]);
        let settings = serving(&[&old]);
        let running = trial::run(settings.clone());
        let browser_before = browser(&[&old, &new], &[]);
        let mut begun = shake(&running, &browser_before, "site.example");
        begun.write_all(b"GET / HTTP/1.1\r\n").unwrap();

        reload::renew(&settings, serving(&[&new]), &running.entrances, &running.tickets).unwrap();
        assert_eq!(shown(&running, &browser(&[&old, &new], &[]), "site.example"), der(&new));
        let answer = ask(begun, b"host: h\r\nconnection: close\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let resumed = shake(&running, &browser_before, "site.example");
        assert_eq!(resumed.conn.handshake_kind(), Some(rustls::HandshakeKind::Resumed));
    }

    #[test]
    fn a_handshake_that_is_not_finished_is_cut() {
        let directory = trial::directory("stalled");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let mut settings = serving(&[&pair]);
        settings.limits.header_read = std::time::Duration::from_millis(200);
        let running = trial::run(settings);
        assert_eq!(ask(running.connect(), &[0x16, 3, 1]), "");
        running.await_count(r#"privet_tls_handshake_failures_total{listener="127.0.0.1:0"} 1"#);
    }

    #[test]
    fn a_key_of_another_certificate_is_told_with_both_files() {
        let directory = trial::directory("mismatch");
        let one = trial::pair(&directory, "one", &["one.example"]);
        let two = trial::pair(&directory, "two", &["two.example"]);
        let crossed = CertificatePair { certificate: one.certificate, key: two.key };
        let told = certified_key(&crossed).unwrap_err().to_string();
        assert!(told.contains("two.key does not belong to the certificate in"), "{told}");
        assert!(told.ends_with("one.pem"), "{told}");
    }

    #[test]
    fn an_error_names_the_file_and_never_what_is_in_it() {
        let directory = trial::directory("broken");
        let mut pair = trial::pair(&directory, "site", &["site.example"]);
        pair.key = directory.join("absent.key");
        let told = certified_key(&pair).unwrap_err().to_string();
        assert!(told.starts_with("cannot read ") && told.contains("absent.key: No such file"), "{told}");

        fs::write(&pair.key, "-----BEGIN topsecret\n").unwrap();
        let told = certified_key(&pair).unwrap_err().to_string();
        assert!(told.contains("absent.key") && !told.contains("topsecret"), "{told}");

        fs::write(&pair.certificate, "").unwrap();
        let told = certified_key(&pair).unwrap_err().to_string();
        assert!(told.starts_with("no certificate in "), "{told}");
    }

    #[test]
    fn names_are_one_where_a_certificate_bears_both() {
        let directory = trial::directory("coalesced");
        let certified = |file, names: &[&str]| certified_key(&trial::pair(&directory, file, names)).unwrap();
        let names =
            Names(vec![certified("two", &["a.example", "*.b.example"]), certified("one", &["c.example"])]);
        assert!(names.are_one("a.example", "www.b.example"));
        assert!(!names.are_one("a.example", "c.example"));
        assert!(!names.are_one("a.example", "unknown.example"));
        assert!(!names.are_one("a.example", "no name at all"));
    }

    #[test]
    fn a_wildcard_speaks_for_one_label() {
        let directory = trial::directory("wildcard");
        let key = certified_key(&trial::pair(&directory, "wild", &["*.shop.example"])).unwrap();
        let speaks = |name: &str| speaks_for(&key, &ServerName::try_from(name).unwrap());
        assert!(speaks("www.shop.example"));
        assert!(!speaks("shop.example") && !speaks("a.b.shop.example"));
    }
}
