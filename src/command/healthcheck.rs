//! `privet healthcheck`: asks a running privet whether it is ready, for containers that have no other tool.
//!
//! Knows the admin listener's address and one status line; needs no runtime. Invariant: it ends within its deadline,
//! and only a plain 200 is a yes; where there is no admin listener, a visitors' listener that accepts is one. It does
//! not judge the settings file: a privet that was told to reload a bad one still runs by the good one, and must not
//! be restarted for that.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::output::complain;

/// Where privet answers operators when the settings do not say.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9443);
const PATIENCE: Duration = Duration::from_secs(2);
const QUESTION: &[u8] = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const YES: &[u8] = b"HTTP/1.1 200 ";

#[derive(Debug, thiserror::Error)]
enum Unhealthy {
    #[error("{0} does not answer: {1}")]
    Silent(SocketAddr, io::Error),
    #[error("{0} is not ready")]
    NotReady(SocketAddr),
}

/// 0 if privet serves, 1 for every other case: container engines reserve what lies beyond.
pub fn run(config: &Path) -> ExitCode {
    let text = fs::read_to_string(config).unwrap_or_default();
    let asked = match whom(&text) {
        Whom::Admin(address) => ask(reachable(address), PATIENCE),
        Whom::Listener(address) => knock(reachable(address), PATIENCE),
    };
    match asked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}

/// Who can say how privet is.
#[derive(Debug, PartialEq, Eq)]
enum Whom {
    Admin(SocketAddr),
    /// Without an admin listener there is nobody to ask but the visitors' door.
    Listener(SocketAddr),
}

/// The one thing of the settings that matters here.
fn whom(text: &str) -> Whom {
    let settings: toml::Table = text.parse().unwrap_or_default();
    let address = |table: &toml::Value| table.get("address")?.as_str()?.parse().ok();
    let listener = settings.get("listener").and_then(|listeners| address(listeners.get(0)?));
    match (settings.get("admin"), listener) {
        (None, Some(listener)) => Whom::Listener(listener),
        (admin, _) => Whom::Admin(admin.and_then(address).unwrap_or(USUAL)),
    }
}

fn knock(address: SocketAddr, patience: Duration) -> Result<(), Unhealthy> {
    TcpStream::connect_timeout(&address, patience)
        .map(drop)
        .map_err(|error| Unhealthy::Silent(address, error))
}

fn ask(address: SocketAddr, patience: Duration) -> Result<(), Unhealthy> {
    match first_bytes(address, patience) {
        Ok(answer) if answer == YES => Ok(()),
        Ok(_) => Err(Unhealthy::NotReady(address)),
        Err(error) => Err(Unhealthy::Silent(address, error)),
    }
}

/// As much of the answer as a yes has.
fn first_bytes(address: SocketAddr, patience: Duration) -> io::Result<[u8; YES.len()]> {
    let deadline = Instant::now() + patience;
    let mut socket = TcpStream::connect_timeout(&address, patience)?;
    socket.set_write_timeout(Some(left(deadline)?))?;
    socket.write_all(QUESTION)?;
    let mut answer = [0; YES.len()];
    let mut filled = 0;
    while filled < answer.len() {
        socket.set_read_timeout(Some(left(deadline)?))?;
        match socket.read(&mut answer[filled..])? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    Ok(answer)
}

/// How long there is to a deadline; none is an error.
pub fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// An address to listen on may mean all; to ask, one is needed.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    };
    SocketAddr::new(host, address.port())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// An admin listener that gives one answer, byte by byte.
    fn answering(answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut question = [0; QUESTION.len()];
            socket.read_exact(&mut question).unwrap();
            for byte in answer {
                let _ = socket.write_all(&[*byte]);
            }
        });
        address
    }

    #[test]
    fn only_a_plain_200_is_a_yes() {
        assert!(ask(answering(b"HTTP/1.1 200 OK\r\n\r\n"), PATIENCE).is_ok());
        let no = ask(answering(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"), PATIENCE);
        assert!(matches!(no, Err(Unhealthy::NotReady(_))));
        assert!(matches!(ask(answering(b"HTTP/1.1 2"), PATIENCE), Err(Unhealthy::Silent(..))));
    }

    #[test]
    fn who_listens_and_says_nothing_is_not_healthy() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = ask(listener.local_addr().unwrap(), Duration::from_millis(100));
        assert!(matches!(silent, Err(Unhealthy::Silent(..))));
    }

    #[test]
    fn whom_to_ask_is_found_in_settings_that_could_not_be_run() {
        let admin = Whom::Admin("127.0.0.1:7777".parse().unwrap());
        let listener = "[[listener]]\naddress = \"127.0.0.1:8443\"\n";
        assert_eq!(whom("nonsense = 1\n[admin]\naddress = \"127.0.0.1:7777\"\n"), admin);
        assert_eq!(whom(&format!("{listener}[admin]\naddress = \"127.0.0.1:7777\"\n")), admin);
        assert_eq!(whom(&format!("{listener}[admin]\n")), Whom::Admin(USUAL));
        assert_eq!(whom(listener), Whom::Listener("127.0.0.1:8443".parse().unwrap()));
        assert_eq!(whom("[[["), Whom::Admin(USUAL));
    }

    #[test]
    fn without_an_admin_listener_an_open_door_is_a_yes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(knock(address, PATIENCE).is_ok());
        drop(listener);
        assert!(knock(address, PATIENCE).is_err());
    }

    #[test]
    fn an_address_that_means_all_is_asked_at_home() {
        assert_eq!(reachable("0.0.0.0:9443".parse().unwrap()), "127.0.0.1:9443".parse().unwrap());
        assert_eq!(reachable("[::]:9443".parse().unwrap()), "[::1]:9443".parse().unwrap());
        assert_eq!(reachable("192.0.2.1:9443".parse().unwrap()), "192.0.2.1:9443".parse().unwrap());
    }
}
