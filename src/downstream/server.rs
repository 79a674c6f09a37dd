//! The whole visitor's side at work: bound, served by its workers, watched, drained.
//!
//! Knows what there is to hold in hand; does not know what is said on a connection. Invariant: whichever thread ends
//! first, no other goes on without it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{interval, sleep};
use tokio_util::task::TaskTracker;

use super::front::{self, Front};
use super::guests::Guests;
use super::handed::Handed;
use super::listener::{Door, Entrance, Reception};
use super::notice::Notices;
use super::shutdown::{Asked, Signals, Stop};
use super::tls::{self, Tickets, TlsError};
use super::{admin, expiry, listener, reload};
use crate::config::Settings;
use crate::metrics::Metrics;
use crate::proxy::{Answer, Shared};

/// How often the keys of tickets are turned if they are due.
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why privet cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("listener {listener}: {source}")]
    Tls { listener: SocketAddr, source: TlsError },
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot take over a socket: {0}")]
    Handed(io::Error),
    #[error("the socket {0} was handed over, and no listener of the settings has its address")]
    Unwanted(SocketAddr),
    #[error("cannot set up TLS: {0}")]
    Tickets(TlsError),
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
}

/// Bound and ready to serve.
pub struct Server {
    pub(super) entrances: Vec<Arc<Entrance>>,
    addresses: Vec<SocketAddr>,
    /// By worker, then by listener.
    sockets: Vec<Vec<TcpListener>>,
    admin: Option<TcpListener>,
    metrics: Arc<Metrics>,
    room: Arc<Semaphore>,
    guests: Arc<Guests>,
    stop: Stop,
    pub(super) tickets: Tickets,
    front: Option<Front>,
    notices: Notices,
}

impl Server {
    /// Reads every certificate and opens every socket that was not handed over open.
    pub fn bind(settings: &Settings, metrics: Arc<Metrics>) -> Result<Self, StartError> {
        let handed = Handed::take().map_err(StartError::Handed)?;
        Self::bind_beside(handed, settings, metrics)
    }

    fn bind_beside(
        mut handed: Handed,
        settings: &Settings,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let tickets = tls::tickets().map_err(StartError::Tickets)?;
        let workers = settings.server.workers;
        let mut entrances = Vec::new();
        let mut sockets: Vec<Vec<_>> = (0..workers).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        for (index, listener) in settings.listeners.iter().enumerate() {
            let door = Door::new(listener, settings.limits, &tickets)
                .map_err(|source| StartError::Tls { listener: listener.address, source })?;
            let given = handed.at(listener.address);
            entrances.push(Entrance::new(index, listener, door, given.is_some()));
            let (bound, address) = open(listener.address, given, workers)?;
            addresses.push(address);
            for (worker, socket) in sockets.iter_mut().zip(bound) {
                worker.push(socket);
            }
        }
        let admin = match settings.admin {
            Some(admin) => open(admin.address, handed.at(admin.address), 1)?.0.pop(),
            None => None,
        };
        if let Some(unwanted) = handed.left() {
            return Err(StartError::Unwanted(unwanted));
        }

        // Before anyone is told of an address: a signal that comes with the first visitor must be heard.
        let front = Front::open().map_err(StartError::Thread)?;
        let room = Semaphore::new(settings.limits.connections.min(Semaphore::MAX_PERMITS)).into();
        Ok(Self {
            entrances,
            addresses,
            sockets,
            admin,
            metrics,
            room,
            guests: Arc::default(),
            stop: Stop::new(),
            tickets,
            front: Some(front),
            notices: Notices::open(),
        })
    }

