//! `privet demo`: everything at home. A pretend vendor, a shop that talks to it, and privet between them; the page
//! shows side by side what the browser sent and what the vendor received.
//!
//! Knows privet by the doors every command uses; privet has no tap for it. Invariant: nothing is written to disk but
//! the development certificate, and nothing leaves the machine.

mod comparison;
mod dissection;
mod record;
mod shop;
mod tap;
mod vendor;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;
use http::uri::{Authority, InvalidUri};
use rustls::crypto::aws_lc_rs;

use super::output::say;
use crate::config::{self, Problems, Settings};
use crate::downstream::{Server, StartError};
use crate::logging::{self, Format};
use crate::metrics::Metrics;
use crate::privacy::policies::POLICIES;
use crate::proxy::{Answer, Shared};
use record::Record;
use tap::Tap;

const SETTINGS: &str = include_str!("demo.toml");

/// EX_OSERR of sysexits: a socket or a thread was not to be had, or the certificate could not be made.
const NO_RESOURCE: u8 = 71;

#[derive(Debug, Args)]
pub struct Options {
    /// Where the demo listens; who can reach it sees every exchange
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS")]
    pub address: SocketAddr,
    /// The policy the page begins with
    #[arg(long, default_value = "strict", value_parser = PossibleValuesParser::new(POLICIES.map(|(name, _)| name)))]
    pub policy: String,
}

