//! Sockets that visitors knock at: bind, accept, and never more than the house can hold.
//!
//! Knows addresses and counts; does not know what is spoken. Invariant: an accept loop never spins and never ends
//! but to drain; whoever was accepted is served or counted as cut.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use ipnet::IpNet;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::connection;
use super::guests::Guests;
use super::shutdown::Stop;
use super::tls::{Handshake, Tickets, TlsError};
use crate::config::{Limits, Listener, ProxyProtocol};
use crate::metrics::Metrics;
use crate::proxy::Answer;

const BACKLOG: i32 = 1024;
/// How long to wait when the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(100);
const KEEPALIVE: Duration = Duration::from_secs(60);

/// One listener of the settings, for as long as the process lives; what holds behind it changes on reload.
#[derive(Debug)]
pub struct Entrance {
    pub index: usize,
    /// The address as in the settings: a label, a word in the log.
    pub name: Arc<str>,
    /// Whether the socket was handed over, and outlives the process.
    handed: bool,
    pub door: ArcSwap<Door>,
    /// Complaints about connections, one a minute.
    pub complaint: Seldom,
}

impl Entrance {
    pub fn new(index: usize, listener: &Listener, door: Door, handed: bool) -> Arc<Self> {
        let name = listener.address.to_string().into();
        let door = ArcSwap::from_pointee(door);
        Arc::new(Self { index, name, handed, door, complaint: Seldom::default() })
    }
}

/// What a connection meets; one that has begun keeps the door it came through.
pub struct Door {
    pub tls: Option<Handshake>,
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_protocol: ProxyProtocol,
    pub limits: Limits,
}

impl Door {
    pub fn new(listener: &Listener, limits: Limits, tickets: &Tickets) -> Result<Self, TlsError> {
        Ok(Self {
            tls: Handshake::new(listener, tickets)?,
            trusted_proxies: listener.trusted_proxies.clone(),
            proxy_protocol: listener.proxy_protocol,
            limits,
        })
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// All that the connections of one listener share within one worker.
pub struct Reception {
    pub entrance: Arc<Entrance>,
    pub answer: Arc<dyn Answer>,
    pub stop: Stop,
    pub metrics: Arc<Metrics>,
    /// Room for connections, shared by all listeners and workers.
    pub room: Arc<Semaphore>,
    pub guests: Arc<Guests>,
}

/// One socket for each worker, all on the same address.
pub fn bind(address: SocketAddr, workers: usize) -> io::Result<Vec<std::net::TcpListener>> {
    if address.port() != 0 {
        // Sharing an address with another process would go unnoticed: ask once without sharing.
        drop(socket(address, false)?);
    }
    let first = listen(address)?;
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    for _ in 1..workers {
        sockets.push(listen(address)?);
    }
    Ok(sockets)
}

/// The same socket for each worker.
pub fn share(socket: &std::net::TcpListener, workers: usize) -> io::Result<Vec<std::net::TcpListener>> {
    socket.set_nonblocking(true)?;
    attune(&SockRef::from(socket));
    (0..workers).map(|_| socket.try_clone()).collect()
}

/// Accepts until the drain begins, then takes in who already waits, unless another process will.
pub async fn accept(socket: TcpListener, reception: Arc<Reception>, connections: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = reception.stop.draining() => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                if let Some(place) = place(&reception).await {
                    admit(socket, peer, place, &reception, &connections);
                }
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                if reception.entrance.complaint.due() {
                    tracing::error!(listener = &*reception.entrance.name, %error, "cannot accept");
                }
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    // Who waits at a socket that was handed over waits for the next process.
    let Some(socket) = socket.into_std().ok().filter(|_| !reception.entrance.handed) else { return };
    while let Ok((waiting, peer)) = socket.accept() {
        let Ok(place) = reception.room.clone().try_acquire_owned() else { break };
        if waiting.set_nonblocking(true).is_ok()
            && let Ok(waiting) = TcpStream::from_std(waiting)
        {
            admit(waiting, peer, place, &reception, &connections);
        }
    }
}

/// A place for one more connection: now, or soon; `None` lets it go.
async fn place(reception: &Reception) -> Option<OwnedSemaphorePermit> {
    let room = reception.room.clone();
    if let Ok(place) = room.clone().try_acquire_owned() {
        return Some(place);
    }
    if reception.entrance.complaint.due() {
        tracing::warn!(listener = &*reception.entrance.name, "connection limit reached");
    }
    let patience = reception.entrance.door.load().limits.header_read;
    let place = tokio::time::timeout(patience, room.acquire_owned()).await.ok().and_then(Result::ok);
    if place.is_none() {
        reception.metrics.connection_cut(&reception.entrance.name, "limit");
    }
    place
}

fn admit(
    socket: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
    reception: &Arc<Reception>,
    connections: &TaskTracker,
) {
    let (address, door) = (peer.ip().to_canonical(), reception.entrance.door.load());
    let most = door.limits.connections_per_address;
    // A trusted proxy is many visitors.
    let guest = (!door.trusts(address)).then(|| reception.guests.admit(address, most)).flatten();
    if guest.is_none() && !door.trusts(address) {
        return reception.metrics.connection_cut(&reception.entrance.name, "address");
    }
    let reception = reception.clone();
    connections.spawn(async move {
        let _open = reception.metrics.connection_opened(&reception.entrance.name);
        connection::serve(socket, address, &reception).await;
        drop((place, guest));
    });
}

/// The visitor left before being accepted; the next one is not concerned.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = socket(address, true)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    attune(&socket);
    Ok(socket.into())
}

/// Every connection inherits these, which saves two calls for each. Both are a matter of speed and of noticing the
/// dead; without them a connection still works.
fn attune(listener: &Socket) {
    let _ = listener.set_tcp_nodelay(true);
    let _ = listener.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
}

fn socket(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        // `[::]` means both families, whatever the system's default.
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Lets a complaint through at most once a minute.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    pub fn due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= Duration::from_secs(60));
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tls::tickets;
    use super::super::trial;
    use super::*;
    use crate::config::Tls;

