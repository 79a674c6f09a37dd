//! What a supervisor is told of the process (sd_notify(3)): ready, reloading, stopping.
//!
//! Knows one socket and a few words; does not know what they lead to. Invariant: whether anybody listens changes
//! nothing here, and the socket is open before the process is confined.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use nix::time::{ClockId, clock_gettime};

/// A line to the supervisor, if there is one.
#[derive(Debug, Default)]
pub struct Notices(Option<UnixDatagram>);

impl Notices {
    /// To the socket that `NOTIFY_SOCKET` names.
    pub fn open() -> Self {
        Self::to(std::env::var("NOTIFY_SOCKET").ok().as_deref())
    }

    fn to(name: Option<&str>) -> Self {
        let address = name.and_then(|name| match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name).ok(),
            None => SocketAddr::from_pathname(name).ok(),
        });
        Self(address.and_then(|address| {
            let socket = UnixDatagram::unbound().ok()?;
            socket.set_nonblocking(true).ok()?;
            socket.connect_addr(&address).ok()?;
            Some(socket)
        }))
    }

    pub fn ready(&self) {
        self.say("READY=1");
    }

    /// With the time, by which systemd tells this reload from one before.
    pub fn reloading(&self) {
        if let Ok(now) = clock_gettime(ClockId::CLOCK_MONOTONIC) {
            let microseconds = now.tv_sec() * 1_000_000 + now.tv_nsec() / 1000;
            self.say(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
        }
    }

    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    fn say(&self, words: &str) {
        if let Some(socket) = &self.0 {
            // A supervisor that does not listen is not waited for.
            let _ = socket.send(words.as_bytes());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut words = [0; 256];
        let count = socket.recv(&mut words).unwrap();
        String::from_utf8_lossy(&words[..count]).into_owned()
    }

    #[test]
    fn a_supervisor_hears_each_step_at_either_kind_of_address() {
        let path = std::env::temp_dir().join(format!("privet-notices-{}", std::process::id()));
        let named = UnixDatagram::bind(&path).unwrap();
        let notices = Notices::to(path.to_str());
        notices.ready();
        notices.reloading();
        notices.stopping();
        assert_eq!(heard(&named), "READY=1");
        assert!(heard(&named).starts_with("RELOADING=1\nMONOTONIC_USEC="));
        assert_eq!(heard(&named), "STOPPING=1");
        std::fs::remove_file(path).unwrap();

        let name = format!("privet-notices-{}", std::process::id());
        let hidden = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        Notices::to(Some(&format!("@{name}"))).ready();
        assert_eq!(heard(&hidden), "READY=1");
    }

    #[test]
    fn nobody_listening_is_no_trouble() {
        Notices::to(None).ready();
        Notices::to(Some("/no/such/socket")).ready();
    }
}