    /// Where the listeners are, in the settings' order; a port 0 of the settings is a real one here.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().and_then(|socket| socket.local_addr().ok())
    }

    /// Ends the server from within, as a signal does from outside.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until a signal or [`Stop`] has drained it. `answer` is called once in each worker's runtime; `read` reads
    /// the settings again when asked to (SIGHUP), or tells every problem.
    pub fn serve(
        mut self,
        shared: &Arc<Shared>,
        answer: impl Fn() -> Arc<dyn Answer> + Sync,
        read: impl FnMut() -> Result<Settings, Vec<String>>,
    ) -> Result<(), StartError> {
        let Some(Front { runtime: front, signals }) = self.front.take() else { return Ok(()) };
        let within = front.enter();
        let admin = self.admin.take().map(tokio::net::TcpListener::from_std).transpose();
        if let Some(socket) = admin.map_err(StartError::Thread)? {
            front.spawn(admin::serve(socket, self.metrics.clone(), shared.clone(), self.stop.clone()));
        }
        drop(within);
        front.block_on(shared.prepare());
        let workers = TaskTracker::new();
        let sockets = std::mem::take(&mut self.sockets);
        thread::scope(|scope| {
            // Should a thread fail to start, those that did must not go on.
            let _end = self.stop.drain_on_drop();
            for (number, sockets) in sockets.into_iter().enumerate() {
                let (server, answer, working) = (&self, &answer, workers.token());
                let runtime = front::runtime().map_err(StartError::Thread)?;
                let work = move || {
                    let _working = working;
                    let _end = server.stop.drain_on_drop();
                    runtime.block_on(server.work(sockets, answer));
                };
                let thread = thread::Builder::new().name(format!("privet-{number}"));
                thread.spawn_scoped(scope, work).map_err(StartError::Thread)?;
            }
            workers.close();
            front.block_on(self.watch(signals, &workers, shared, read));
            Ok(())
        })
    }

    /// One worker: accepts and serves until the drain, then waits for what is still open.
    async fn work(&self, sockets: Vec<TcpListener>, answer: &impl Fn() -> Arc<dyn Answer>) {
        let answer = answer();
        let (accepting, connections) = (TaskTracker::new(), TaskTracker::new());
        for (socket, entrance) in sockets.into_iter().zip(&self.entrances) {
            let reception = Arc::new(Reception {
                entrance: entrance.clone(),
                answer: answer.clone(),
                stop: self.stop.clone(),
                metrics: self.metrics.clone(),
                room: self.room.clone(),
                guests: self.guests.clone(),
            });
            match tokio::net::TcpListener::from_std(socket) {
                Ok(socket) => accepting.spawn(listener::accept(socket, reception, connections.clone())),
                Err(error) => {
                    tracing::error!(listener = &*entrance.name, %error, "cannot listen");
                    return;
                }
            };
        }
        self.stop.draining().await;
        accepting.close();
        accepting.wait().await;
        connections.close();
        tokio::select! {
            () = connections.wait() => {}
            () = sleep(self.drain_limit()) => {
                tracing::warn!(connections = connections.len(), "drain limit reached, connections are cut");
            }
            () = self.stop.aborted() => {}
        }
    }

    /// The first thread: hears signals until every worker is done.
    async fn watch(
        &self,
        mut signals: Signals,
        workers: &TaskTracker,
        shared: &Shared,
        mut read: impl FnMut() -> Result<Settings, Vec<String>>,
    ) {
        let mut tending = std::pin::pin!(shared.tend());
        self.notices.ready();
        let (mut hourly, mut daily) = (interval(HOUR), interval(DAY));
        loop {
            tokio::select! {
                () = workers.wait() => return,
                () = &mut tending => return,
                _ = hourly.tick() => tls::turn(&self.tickets),
                _ = daily.tick() => expiry::tell(&self.entrances, &self.metrics),
                asked = signals.next() => match asked {
                    Asked::Stop(signal) => {
                        tracing::info!(signal, "stopping");
                        self.notices.stopping();
                        self.stop.next_step();
                    }
                    Asked::Reload => {
                        self.notices.reloading();
                        self.reload(shared, read());
                        self.notices.ready();
                    }
                },
            }
        }
    }

    fn reload(&self, shared: &Shared, read: Result<Settings, Vec<String>>) {
        let renewed = read.and_then(|new| {
            reload::renew(&shared.settings(), new, &self.entrances, &self.tickets)
                .map_err(|error| vec![error.to_string()])
        });
        self.metrics.reloaded(renewed.is_ok());
        match renewed {
            Ok(settings) => {
                let routes = settings.routes.len();
                shared.replace(settings);
                tracing::info!(routes, "settings reloaded");
                expiry::tell(&self.entrances, &self.metrics);
            }
            Err(problems) => {
                for problem in problems {
                    tracing::error!(problem, "settings not reloaded, the running ones stay");
                }
            }
        }
    }

    fn drain_limit(&self) -> Duration {
        self.entrances.first().map_or(Duration::ZERO, |entrance| entrance.door.load().limits.drain)
    }
}