/// Why the demo cannot start.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("cannot open the pretend vendor: {0}")]
    Vendor(#[from] io::Error),
    #[error(transparent)]
    Settings(#[from] Problems),
    #[error(transparent)]
    Upstream(#[from] InvalidUri),
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Runs the demo in the foreground until it is interrupted.
pub fn run(options: &Options, format: Option<Format>) -> ExitCode {
    // The page shows more than any log could.
    let _log = logging::start(format);
    let _ = aws_lc_rs::default_provider().install_default();
    let served = Demo::open(options, Path::new("demo.toml")).and_then(|demo| {
        say(demo.introduction());
        demo.serve()
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If nobody listens, the code still tells.
            let _ = writeln!(io::stderr().lock(), "privet demo: {error}");
            ExitCode::from(NO_RESOURCE)
        }
    }
}

/// Vendor and privet, with their doors open.
struct Demo {
    server: Server,
    shared: Arc<Shared>,
    record: Arc<Record>,
    vendor: SocketAddr,
    policy: String,
}

impl Demo {
    /// `file` is where the settings pretend to stand; the certificate is kept beside it.
    fn open(options: &Options, file: &Path) -> Result<Self, DemoError> {
        let record = Arc::new(Record::default());
        let vendor = vendor::open(record.clone())?;
        let settings = settings(options.address, vendor, file)?;
        let metrics = Arc::new(Metrics::new());
        let server = Server::bind(&settings, metrics.clone())?;
        let shared = Shared::new(settings, metrics);
        Ok(Self { server, shared, record, vendor, policy: options.policy.clone() })
    }

    fn serve(self) -> Result<(), DemoError> {
        let Self { server, shared, record, policy, .. } = self;
        let stop = server.stop();
        let tap = || -> Arc<dyn Answer> {
            let (stop, open) = (stop.clone(), record.clone());
            // A page that listens would hold up the end.
            tokio::spawn(async move {
                stop.draining().await;
                open.close();
            });
            Arc::new(Tap::new(shared.clone(), record.clone(), policy.clone()))
        };
        let again = || Err(vec!["the demo's settings are built in".to_owned()]);
        Ok(server.serve(&shared, tap, again)?)
    }

    /// Where a browser finds the shop.
    fn site(&self) -> String {
        let Some(address) = self.server.addresses().first() else { return String::new() };
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            return format!("https://localhost:{}", address.port());
        }
        format!("https://{address}")
    }

    fn introduction(&self) -> String {
        let (policy, vendor, site) = (&self.policy, self.vendor, self.site());
        format!(
            r#"privet demo

  open    {site}/
          (the browser warns: the certificate was made just for this, in certs/)
  vendor  http://{vendor}, pretended; it answers with what it received
  policy  {policy}; the page switches between all four

Without a browser:

  curl -k '{site}/{policy}/stats/e/?ip=1' -H 'Cookie: _ga=GA1.1.120483.176722' \
    -d '{{"api_key":"phc_demo","event":"$pageview","properties":{{"distinct_id":"jane","$ip":"{address}","$browser_language":"de-AT","$current_url":"{site}/?email=jane.doe@example.org"}}}}'

  curl -k {site}/{policy}/chat/messages \
    -d '{{"text":"Please call me at +43 660 1234567 or mail jane.doe@example.org","draft":"My boss must not kn"}}'

Ctrl-C ends it."#,
            address = tap::STAND_IN,
        )
    }
}

/// The built-in settings, with the listener and the vendor where they are today.
fn settings(listener: SocketAddr, vendor: SocketAddr, file: &Path) -> Result<Settings, DemoError> {
    let mut settings = config::parse(SETTINGS, file)?;
    let authority: Authority = vendor.to_string().parse()?;
    for entry in &mut settings.listeners {
        entry.address = listener;
    }
    for route in &mut settings.routes {
        Arc::make_mut(route).upstream.authority = authority.clone();
    }
    Ok(settings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::thread;

    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio_rustls::TlsConnector;

    use super::*;
    use comparison::Fate;

    const BEACON: &str = r#"{"api_key":"phc_demo","event":"$pageview","properties":{"$ip":"203.0.113.42","distinct_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","$current_url":"https://localhost:8443/?email=jane.doe@example.org","$lib":"web"}}"#;

    const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.7778.31 Safari/537.36";

    /// What the vendor must never hear of the beacon and of what the browser adds.
    const PERSON: [&str; 5] = ["203.0.113.42", "Mozilla", "jane", "7c9e6679", "de-AT"];

    #[test]
    fn the_settings_are_an_ordinary_file_with_two_routes_for_each_policy() {
        let vendor = "127.0.0.1:9999".parse().unwrap();
        let settings = settings("127.0.0.1:0".parse().unwrap(), vendor, Path::new("demo.toml")).unwrap();
        for (policy, _) in POLICIES {
            let of_policy = settings.routes.iter().filter(|route| &*route.policy_name == policy);
            let paths: Vec<_> = of_policy.map(|route| route.path.clone().unwrap()).collect();
            assert_eq!(paths, [format!("/{policy}/stats/"), format!("/{policy}/chat/")]);
        }
        assert!(settings.routes.iter().all(|route| route.upstream.authority == "127.0.0.1:9999"));
    }

    #[test]
    fn the_record_has_both_sides_and_the_vendors_lacks_the_person() {
        let (record, answers) = visited(&[
            ("/strict/stats/e/?ip=1&ver=1.2.3", BEACON),
            ("/strict/chat/messages", r#"{"text":"mail jane.doe@example.org","draft":"jane is"}"#),
            ("/balanced/stats/e/", BEACON),
        ]);
        for answer in &answers {
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"received\""), "{answer}");
        }
        let (exchanges, _) = record.listen();
        assert_eq!(exchanges.len(), 3);
        for exchange in &exchanges[..2] {
            let (sent, received) = (format!("{:?}", exchange.sent), format!("{:?}", exchange.received));
            assert!(sent.contains("203.0.113.42") && sent.contains("Mozilla") && sent.contains("jane"));
            for word in PERSON {
                assert!(!received.contains(word), "{word} is in {received}");
            }
            assert!(exchange.received.as_ref().unwrap().body.contains(if exchange.number == 1 {
                "$pageview"
            } else {
                "mail [contact]"
            }));
        }
        let fate = |exchange: &record::Exchange, name: &str| {
            exchange
                .rows
                .iter()
                .find(|row| row.name == name)
                .map(|row| (row.fate, row.categories[0].category.name()))
        };
        assert_eq!(fate(&exchanges[0], "user-agent"), Some((Fate::Removed, "user_agent")));
        assert_eq!(fate(&exchanges[0], "/properties/distinct_id"), Some((Fate::Changed, "visitor_id")));
        assert_eq!(fate(&exchanges[0], "/event"), Some((Fate::Kept, "service")));
        assert_eq!(fate(&exchanges[1], "/draft"), Some((Fate::Removed, "typed_text")));
        assert_eq!(fate(&exchanges[2], "user-agent"), Some((Fate::Changed, "user_agent")));
    }

    #[test]
    fn what_privet_cannot_read_is_told_as_heard_by_nobody() {
        let (record, answers) = visited(&[("/strict/stats/e/", r#"{"event":"#)]);
        assert!(answers[0].starts_with("HTTP/1.1 4"), "{}", answers[0]);
        let (exchanges, _) = record.listen();
        assert!(exchanges[0].received.is_none());
        assert!(exchanges[0].rows.iter().all(|row| row.fate == Fate::Removed));
    }

    /// Runs the demo for as long as a browser takes to post these bodies, each to its target.
    fn visited(posts: &[(&str, &str)]) -> (Arc<Record>, Vec<String>) {
        let directory = own_directory();
        let options = Options { address: "127.0.0.1:0".parse().unwrap(), policy: "strict".to_owned() };
        let demo = Demo::open(&options, &directory.join("demo.toml")).unwrap();
        let (record, stop, address) = (demo.record.clone(), demo.server.stop(), demo.server.addresses()[0]);
        let serving = thread::spawn(move || demo.serve());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answers =
            posts.iter().map(|(target, body)| runtime.block_on(post(address, &directory, target, body)));
        let answers = answers.collect();
        stop.drain();
        serving.join().unwrap().unwrap();
        fs::remove_dir_all(&directory).unwrap();
        (record, answers)
    }

    /// A directory of its own for the certificate.
    fn own_directory() -> PathBuf {
        let number = getrandom::u64().unwrap();
        let directory = std::env::temp_dir().join(format!("privet-demo-{number:x}"));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    /// Posts over TLS and HTTP/1.1, trusting the certificate that was made.
    async fn post(address: SocketAddr, directory: &Path, target: &str, body: &str) -> String {
        let mut roots = RootCertStore::empty();
        let made = directory.join("certs/self-signed-localhost.pem");
        roots.add(CertificateDer::from_pem_file(made).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, socket).await.unwrap();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: {AGENT}\r\n\
             Accept-Language: de-AT\r\nCookie: visitor=7c9e6679\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // A server may close without TLS's own farewell.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }
}
