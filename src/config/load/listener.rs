//! Where visitors come in, and whose word about them is believed.
//!
//! Does not open a socket. Invariant: no two listeners want the same address, and an address told by a proxy
//! is believed only where the proxies are named.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::super::file::{AdminEntry, ListenerEntry, TlsEntry};
use super::super::section::Written;
use super::super::settings::{Admin, Listener, ProxyProtocol, Tls};
use super::super::words::quote;
use super::place::is_host;
use super::{Desk, certificate};

/// Beside the settings file, where development certificates are made.
const CERTIFICATES: &str = "certs";

pub fn listener(entry: &ListenerEntry, desk: &Desk<'_>) -> Option<Listener> {
    let place = &entry.place;
    if entry.address.is_none() {
        desk.findings.missing(entry.line, place, &["address"], "write address = \"0.0.0.0:8443\"");
    }
    if entry.tls.is_none() {
        desk.findings.missing(entry.line, place, &["tls"], &format!("write tls = {}", TlsEntry::RIGHT));
    }
    let address = entry.address.as_ref().and_then(|written| address(written, place, desk));
    let tls = entry.tls.as_ref().and_then(|written| tls(written, place, desk));
    let trusted_proxies =
        entry.trusted_proxies.iter().filter_map(|written| network(written, place, desk)).collect();
    let proxy_protocol = match &entry.proxy_protocol {
        Some(word) if word.value != ProxyProtocol::Off && entry.trusted_proxies.is_empty() => {
            let instead = "name the balancer there: nobody else may speak the PROXY protocol";
            desk.findings.missing(word.line, place, &["trusted_proxies"], instead);
            word.value
        }
        word => word.as_ref().map_or(ProxyProtocol::Off, |word| word.value),
    };
    let (address, tls) = (address?, tls?);
    let strict_sni = match &entry.strict_sni {
        Some(strict) if strict.value && tls == Tls::Off => {
            let instead = "remove it, or write tls with a certificate";
            desk.findings.tell(strict.line, place, "strict_sni is of no use without TLS", instead);
            false
        }
        strict => strict.as_ref().is_some_and(|strict| strict.value),
    };
    let listener = Listener { address, tls, trusted_proxies, proxy_protocol, strict_sni };
    note(&listener, place, desk);
    Some(listener)
}

/// An address and a port to listen on.
pub fn address(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<SocketAddr> {
    let address = written.value.parse().ok();
    if address.is_none() {
        let what = format!("{} is not an IP address with a port", quote(&written.value));
        desk.findings.tell(written.line, place, what, "write 0.0.0.0:8443 or [::]:8443");
    }
    address
}

/// Tells listeners, the admin's included, that want the same address.
pub fn each_alone(
    entries: &[ListenerEntry],
    listeners: &[Option<Listener>],
    admin: Option<(&AdminEntry, &Admin)>,
    desk: &Desk<'_>,
) {
    let mut taken: Vec<(SocketAddr, &str)> = Vec::new();
    let wanted = entries.iter().zip(listeners).filter_map(|(entry, listener)| {
        let line = entry.address.as_ref().map_or(entry.line, |address| address.line);
        Some((listener.as_ref()?.address, entry.place.as_str(), line))
    });
    let admin = admin.map(|(entry, admin)| {
        (admin.address, "[admin]", entry.address.as_ref().map_or(entry.line, |address| address.line))
    });
    for (address, place, line) in wanted.chain(admin) {
        if let Some((_, first)) = taken.iter().find(|(other, _)| collide(address, *other)) {
            let what = format!("{address} is already taken by {first}");
            desk.findings.tell(line, place, what, "use another port");
        }
        taken.push((address, place));
    }
}

fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip(), other.ip());
    let same = a == b || (a.is_ipv4() == b.is_ipv4() && (a.is_unspecified() || b.is_unspecified()));
    // Port 0 is a new port each time.
    one.port() != 0 && one.port() == other.port() && same
}

fn tls(written: &Written<TlsEntry>, place: &str, desk: &Desk<'_>) -> Option<Tls> {
    match &written.value {
        TlsEntry::Off => Some(Tls::Off),
        TlsEntry::Pairs(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|pair| certificate::pair(pair, desk)).collect();
            pairs.into_iter().collect::<Option<_>>().map(Tls::Certificates)
        }
        TlsEntry::SelfSigned(names) => {
            if names.is_empty() {
                desk.findings.tell(written.line, place, "self_signed has no name", "write [\"localhost\"]");
            }
            for name in names.iter().filter(|name| !is_name(&name.value)) {
                let what = format!("{} is no host name for a certificate", quote(&name.value));
                desk.findings.tell(
                    name.line,
                    place,
                    what,
                    "write a name such as \"localhost\" or an IP address",
                );
            }
            let names = names.iter().map(|name| name.value.to_ascii_lowercase()).collect();
            Some(Tls::SelfSigned { names, directory: desk.path(CERTIFICATES) })
        }
        TlsEntry::Wrong => None,
    }
}

/// Names, also of all hosts below one, and addresses.
fn is_name(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || is_host(name.strip_prefix("*.").unwrap_or(name))
}

fn network(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<IpNet> {
    let text = &written.value;
    let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    if network.is_none() {
        let what = format!("{} in trusted_proxies is not a network", quote(text));
        desk.findings.tell(written.line, place, what, "write 10.0.0.0/8 or a single address");
    }
    network.map(|network| network.trunc())
}

fn note(listener: &Listener, place: &str, desk: &Desk<'_>) {
    if listener.tls == Tls::Off && !listener.address.ip().is_loopback() {
        desk.findings.note(place, "plain HTTP; fine only behind a balancer that ends TLS");
    }
    if matches!(listener.tls, Tls::SelfSigned { .. }) {
        desk.findings.note(place, "self-signed certificate; browsers will ask, use it for development only");
    }
    if listener.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        desk.findings.note(place, "everybody is a trusted proxy, so any visitor can claim any address");
    }
}