    /// How many are let in of two who wait at a socket when the process is told to end.
    async fn admitted_at_the_end(handed: bool) -> usize {
        let settings = trial::settings(vec![trial::listener(Tls::Off)]);
        let listener = &settings.listeners[0];
        let door = Door::new(listener, settings.limits, &tickets().unwrap()).unwrap();
        let reception = Reception {
            entrance: Entrance::new(0, listener, door, handed),
            answer: Arc::new(trial::Host),
            stop: Stop::new(),
            metrics: Arc::new(Metrics::new()),
            room: Arc::new(Semaphore::new(settings.limits.connections)),
            guests: Arc::default(),
        };
        let socket = TcpListener::bind(listener.address).await.unwrap();
        let address = socket.local_addr().unwrap();
        let _waiting = [(); 2].map(|()| std::net::TcpStream::connect(address).unwrap());
        reception.stop.drain();
        let connections = TaskTracker::new();
        accept(socket, Arc::new(reception), connections.clone()).await;
        connections.len()
    }

    #[tokio::test]
    async fn who_waits_at_a_socket_when_it_is_closed_is_let_in_unless_another_process_has_it_too() {
        assert_eq!(admitted_at_the_end(false).await, 2);
        assert_eq!(admitted_at_the_end(true).await, 0);
    }

    #[test]
    fn every_worker_listens_at_the_same_address() {
        let sockets = bind("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let address = sockets[0].local_addr().unwrap();
        assert!(address.port() != 0);
        assert!(sockets.iter().all(|socket| socket.local_addr().unwrap() == address));
    }

    #[test]
    fn an_address_of_another_process_is_an_error_though_sockets_can_be_shared() {
        let taken = bind("127.0.0.1:0".parse().unwrap(), 2).unwrap();
        let error = bind(taken[0].local_addr().unwrap(), 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn connections_inherit_that_small_answers_do_not_wait_and_that_the_dead_are_noticed() {
        let own = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap();
        let handed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for listener in own.into_iter().chain(share(&handed, 1).unwrap()) {
            let _visitor = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            listener.set_nonblocking(false).unwrap();
            let (accepted, _) = listener.accept().unwrap();
            let accepted = SockRef::from(&accepted);
            assert!(accepted.tcp_nodelay().unwrap() && accepted.keepalive().unwrap());
        }
    }

    #[test]
    fn a_complaint_is_heard_once_a_minute() {
        let complaint = Seldom::default();
        assert!(complaint.due());
        assert!(!complaint.due());
    }
}
