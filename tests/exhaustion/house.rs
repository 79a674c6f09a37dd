//! The house under siege: the binary with short limits, what it counted, what it holds, and whether it still serves.
//!
//! Invariant: what a siege may cost is said in one place, for every kind of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::support::{Backend, Program, Visitor};

/// Somebody else.
pub const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 88, 88, 88);
const LISTENERS: usize = 2;
/// What one siege may leave in memory at its peak, and in descriptors when it is over.
const MEMORY: usize = 48 << 20;
const DESCRIPTORS: usize = 16;

pub struct House {
    program: Program,
    admin: SocketAddr,
    pub backend: Backend,
    before: Option<(usize, usize)>,
}

impl House {
    /// `limits` is `[limits]` and more of the whole file, `listener` of both listeners, `route` of the route.
    pub async fn new(name: &str, backend: Backend, listener: &str, limits: &str, route: &str) -> Self {
        let limits = format!("[server]\nworkers = 2\n[limits]\n{limits}");
        let settings = settings(&backend, listener, &limits, route);
        let program = Program::run(&format!("exhaustion-{name}"), &settings, LISTENERS).await;
        Self::of(program, backend).await
    }

    /// The same in a process that a shell confines first; `whole` is more of the whole file.
    pub async fn confined(name: &str, confine: &str, whole: &str, route: &str) -> Self {
        let backend = Backend::start().await;
        let settings = settings(&backend, "", whole, route);
        let program = Program::within(&format!("exhaustion-{name}"), &settings, LISTENERS, confine).await;
        Self::of(program, backend).await
    }

    async fn of(mut program: Program, backend: Backend) -> Self {
        let admin = program.told("listening for operators").await;
        let admin = admin["listener"].as_str().unwrap().parse().unwrap();
        let mut house = Self { program, admin, backend, before: None };
        house.serves().await;
        house.before = house.program.memory("VmHWM").zip(house.program.descriptors());
        house
    }

    /// With nothing but limits.
    pub async fn within(name: &str, limits: &str) -> Self {
        Self::new(name, Backend::start().await, "", limits, "").await
    }

    /// A visitor at the TLS listener.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.program.addresses[0], true)
    }

    pub fn plain_visitor(&self) -> Visitor {
        Visitor::new(self.program.addresses[1], false)
    }

    /// The value of a metric, all its labels but these being as they like.
    pub async fn counted(&self, name: &str, label: &str) -> u64 {
        let text = Visitor::new(self.admin, false).ask("GET /metrics", "").await.text();
        let of = |line: &str| line.starts_with(&format!("{name}{{")) && line.contains(label);
        text.lines()
            .filter(|line| of(line))
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }

    /// Waits until connections were cut for a reason, so many or more.
    pub async fn has_cut(&self, reason: &str, count: u64) {
        let label = format!("reason=\"{reason}\"");
        for _ in 0..1000 {
            if self.counted("privet_connections_cut_total", &label).await >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let text = Visitor::new(self.admin, false).ask("GET /metrics", "").await.text();
        panic!("{reason} was not counted\n{text}");
    }

    /// What it has taken of processors, in ticks of a hundredth of a second.
    pub fn time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.id())).unwrap();
        // What follows the name: the 12th and 13th of these are the process's own time and the system's for it
        // (proc(5)).
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    /// After the siege: a neighbour is served, and memory and descriptors are bounded.
    pub async fn stands(&self) {
        self.serves().await;
        let Some((memory, descriptors)) = self.before else { return };
        let peak = self.program.memory("VmHWM").unwrap();
        assert!(peak <= memory + MEMORY, "{peak} bytes at the peak, {memory} before");
        for _ in 0..500 {
            if self.program.descriptors().unwrap() <= descriptors + DESCRIPTORS {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?} descriptors, {descriptors} before", self.program.descriptors());
    }

    /// A neighbour is served.
    pub async fn serves(&self) {
        assert_eq!(self.visitor().from(NEIGHBOUR).ask("GET /neighbour", "").await.status, 200);
    }
}

/// A listener with TLS and one without, an operators' one, and a route.
fn settings(backend: &Backend, listener: &str, whole: &str, route: &str) -> String {
    format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n{listener}\n\
         [[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n{listener}\n\
         [admin]\naddress = \"127.0.0.1:0\"\n{whole}\n\
         [[route]]\nname = \"r\"\nhost = \"vendor.test\"\nupstream = \"{}\"\n{route}\n",
        backend.url()
    )
}
