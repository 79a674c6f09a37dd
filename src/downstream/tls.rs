//! TLS toward the visitor: a listener's certificates become a configuration, a socket an encrypted one.
//!
//! Knows handshakes and tickets; knows no HTTP beyond its name in ALPN. Invariant: nothing weaker than TLS 1.2 with
//! ephemeral keys and authenticated encryption is agreed, and where names are strict, nobody gets in without one.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{Acceptor, NoServerSessionStorage, ProducesTickets};
use rustls::{CipherSuite, Error, ServerConfig, SupportedCipherSuite};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificates::Certificates;
use super::wire::Wire;
use crate::config::certificate::StapleError;
use crate::config::{CertificatePair, Listener};

/// The name of HTTP/2 in ALPN.
pub const HTTP2: &[u8] = b"h2";

/// A fatal alert, unrecognized_name (RFC 6066 §3, RFC 8446 §6), as its own record.
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {file}: {source}", file = file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("cannot write {file}: {source}", file = file.display())]
    Unwritable { file: PathBuf, source: io::Error },
    #[error("no {wanted} in {file}; it should hold one in PEM form", file = file.display())]
    Missing { file: PathBuf, wanted: &'static str },
    #[error("{file} is not valid PEM", file = file.display())]
    Malformed { file: PathBuf },
    #[error("{file} {source}", file = file.display())]
    Staple { file: PathBuf, source: StapleError },
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

/// Keys of session tickets, two of them, each made new every six hours and forgotten after twelve; kept over a reload,
/// so that visitors come back without a full handshake.
pub type Tickets = Arc<dyn ProducesTickets>;

pub fn tickets() -> Result<Tickets, TlsError> {
    Ok(aws_lc_rs::Ticketer::new()?)
}

/// Turns the keys that are due: they turn by being used, and a privet without visitors uses none.
pub fn turn(tickets: &Tickets) {
    let _ = tickets.encrypt(&[]);
}

/// How a listener shakes hands.
pub struct Handshake {
    acceptor: TlsAcceptor,
    pub certificates: Arc<Certificates>,
    strict_sni: bool,
}

impl Handshake {
    /// From the files as they are now; `None` when the listener speaks plainly.
    pub fn new(listener: &Listener, tickets: &Tickets) -> Result<Option<Self>, TlsError> {
        let Some(certificates) = Certificates::read(&listener.tls)?.map(Arc::new) else { return Ok(None) };
        let mut configuration = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(certificates.clone());
        configuration.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        configuration.ticketer = tickets.clone();
        // Each session that is taken up again brings the next ticket.
        configuration.send_tls13_tickets = 1;
        // Nothing of a session is remembered here.
        configuration.session_storage = Arc::new(NoServerSessionStorage {});
        configuration.ignore_client_order = true;
        let acceptor = TlsAcceptor::from(Arc::new(configuration));
        Ok(Some(Self { acceptor, certificates, strict_sni: listener.strict_sni }))
    }

    /// Agrees on keys, names and protocol.
    pub async fn shake(&self, mut wire: Wire) -> io::Result<TlsStream<Wire>> {
        if self.strict_sni && !self.is_meant(&mut wire).await? {
            wire.write_all(&UNRECOGNIZED_NAME).await?;
            wire.shutdown().await?;
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.acceptor.accept(wire).await
    }

    /// Whether the visitor asks for a name that is served here. Only looks: the hello is still to be read.
    async fn is_meant(&self, wire: &mut Wire) -> io::Result<bool> {
        let mut hello = Acceptor::default();
        let mut looked_at = 0;
        loop {
            let mut unseen = &wire.seen()[looked_at..];
            looked_at = wire.seen().len();
            while !unseen.is_empty() {
                hello.read_tls(&mut unseen)?;
            }
            match hello.accept() {
                Ok(None) if wire.look_further().await? => {}
                Ok(None) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(Some(whole)) => {
                    return Ok(whole
                        .client_hello()
                        .server_name()
                        .is_some_and(|name| self.certificates.know(name)));
                }
                // What is no hello is told in the words of the handshake itself.
                Err(_) => return Ok(true),
            }
        }
    }
}

/// AES-128 with SHA-256 comes first: browsers ask for it first, and processors have instructions for both, as they
/// seldom have for SHA-384, which would be half of a handshake.
pub fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    let is_first = |suite: &SupportedCipherSuite| {
        matches!(
            suite.suite(),
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    };
    provider.cipher_suites.sort_by_key(|suite| !is_first(suite));
    Arc::new(provider)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{AlertDescription, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    use super::*;
    use crate::config::Tls;
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

    /// What ends a handshake before it is done.
    fn refusal(running: &Running, browser: &Arc<ClientConfig>, name: &str) -> Option<Error> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut session = ClientConnection::new(browser.clone(), name).unwrap();
        let error = session.complete_io(&mut running.connect()).err()?;
        error.into_inner().and_then(|error| error.downcast().ok()).map(|error| *error)
    }

    #[test]
    fn where_names_are_strict_an_unknown_or_absent_one_is_refused_by_its_alert() {
        let directory = trial::directory("strict");
        let pair = trial::pair(&directory, "site", &["site.example", "127.0.0.1"]);
        let tls = Tls::Certificates(vec![pair.clone()]);
        let strict = Listener { strict_sni: true, ..trial::listener(tls) };
        let running = trial::run(trial::settings(vec![strict]));
        let browser = browser(&[&pair], &[]);
        assert_eq!(shown(&running, &browser, "site.example"), der(&pair));
        let unrecognized = Some(Error::AlertReceived(AlertDescription::UnrecognisedName));
        assert_eq!(refusal(&running, &browser, "other.example"), unrecognized);
        assert_eq!(refusal(&running, &browser, "127.0.0.1"), unrecognized, "no SNI");
        let failures = r#"privet_tls_handshake_failures_total{listener="127.0.0.1:0"} 2"#;
        running.await_count(failures);
    }

    #[test]
    fn a_strict_listener_reads_a_hello_in_pieces_and_answers_what_is_none() {
        let directory = trial::directory("pieces");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let strict = Listener { strict_sni: true, ..trial::listener(Tls::Certificates(vec![pair.clone()])) };
        let running = trial::run(trial::settings(vec![strict]));
        let name = ServerName::try_from("site.example").unwrap();
        let mut session = ClientConnection::new(browser(&[&pair], &[]), name).unwrap();
        let mut hello = Vec::new();
        session.write_tls(&mut hello).unwrap();
        let mut socket = running.connect();
        socket.set_nodelay(true).unwrap();
        hello.chunks(40).for_each(|piece| socket.write_all(piece).unwrap());
        session.complete_io(&mut socket).unwrap();
        assert!(!session.is_handshaking());
        assert!(ask(running.connect(), GET).starts_with('\u{15}'), "an alert");
    }

    #[test]
    fn who_offers_no_protocol_that_is_spoken_here_is_refused_by_its_alert() {
        let directory = trial::directory("no-alpn");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let running = trial::run(serving(&[&pair]));
        let told = refusal(&running, &browser(&[&pair], &[b"spdy/1", b"acme-tls/1"]), "site.example");
        assert_eq!(told, Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)));
    }

    #[test]
    fn only_ephemeral_keys_and_authenticated_encryption_are_offered() {
        for suite in &provider().cipher_suites {
            let name = format!("{:?}", suite.suite());
            let is_modern = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
            assert!(is_modern && (name.contains("GCM") || name.contains("POLY1305")), "{name}");
        }
    }

    #[test]
    fn the_suite_that_processors_are_made_for_is_agreed_whatever_comes_first_for_the_visitor() {
        let directory = trial::directory("suite");
        let pair = trial::pair(&directory, "site", &["site.example"]);
        let running = trial::run(serving(&[&pair]));
        for (version, suite) in [
            (&rustls::version::TLS13, CipherSuite::TLS13_AES_128_GCM_SHA256),
            (&rustls::version::TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
        ] {
            let mut browser = aws_lc_rs::default_provider();
            browser.cipher_suites.sort_by_key(|offered| offered.suite() == suite);
            let browser = ClientConfig::builder_with_provider(browser.into());
            let browser = browser.with_protocol_versions(&[version]).unwrap();
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(&pair.certificate).unwrap()).unwrap();
            let browser = browser.with_root_certificates(roots).with_no_client_auth().into();
            let agreed = shake(&running, &browser, "site.example").conn.negotiated_cipher_suite();
            assert_eq!(agreed.map(|agreed| agreed.suite()), Some(suite));
        }
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
}
