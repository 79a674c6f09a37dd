//! Name → allowed addresses → the first of them that answers (RFC 8305, "Happy Eyeballs").
//!
//! Knows how a name is asked for, and no TLS. Invariants: a name is asked for anew for each connection, so what it
//! leads to may change at any time; an address that is not allowed is not even tried.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::UpstreamError;
use super::address::is_public;
use super::error::is_exhaustion;

/// RFC 8305 §5: how long an address is waited for before the next is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses of a name that are tried; a resolver may tell any number.
const MOST_TRIED: usize = 8;

pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Who knows where a name leads.
pub trait Resolver: Send + Sync {
    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a>;
}

/// The system's resolver.
pub struct System;

impl Resolver for System {
    fn addresses<'a>(&'a self, host: &'a str, port: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(lookup_host((host, port)).await?.collect()) })
    }
}

/// Whoever is asked for, the settings say where it is.
pub struct Fixed(pub SocketAddr);

impl Resolver for Fixed {
    fn addresses<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
        Box::pin(async move { Ok(vec![self.0]) })
    }
}

/// A host and port, and how they are found.
#[derive(Clone)]
pub struct Dial {
    pub host: String,
    pub port: u16,
    /// A name, so whoever answers for it decides where it leads.
    pub guarded: bool,
    pub resolver: Arc<dyn Resolver>,
}

impl Dial {
    pub async fn connect(&self) -> Result<TcpStream, UpstreamError> {
        let addresses = self.addresses().await?;
        race(addresses, TcpStream::connect).await.map_err(|error| UpstreamError::of_connecting(&error))
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, UpstreamError> {
        let found = self.resolver.addresses(&self.host, self.port).await;
        let mut found = found.map_err(|error| {
            if is_exhaustion(&error) { UpstreamError::Exhausted } else { UpstreamError::Resolve }
        })?;
        if found.is_empty() {
            return Err(UpstreamError::Resolve);
        }
        found.retain(|address| !self.guarded || is_public(address.ip()));
        if found.is_empty() { Err(UpstreamError::Address) } else { Ok(interlaced(found)) }
    }
}

/// RFC 8305 §4: the families in turn, IPv6 first, each in the resolver's own order.
fn interlaced(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut turns = Vec::new();
    while turns.len() < MOST_TRIED {
        let before = turns.len();
        turns.extend(v6.next());
        turns.extend(v4.next());
        if turns.len() == before {
            break;
        }
    }
    turns
}

/// The first connection there is. One address is tried after the other, the next as soon as the last has failed or let
/// its time pass; whoever is late is let go.
async fn race<T, C, F>(addresses: Vec<SocketAddr>, connect: C) -> io::Result<T>
where
    T: Send + 'static,
    C: Fn(SocketAddr) -> F,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut left = addresses.into_iter();
    let mut tries = JoinSet::new();
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    loop {
        if let Some(address) = left.next() {
            tries.spawn(connect(address));
        }
        let patience = if left.len() > 0 { STAGGER } else { Duration::MAX };
        match timeout(patience, tries.join_next()).await {
            Err(_) => {}
            Ok(None) => return Err(failure),
            Ok(Some(Ok(Ok(connected)))) => return Ok(connected),
            Ok(Some(Ok(Err(error)))) => failure = error,
            Ok(Some(Err(stopped))) => failure = stopped.into(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::sync::Mutex;

    /// Knows one name, which leads to other addresses each time it is asked for.
    pub struct Changing(pub Mutex<Vec<Vec<SocketAddr>>>);

    impl Resolver for Changing {
        fn addresses<'a>(&'a self, _: &'a str, _: u16) -> Addresses<'a> {
            Box::pin(async move { Ok(self.0.lock().unwrap().remove(0)) })
        }
    }

    fn at(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    fn dial(guarded: bool, answers: Vec<Vec<SocketAddr>>) -> Dial {
        let resolver = Arc::new(Changing(Mutex::new(answers)));
        Dial { host: "vendor.example".to_owned(), port: 443, guarded, resolver }
    }

    #[test]
    fn families_take_turns_and_v6_begins() {
        let mixed = at(&["1.1.1.1:1", "2.2.2.2:1", "[::3]:1", "3.3.3.3:1", "[::4]:1"]);
        let turns = at(&["[::3]:1", "1.1.1.1:1", "[::4]:1", "2.2.2.2:1", "3.3.3.3:1"]);
        assert_eq!(interlaced(mixed), turns);
        let endless = (0..1000).map(|port| SocketAddr::from(([1, 1, 1, 1], port))).collect();
        assert_eq!(interlaced(endless).len(), MOST_TRIED);
    }

    #[tokio::test]
    async fn a_silent_address_is_not_waited_for_and_a_dead_one_not_at_all() {
        let addresses = at(&["[::1]:1", "1.1.1.1:2", "1.1.1.1:3"]);
        let tried = Arc::new(Mutex::new(Vec::new()));
        let connect = |address: SocketAddr| {
            tried.lock().unwrap().push(address.port());
            async move {
                match address.port() {
                    1 => pending().await,
                    2 => Err(io::ErrorKind::ConnectionRefused.into()),
                    port => Ok(port),
                }
            }
        };
        assert_eq!(race(addresses, connect).await.unwrap(), 3);
        assert_eq!(*tried.lock().unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_slow_address_still_wins_if_no_other_answers() {
        let connect = |address: SocketAddr| async move {
            match address.port() {
                1 => {
                    tokio::time::sleep(STAGGER * 2).await;
                    Ok(1)
                }
                _ => Err(io::Error::from(io::ErrorKind::ConnectionRefused)),
            }
        };
        assert_eq!(race(at(&["[::1]:1", "1.1.1.1:2"]), connect).await.unwrap(), 1);
        assert!(race(at(&["1.1.1.1:2", "1.1.1.1:3"]), connect).await.is_err());
    }

    #[tokio::test]
    async fn a_name_is_asked_for_anew_each_time() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let dial = dial(false, vec![at(&["127.0.0.1:1"]), vec![here], vec![]]);
        assert_eq!(dial.connect().await.err(), Some(UpstreamError::Connect));
        assert_eq!(dial.connect().await.unwrap().peer_addr().unwrap(), here);
        assert_eq!(dial.connect().await.err(), Some(UpstreamError::Resolve));
    }

    #[tokio::test]
    async fn of_a_names_addresses_only_the_public_ones_are_tried() {
        let inside = at(&["127.0.0.1:1", "[::1]:1", "10.0.0.1:1"]);
        assert_eq!(dial(true, vec![inside.clone()]).connect().await.err(), Some(UpstreamError::Address));
        let mixed = [inside, at(&["1.1.1.1:1"])].concat();
        assert_eq!(dial(true, vec![mixed]).addresses().await.unwrap(), at(&["1.1.1.1:1"]));
    }

    #[test]
    fn a_machine_without_descriptors_is_told_from_an_upstream_that_is_gone() {
        for (code, exhausted) in [(23, true), (24, true), (111, false)] {
            let error = UpstreamError::of_connecting(&io::Error::from_raw_os_error(code));
            assert_eq!(error == UpstreamError::Exhausted, exhausted, "{code}");
        }
    }
}
