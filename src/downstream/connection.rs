//! One connection from its first byte to its last: who it is, and what it speaks.
//!
//! Knows what comes before HTTP; HTTP itself is `conversation`'s. Invariant: a visitor who says nothing, or not
//! enough to know what is spoken, is let go in time.

use std::io::BufRead;
use std::net::IpAddr;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::activity::{Activity, Overdue};
use super::called::Called;
use super::conversation::speak;
use super::drive::{End, Fault};
use super::exchanges::Exchanges;
use super::listener::{Door, Reception};
use super::proxy_protocol;
use super::shutdown::{FAREWELL, Stop};
use super::tls::HTTP2;
use super::wire::Wire;

/// The first words of HTTP/2 where no ALPN announces it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves one accepted socket until either side leaves.
pub async fn serve(socket: TcpStream, peer: IpAddr, reception: &Reception) {
    let entrance = &reception.entrance;
    let door = entrance.door.load_full();
    let activity = Activity::new();
    let mut wire = Wire::new(socket, activity.clone());
    if !has_begun(&mut wire, &door, &reception.stop).await {
        return;
    }

    let trusted = door.trusts(peer);
    let told = proxy_protocol::address(&mut wire, peer, trusted, door.proxy_protocol);
    let address = match timeout(door.limits.header_read, told).await {
        Ok(Ok(address)) => address.to_canonical(),
        failed => {
            if let Ok(Err(error)) = failed
                && entrance.complaint.due()
            {
                tracing::warn!(listener = &*entrance.name, %error, "connection closed");
            }
            return reception.metrics.connection_cut(&entrance.name, "proxy_protocol");
        }
    };

    let mut exchanges = Exchanges {
        answer: reception.answer.clone(),
        address,
        listener: entrance.index,
        tls: door.tls.is_some(),
        called: None,
        activity: activity.clone(),
        stop: reception.stop.clone(),
        afterwards: Default::default(),
    };
    let end = match &door.tls {
        Some(handshake) => {
            // Boxed, both: a connection should not be as large as its handshake for as long as it lasts.
            let shaken = Box::pin(timeout(door.limits.header_read, handshake.shake(wire)));
            let Ok(Ok(tls)) = shaken.await else {
                return reception.metrics.tls_handshake_failed(&entrance.name);
            };
            let mut tls = Box::new(tls);
            activity.begin_anew();
            // What came with the handshake's last words is waiting already.
            if tls.get_mut().1.reader().fill_buf().is_ok_and(|waiting| !waiting.is_empty()) {
                activity.bytes_came();
            }
            // A trusted proxy calls as it was told to; who asks behind it called the proxy.
            let name = tls.get_ref().1.server_name().filter(|_| !trusted);
            exchanges.called = name.map(|name| Called::new(name, handshake.certificates.clone()));
            // After ALPN said h2, nothing else is spoken.
            let http2 = tls.get_ref().1.alpn_protocol() == Some(HTTP2);
            speak(tls, http2, exchanges, door.limits).await
        }
        None => {
            let preface = begins_with_preface(&mut wire);
            let Ok(Some(http2)) = timeout(door.limits.header_read, preface).await else { return };
            speak(wire, http2, exchanges, door.limits).await
        }
    };
    match end {
        End::Overdue(Overdue::Head) => reception.metrics.connection_cut(&entrance.name, "slow_head"),
        End::Overdue(Overdue::Answer) => reception.metrics.connection_cut(&entrance.name, "slow_reader"),
        End::Closed(Some(Fault::LargeHead)) => reception.metrics.connection_cut(&entrance.name, "large_head"),
        End::Closed(Some(Fault::Malformed)) => reception.metrics.connection_cut(&entrance.name, "malformed"),
        End::Closed(Some(Fault::Flood)) => reception.metrics.connection_cut(&entrance.name, "flood"),
        End::Overdue(Overdue::Idle | Overdue::Rest) | End::Closed(None) => {}
    }
}

/// Waits for the first byte, without which there is nothing to finish. Who means TLS sends it at once.
async fn has_begun(wire: &mut Wire, door: &Door, stop: &Stop) -> bool {
    let patience = if door.tls.is_some() { door.limits.header_read } else { door.limits.idle };
    tokio::select! {
        biased;
        read = wire.look_further() => matches!(read, Ok(true)),
        () = farewell(stop) => false,
        () = sleep(patience) => false,
    }
}