/// A socket for each worker: the one that was handed over for all of them, or each its own.
fn open(
    address: SocketAddr,
    given: Option<TcpListener>,
    workers: usize,
) -> Result<(Vec<TcpListener>, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let sockets = match given {
        Some(socket) => listener::share(&socket, workers),
        None => listener::bind(address, workers),
    };
    let sockets = sockets.map_err(failed)?;
    let bound = sockets[0].local_addr().map_err(failed)?;
    Ok((sockets, bound))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use super::super::trial::{self, GET, ask};
    use super::*;
    use crate::config::{Admin, CertificatePair, Tls};

    #[test]
    fn a_drain_finishes_what_was_begun_and_accepts_no_more() {
        let running = trial::run(trial::settings(vec![trial::listener(Tls::Off)]));
        let address = running.addresses[0];
        let mut begun = running.connect();
        begun.write_all(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        let idle = running.connect();
        running.await_count(r#"privet_connections_open{listener="127.0.0.1:0"} 2"#);
        thread::sleep(Duration::from_millis(50));
        running.stop.drain();
        assert_eq!(ask(idle, b""), "", "an idle connection is closed at once");
        assert!(ask(begun, b"").ends_with("at last"));
        running.end().unwrap();
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn a_drain_has_a_limit() {
        let mut settings = trial::settings(vec![trial::listener(Tls::Off)]);
        settings.limits.drain = Duration::from_millis(100);
        let running = trial::run(settings);
        let mut endless = running.connect();
        endless.write_all(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        running.await_count(r#"privet_connections_open{listener="127.0.0.1:0"} 1"#);
        running.stop.drain();
        running.end().unwrap();
    }

    #[test]
    fn every_listener_answers_at_its_own_address() {
        let settings = trial::settings(vec![trial::listener(Tls::Off), trial::listener(Tls::Off)]);
        let running = trial::run(settings);
        let second = TcpStream::connect(running.addresses[1]).unwrap();
        assert!(ask(second, GET).ends_with("127.0.0.1 at 1, tls false"));
    }

    #[test]
    fn operators_are_answered_at_an_address_of_their_own() {
        let mut settings = trial::settings(vec![trial::listener(Tls::Off)]);
        settings.admin = Some(Admin { address: ([127, 0, 0, 1], 0).into() });
        let running = trial::run(settings);
        ask(running.connect(), GET);
        let request = b"GET /metrics HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        let answer = ask(TcpStream::connect(running.admin.unwrap()).unwrap(), request);
        assert!(answer.contains(r#"privet_connections_total{listener="127.0.0.1:0"} 1"#), "{answer}");
    }

    #[test]
    fn what_cannot_be_bound_is_told_with_its_address() {
        let taken = trial::run(trial::settings(vec![trial::listener(Tls::Off)]));
        let mut settings = trial::settings(vec![trial::listener(Tls::Off)]);
        settings.listeners[0].address = taken.addresses[0];
        let told = Server::bind(&settings, Arc::new(Metrics::new())).err().unwrap().to_string();
        assert!(told.starts_with(&format!("cannot listen on {}: ", taken.addresses[0])), "{told}");
    }

    #[test]
    fn a_certificate_that_cannot_be_read_stops_the_start() {
        let pair = CertificatePair { certificate: "absent.pem".into(), key: "absent.key".into(), ocsp: None };
        let settings = trial::settings(vec![trial::listener(Tls::Certificates(vec![pair]))]);
        let told = Server::bind(&settings, Arc::new(Metrics::new())).err().unwrap().to_string();
        assert!(told.starts_with("listener 127.0.0.1:0: cannot read absent.pem: "), "{told}");
    }
}
