//! The real server, in threads of this process, from the text of a settings file.
//!
//! Listeners are `127.0.0.1:0`: the ports are the system's choice. Invariant: it drains when the test is over.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use privet::config;
use privet::downstream::{Server, StartError, Stop};
use privet::metrics::Metrics;
use privet::proxy::{Proxy, Shared};

use super::{Backend, Visitor};

pub struct Privet {
    addresses: Vec<SocketAddr>,
    admin: Option<SocketAddr>,
    stop: Stop,
    metrics: Arc<Metrics>,
    thread: Option<JoinHandle<Result<(), StartError>>>,
}

/// A route to one backend, and the two listeners a visitor comes in by.
pub struct Stage {
    pub backend: Backend,
    pub privet: Privet,
}

/// TLS first, plain second.
const LISTENERS: &str = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = { self_signed = [\"vendor.test\", \"two.test\", \"other.test\"] }\n\
    [[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[server]\nworkers = 1\n";

impl Stage {
    /// `vendor.test` leads to a backend that says ok; `more` is more of the route's settings.
    pub async fn with(more: &str) -> Self {
        Self::before(Backend::start().await, more, "")
    }

    /// The same before some backend; `limits` is more of the whole file.
    pub fn before(backend: Backend, more: &str, others: &str) -> Self {
        let privet = Privet::start(&format!("{LISTENERS}{others}\n{}", route(&backend, more)));
        Self { backend, privet }
    }

    /// The same, with a listener's settings.
    pub fn trusting(backend: Backend, more: &str, listener: &str) -> Self {
        let listeners = LISTENERS.replacen("[[listener]]", &format!("[[listener]]\n{listener}"), 1);
        let privet = Privet::start(&format!("{listeners}{}", route(&backend, more)));
        Self { backend, privet }
    }

    pub fn visitor(&self) -> Visitor {
        self.privet.visitor()
    }
}

fn route(backend: &Backend, more: &str) -> String {
    let url = backend.url();
    format!("[[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nupstream = \"{url}\"\n{more}\n")
}

impl Privet {
    pub fn start(text: &str) -> Self {
        // Development certificates are made once and kept; two tests must not make them at once.
        static STARTING: Mutex<()> = Mutex::new(());
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let starting = STARTING.lock().unwrap();
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proxy.toml");
        let settings = config::parse(text, &file).unwrap_or_else(|problems| panic!("{problems}"));
        let metrics = Arc::new(Metrics::new());
        let server = Server::bind(&settings, Arc::clone(&metrics)).unwrap_or_else(|error| panic!("{error}"));
        drop(starting);
        let (addresses, admin, stop) = (server.addresses().to_vec(), server.admin_address(), server.stop());
        let shared = Shared::new(settings, Arc::clone(&metrics));
        let serve = move || {
            let answer = || Arc::new(Proxy::new(shared.clone())) as Arc<_>;
            server.serve(&shared, answer, || Err(vec!["no file".to_owned()]))
        };
        Self { addresses, admin, stop, metrics, thread: Some(thread::spawn(serve)) }
    }

    /// A visitor at the TLS listener.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.addresses[0], true)
    }

    /// A visitor at the plain listener.
    pub fn plain_visitor(&self) -> Visitor {
        Visitor::new(self.addresses[1], false)
    }

    /// An operator at the admin listener.
    pub fn operator(&self) -> Visitor {
        Visitor::new(self.admin.unwrap(), false)
    }

    /// Where the TLS listener is.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// What was counted under a name and all of its labels, as they are told.
    pub fn count(&self, line: &str) -> u64 {
        let told = self.metrics.encode().unwrap();
        let value = told.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        value.unwrap_or(0)
    }

    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Waits for the end of a drain.
    pub async fn ended(mut self) -> Result<(), StartError> {
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap()
    }
}

impl Drop for Privet {
    fn drop(&mut self) {
        // Twice is an abort: nobody waits for the connections of a test that is over.
        self.stop.next_step();
        self.stop.next_step();
    }
}