/// A drain, and the moment in which who was let in just before may still speak.
async fn farewell(stop: &Stop) {
    stop.draining().await;
    sleep(FAREWELL).await;
}

/// Whether a plain connection begins as HTTP/2 by prior knowledge; `None` if it ends before that is clear.
async fn begins_with_preface(wire: &mut Wire) -> Option<bool> {
    loop {
        let seen = wire.seen();
        if seen.len() >= PREFACE.len() || !PREFACE.starts_with(seen) {
            return Some(seen.starts_with(PREFACE));
        }
        if !matches!(wire.look_further().await, Ok(true)) {
            return None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::Request;
    use http_body_util::{BodyExt, Empty};
    use hyper::client::conn;
    use hyper_util::rt::{TokioExecutor, TokioIo};

    use super::*;
    use crate::config::{Listener, ProxyProtocol, Settings, Tls};
    use crate::downstream::trial::{self, GET, ask};

    const SHORT: Duration = Duration::from_millis(200);

    fn plain() -> Settings {
        trial::settings(vec![trial::listener(Tls::Off)])
    }

    #[test]
    fn a_silent_connection_is_ended_after_its_idle_time() {
        let mut settings = plain();
        settings.limits.idle = SHORT;
        let running = trial::run(settings);
        assert_eq!(ask(running.connect(), b""), "");
        let kept_alive = ask(running.connect(), b"GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        assert!(kept_alive.ends_with("127.0.0.1 at 0, tls false"), "{kept_alive}");
    }

    #[test]
    fn beyond_the_connection_limit_a_visitor_waits_for_a_place() {
        let mut settings = plain();
        settings.limits.connections = 1;
        let running = trial::run(settings);
        let first = running.connect();
        running.await_count(r#"privet_connections_open{listener="127.0.0.1:0"} 1"#);
        let second = running.connect();
        let waiting = std::thread::spawn(move || ask(second, GET));
        std::thread::sleep(SHORT);
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.join().unwrap().starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_trusted_proxy_tells_who_the_visitor_is_and_others_do_not() {
        let required = |trusted: &str| Listener {
            trusted_proxies: vec![trusted.parse().unwrap()],
            proxy_protocol: ProxyProtocol::Required,
            ..trial::listener(Tls::Off)
        };
        let request = [b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n".as_slice(), GET].concat();

        let running = trial::run(trial::settings(vec![required("127.0.0.0/8")]));
        assert!(ask(running.connect(), &request).ends_with("203.0.113.7 at 0, tls false"));
        assert_eq!(ask(running.connect(), GET), "");

        let running = trial::run(trial::settings(vec![required("192.0.2.0/24")]));
        assert_eq!(ask(running.connect(), &request), "");

        let optional = Listener { proxy_protocol: ProxyProtocol::Optional, ..required("192.0.2.0/24") };
        let running = trial::run(trial::settings(vec![optional]));
        assert!(ask(running.connect(), &request).starts_with("HTTP/1.1 400"), "not parsed, so not HTTP");

        let optional = Listener { proxy_protocol: ProxyProtocol::Optional, ..required("127.0.0.0/8") };
        let running = trial::run(trial::settings(vec![optional]));
        assert!(ask(running.connect(), GET).ends_with("127.0.0.1 at 0, tls false"));
    }

    #[tokio::test]
    async fn http2_by_prior_knowledge_is_understood_and_drained_when_idle() {
        let mut settings = plain();
        settings.limits.idle = SHORT;
        let running = trial::run(settings);
        let socket = TcpStream::connect(running.addresses[0]).await.unwrap();
        let (mut send, connection) =
            conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        let ended = tokio::spawn(connection);
        let request = Request::get("http://h/slow").body(Empty::<Bytes>::new()).unwrap();
        let answer = send.send_request(request).await.unwrap();
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "at last");
        let ended = timeout(Duration::from_secs(5), ended).await.unwrap().unwrap();
        assert!(ended.is_ok(), "an idle connection ends with a GOAWAY, not with an error");
    }
}
