//! Certificates: the upstream's, that must be good, and privet's own, that an upstream may ask for.
//!
//! RFC 9110 §4.3.4, RFC 8446 §4.4.2, RFC 9325. The operator learns what is wrong, the visitor that something is.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{before, line};
use crate::support::{Backend, Privet, Program, Visitor};

/// An authority, and files of what it vouches for.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
    directory: PathBuf,
}

/// A certificate with its key.
pub(super) struct Pair {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Pair {
    /// What a vendor needs to show it.
    pub(super) fn shown(&self) -> ServerConfig {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        config.with_single_cert(vec![self.certificate.der().clone()], key).unwrap()
    }
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("trust-{name}"));
        std::fs::create_dir_all(&directory).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Another authority has another name.
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let new = Self { issuer: Issuer::new(params, key), certificate, directory };
        std::fs::write(new.file("ca.pem"), new.certificate.pem()).unwrap();
        new
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(super) fn pair(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Pair { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    /// A pair in files: what a route needs to show it.
    fn client(&self, name: &str) -> String {
        let pair = self.pair(name, |_| {});
        let (certificate, key) = (self.file(&format!("{name}.pem")), self.file(&format!("{name}.key")));
        std::fs::write(&certificate, pair.certificate.pem()).unwrap();
        std::fs::write(&key, pair.key.serialize_pem()).unwrap();
        format!("upstream_client = {{ certificate = {certificate:?}, key = {key:?} }}")
    }

    pub(super) fn trusted(&self) -> String {
        format!("allow_private = true\nupstream_ca = {:?}", self.file("ca.pem"))
    }
}

/// A vendor that shows a pair, and asks for certificates of an authority if there is one; its URL.
async fn vendor(pair: Pair, clients: Option<&Authority>) -> String {
    let key = PrivateKeyDer::try_from(pair.key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => config.with_no_client_auth(),
    };
    let config = config.with_single_cert(vec![pair.certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut socket) = acceptor.accept(socket).await else { return };
                while socket.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
                    let _ = socket.flush().await;
                }
            });
        }
    });
    url
}

async fn asked(privet: &Privet) -> (u16, String) {
    let answer = privet.visitor().ask("POST /e\nContent-Type: application/json", "{}").await;
    (answer.status, answer.text())
}

fn counted(privet: &Privet, url: &str, reason: &str) -> u64 {
    privet.count(&line("upstream_failures_total", url, &format!(",reason=\"{reason}\"")))
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_the_operators_to_know() {
    let authority = Authority::new("certificates");
    let stranger = Authority::new("stranger");
    let good = authority.pair("localhost", |_| {});
    let expired = authority.pair("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let early = authority.pair("localhost", |params| {
        params.not_before = date_time_ymd(2090, 1, 1);
        params.not_after = date_time_ymd(2091, 1, 1);
    });
    for (pair, reason) in [
        (expired, "upstream_certificate_expired"),
        (early, "upstream_certificate_not_yet_valid"),
        (authority.pair("other.test", |_| {}), "upstream_certificate_name"),
        (stranger.pair("localhost", |_| {}), "upstream_certificate_issuer"),
    ] {
        let url = vendor(pair, None).await;
        let privet = before(std::slice::from_ref(&url), &authority.trusted(), "");
        assert_eq!(
            asked(&privet).await,
            (502, "upstream: certificate not accepted\n".to_owned()),
            "{reason}"
        );
        assert_eq!(counted(&privet, &url, reason), 1, "{reason}");
    }
    let privet = before(&[vendor(good, None).await], &authority.trusted(), "");
    assert_eq!(asked(&privet).await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn an_upstream_that_asks_for_a_certificate_gets_the_one_of_the_settings() {
    let authority = Authority::new("clients");
    let stranger = Authority::new("strange-clients");
    let url = vendor(authority.pair("localhost", |_| {}), Some(&authority)).await;
    let with =
        |client: &str| before(std::slice::from_ref(&url), &format!("{}\n{client}", authority.trusted()), "");
    assert_eq!(asked(&with(&authority.client("privet"))).await, (200, "ok".to_owned()));
    for client in [String::new(), stranger.client("privet")] {
        let privet = with(&client);
        assert_eq!(asked(&privet).await, (502, "upstream: no TLS connection\n".to_owned()));
        assert_eq!(counted(&privet, &url, "upstream_client_certificate"), 1);
    }
}

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_spoken() {
    // RFC 8996: a server that answers in TLS 1.1 or 1.0 is not spoken to.
    for minor in [1, 2] {
        let backend = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://127.0.0.1:{}", backend.local_addr().unwrap().port());
        let told = tokio::spawn(async move {
            let (mut socket, _) = backend.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await;
            // A ServerHello of that version: random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
            let mut hello = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
            hello.extend([7; 32]);
            hello.extend([0, 0, 47, 0]);
            let _ = socket.write_all(&hello).await;
            let mut rest = Vec::new();
            let _ = socket.read_to_end(&mut rest).await;
            rest
        });
        let privet = before(std::slice::from_ref(&url), "allow_private = true", "");
        assert_eq!(asked(&privet).await, (502, "upstream: no TLS connection\n".to_owned()));
        assert_eq!(counted(&privet, &url, "upstream_handshake"), 1);
        let alert = told.await.unwrap();
        assert_eq!((alert[0], alert[6]), (21, 70), "the alert protocol_version: {alert:?}");
    }
}

#[tokio::test]
async fn a_reload_with_a_bad_authority_is_refused_and_the_running_settings_stay() {
    let (authority, backend) = (Authority::new("reload"), Backend::start().await);
    let settings = |more: &str| {
        format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
             [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n\
             [[route]]\nname = \"s\"\nhost = \"other.test\"\nupstream = \"https://vendor.example\"\n{more}\n",
            backend.url()
        )
    };
    let trusting = format!("upstream_ca = {:?}\n{}", authority.file("ca.pem"), authority.client("own"));
    let mut program = Program::run("reload-trust", &settings(&trusting), 1).await;
    for (file, words) in
        [("ca.pem", "ca.pem holds no certificate in PEM form"), ("own.key", "own.key holds no private key")]
    {
        let good = std::fs::read(authority.file(file)).unwrap();
        std::fs::write(authority.file(file), "nothing of use").unwrap();
        program.signal("HUP");
        let told = program.told("settings not reloaded, the running ones stay").await;
        assert!(told["problem"].as_str().unwrap().contains(words), "{told}");
        std::fs::write(authority.file(file), good).unwrap();
    }
    assert_eq!(Visitor::new(program.addresses[0], false).ask("GET /e", "").await.status, 200);
    program.signal("HUP");
    program.told("settings reloaded").await;
}
