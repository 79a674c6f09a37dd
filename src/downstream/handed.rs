//! Sockets that a supervisor opened and hands over (sd_listen_fds(3)), so that they outlive this process.
//!
//! Knows sockets and addresses; does not know who hands them over. Invariant: each is taken by the listener whose
//! address it has, and what no listener wants is told: a door nobody watches is worse than none.

use std::io;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;

/// What was handed over and not taken yet.
#[derive(Debug, Default)]
pub struct Handed(Vec<(SocketAddr, TcpListener)>);

impl Handed {
    /// All of them; the environment forgets them, so that nobody takes them twice.
    pub fn take() -> io::Result<Self> {
        let mut given = ListenFd::from_env();
        let mut sockets = Vec::new();
        for index in 0..given.len() {
            sockets.extend(given.take_tcp_listener(index)?);
        }
        Self::of(sockets)
    }

    pub fn of(sockets: Vec<TcpListener>) -> io::Result<Self> {
        let addressed = sockets.into_iter().map(|socket| Ok((socket.local_addr()?, socket)));
        addressed.collect::<io::Result<_>>().map(Self)
    }

    /// The socket for an address of the settings, if it was handed over.
    pub fn at(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let place = self.0.iter().position(|(its, _)| is_meant(address, *its))?;
        Some(self.0.swap_remove(place).1)
    }

    /// What nobody took.
    pub fn left(&self) -> Option<SocketAddr> {
        self.0.first().map(|(address, _)| *address)
    }
}

/// `ListenStream=443` is `[::]:443`, for both families: whoever writes 0.0.0.0 means it too.
fn is_meant(wanted: SocketAddr, given: SocketAddr) -> bool {
    let any = wanted.ip().is_unspecified() && given.ip().is_unspecified();
    wanted.port() == given.port() && (wanted.ip() == given.ip() || any)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_socket_goes_to_the_listener_of_its_address_and_to_no_other() {
        let sockets = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [one, two] = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
        let mut handed = Handed::of(sockets.into()).unwrap();
        assert_eq!(handed.at(two).unwrap().local_addr().unwrap(), two);
        assert!(handed.at(two).is_none());
        assert_eq!(handed.left(), Some(one));
        handed.at(one).unwrap();
        assert_eq!(handed.left(), None);
    }

    #[test]
    fn a_socket_for_everybody_is_meant_by_either_family() {
        let meant = |wanted: &str, given: &str| is_meant(wanted.parse().unwrap(), given.parse().unwrap());
        assert!(meant("0.0.0.0:443", "[::]:443") && meant("[::]:443", "0.0.0.0:443"));
        assert!(!meant("127.0.0.1:443", "[::]:443") && !meant("0.0.0.0:443", "[::]:444"));
    }
}
