//! Where bombs are thrown: the binary before a backend, and what must be true when the smoke is gone.
//!
//! Invariant: memory is bounded by a formula in the settings' own terms, the same one for every kind of bomb.

use std::net::SocketAddr;

use crate::support::{Backend, Program, Visitor, visitor};

/// How often the body limit one exchange may hold at its peak: the body as it came and as it grew while it came,
/// decoded, changed and encoded again, and what is noted while it is read.
const COPIES: usize = 16;

/// What the allocator and a further thread's stack may take beside.
const SLACK: usize = 8 << 20;

pub struct Range {
    program: Program,
    /// Where operators ask.
    admin: SocketAddr,
    backend: Backend,
    limit: usize,
    /// The peak of its memory after one ordinary request.
    before: Option<usize>,
}

impl Range {
    /// privet with this body limit, before a backend that says ok; `route` is more of the route's settings.
    pub async fn new(name: &str, limit: usize, route: &str) -> Self {
        let backend = Backend::start().await;
        let settings = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n\
             [[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
             [server]\nworkers = 2\n[admin]\naddress = \"127.0.0.1:0\"\n[limits]\nbody_read = \"60s\"\n\
             [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\nbody = {limit}\n{route}\n",
            backend.url()
        );
        let mut program = Program::run(&format!("bombs-{name}"), &settings, 2).await;
        let admin =
            program.told("listening for operators").await["listener"].as_str().unwrap().parse().unwrap();
        let mut range = Self { program, admin, backend, limit, before: None };
        range.serves().await;
        range.before = range.program.memory("VmHWM");
        range
    }

    /// A visitor at the plain listener.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.program.addresses[1], false)
    }

    /// A visitor at the TLS listener.
    pub fn tls_visitor(&self) -> Visitor {
        Visitor::new(self.program.addresses[0], true)
    }

    /// The status of one request; `fields` are lines of its head.
    pub async fn throw(&self, fields: &str, body: &[u8]) -> u16 {
        self.visitor().send(&[request(fields, body)]).await.status
    }

    /// What reached the backend so far.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// After so many exchanges at a time: privet is ready, the next visitor is served, and memory was bounded.
    pub async fn stands(&self, at_a_time: usize) {
        let ready = Visitor::new(self.admin, false).ask("GET /readyz", "").await;
        assert_eq!(ready.status, 200);
        self.serves().await;
        let Some((before, peak)) = self.before.zip(self.program.memory("VmHWM")) else { return };
        let bound = before + SLACK + at_a_time * COPIES * self.limit;
        assert!(peak <= bound, "{peak} bytes at the peak, {before} before, {bound} were to be enough");
    }

    /// An ordinary visitor is served.
    async fn serves(&self) {
        self.backend.forget();
        let body = b"{\"password\":\"x\",\"a\":1}";
        assert_eq!(self.throw("Content-Type: application/json", body).await, 200);
        assert_eq!(self.backend.request().text(), "{\"a\":1}");
        self.backend.forget();
    }
}

/// A request's bytes.
pub fn request(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /e\n{fields}\nContent-Length: {}", body.len());
    [visitor::request(&head, "").as_slice(), body].concat()
}
