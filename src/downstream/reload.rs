//! New settings and certificates for a running privet, whole or not at all.
//!
//! Knows settings; does not know where they come from. Invariant: what cannot be used changes nothing, and a
//! listener keeps its place in the list for as long as the process lives.

use std::sync::Arc;

use super::listener::{Door, Entrance};
use super::tls::{Tickets, TlsError};
use crate::config::{Listener, Settings};

#[derive(Debug, thiserror::Error)]
#[error("listener {listener}: {source}")]
pub struct ReloadError {
    listener: Arc<str>,
    source: TlsError,
}

/// What of the new settings holds from now on. Connections that have begun keep what they began with.
pub fn renew(
    running: &Settings,
    new: Settings,
    entrances: &[Arc<Entrance>],
    tickets: &Tickets,
) -> Result<Settings, ReloadError> {
    let (settings, postponed) = settle(running, new);
    let doors = entrances.iter().zip(&settings.listeners).map(|(entrance, listener)| {
        Door::new(listener, settings.limits, tickets)
            .map_err(|source| ReloadError { listener: entrance.name.clone(), source })
    });
    let doors: Vec<_> = doors.collect::<Result<_, _>>()?;
    for (entrance, door) in entrances.iter().zip(doors) {
        entrance.door.store(Arc::new(door));
    }
    for problem in postponed {
        tracing::warn!(problem, "needs a restart");
    }
    Ok(settings)
}

/// The new settings where they can be taken up now, the running ones where only a restart can; and which these are.
fn settle(running: &Settings, new: Settings) -> (Settings, Vec<String>) {
    let mut postponed = Vec::new();
    let mut settled = new;
    let mut offered = std::mem::take(&mut settled.listeners);
    settled.listeners = running.listeners.iter().map(|old| take(&mut offered, old, &mut postponed)).collect();
    postponed.extend(offered.iter().map(|added| format!("listener {} is new", added.address)));

    if settled.server != running.server {
        postponed.push(format!("workers stay at {}", running.server.workers));
        settled.server = running.server;
    }
    if settled.process != running.process {
        postponed.push("user, group and sandbox stay as they are".into());
        settled.process = running.process;
    }
    if settled.admin != running.admin {
        postponed.push("the admin listener stays as it is".into());
        settled.admin = running.admin;
    }
    if settled.limits.connections != running.limits.connections {
        postponed.push(format!("the connection limit stays at {}", running.limits.connections));
        settled.limits.connections = running.limits.connections;
    }
    (settled, postponed)
}

/// The new shape of a listener, found by its address.
fn take(offered: &mut Vec<Listener>, old: &Listener, postponed: &mut Vec<String>) -> Listener {
    match offered.iter().position(|new| new.address == old.address) {
        Some(place) => offered.remove(place),
        None => {
            postponed.push(format!("listener {} is gone from the settings and stays", old.address));
            old.clone()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::{ProxyProtocol, Server, Tls};
    use crate::downstream::{tls, trial};

    fn at(port: u16) -> Listener {
        Listener { address: ([127, 0, 0, 1], port).into(), ..trial::listener(Tls::Off) }
    }

    #[test]
    fn a_listener_keeps_its_place_and_takes_its_new_shape() {
        let running = trial::settings(vec![at(1), at(2)]);
        let changed = Listener { proxy_protocol: ProxyProtocol::Required, ..at(1) };
        let (settled, postponed) = settle(&running, trial::settings(vec![at(2), changed.clone()]));
        assert_eq!(settled.listeners, [changed, at(2)]);
        assert_eq!(postponed, [""; 0]);
    }

    #[test]
    fn what_needs_a_restart_is_told_and_stays() {
        let running = trial::settings(vec![at(1)]);
        let mut new = trial::settings(vec![at(3)]);
        new.server = Server { workers: 7 };
        new.process.sandbox = Some(true);
        new.limits.connections += 1;
        let (settled, postponed) = settle(&running, new);
        assert_eq!(settled.listeners, running.listeners);
        assert_eq!((settled.server, settled.limits), (running.server, running.limits));
        assert_eq!(settled.process, running.process);
        assert_eq!(
            postponed,
            [
                "listener 127.0.0.1:1 is gone from the settings and stays",
                "listener 127.0.0.1:3 is new",
                "workers stay at 2",
                "user, group and sandbox stay as they are",
                "the connection limit stays at 100",
            ]
        );
    }

    #[test]
    fn one_bad_certificate_changes_no_door() {
        let directory = trial::directory("reload");
        let good = Tls::Certificates(vec![trial::pair(&directory, "good", &["good.example"])]);
        let tickets = tls::tickets().unwrap();
        let running = trial::settings(vec![trial::listener(Tls::Off), trial::listener(Tls::Off)]);
        let entrances: Vec<_> = (0..2)
            .map(|index| {
                let door = Door::new(&running.listeners[index], running.limits, &tickets).unwrap();
                Entrance::new(index, &running.listeners[index], door, false)
            })
            .collect();
        let bad = Tls::Certificates(vec![crate::config::CertificatePair {
            certificate: directory.join("absent.pem"),
            key: directory.join("absent.key"),
            ocsp: None,
        }]);
        let new = trial::settings(vec![trial::listener(good), trial::listener(bad)]);
        let told = renew(&running, new, &entrances, &tickets).unwrap_err();
        assert_eq!(&*told.listener, "127.0.0.1:0");
        assert!(entrances.iter().all(|entrance| entrance.door.load().tls.is_none()));
    }
}
