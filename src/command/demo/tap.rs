//! Stands between the demo's visitor and privet, and notes what comes in and what the vendor got.
//!
//! Knows the proxy by its door, as every server does; privet knows nothing of it. Invariant: what privet is handed is
//! what the browser sent, but for the one address below.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use tokio::sync::Mutex;

use super::comparison::compare;
use super::record::{Exchange, Message, Record};
use super::shop;
use crate::config::Route;
use crate::proxy::{Answer, BoxFuture, Peer, Proxy, ResponseBody, Shared};

/// On a loopback nobody has an address of their own: one reserved for documentation (RFC 5737) stands in for it.
pub const STAND_IN: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 42));

/// A larger body is not for a page to show.
const MOST: usize = 256 * 1024;

pub struct Tap {
    shared: Arc<Shared>,
    proxy: Proxy,
    record: Arc<Record>,
    policy: String,
    /// One exchange at a time: what the vendor receives meanwhile belongs to it.
    turn: Mutex<()>,
}

impl Tap {
    pub fn new(shared: Arc<Shared>, record: Arc<Record>, policy: String) -> Self {
        Self { proxy: Proxy::new(shared.clone()), shared, record, policy, turn: Mutex::new(()) }
    }

    async fn exchange(&self, request: Request<Incoming>, peer: Peer) -> Response<ResponseBody> {
        if let Some(answer) = shop::answer(&request, &self.record, &self.policy, peer.address) {
            return answer;
        }
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, MOST).collect().await else { return unreadable() };
        let body = body.to_bytes();
        let sent = Message::new(peer.address.to_string(), &head, &body);
        let route = self.route(head.uri.path());

        let _turn = self.turn.lock().await;
        let answer = self.proxy.exchange(Box::new(head), Full::new(body), peer).await;
        let received = self.record.take_received();
        if let Some(route) = route {
            let rows = compare(&sent, received.as_ref(), &route.policy, peer.address);
            let (name, policy) = (route.name.to_string(), route.policy_name.to_string());
            let status = answer.status().as_u16();
            self.record.note(Exchange { number: 0, route: name, policy, status, sent, received, rows });
        }
        answer
    }

    fn route(&self, path: &str) -> Option<Arc<Route>> {
        let leads =
            |route: &&Arc<Route>| route.path.as_deref().is_some_and(|prefix| path.starts_with(prefix));
        self.shared.settings().routes.iter().find(leads).cloned()
    }
}

impl Answer for Tap {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> BoxFuture<'static, Response<ResponseBody>> {
        let address = if peer.address.to_canonical().is_loopback() { STAND_IN } else { peer.address };
        Box::pin(async move { self.exchange(request, Peer { address, ..peer }).await })
    }
}

fn unreadable() -> Response<ResponseBody> {
    let text =
        Bytes::from_static(b"the demo could not read this body to its end, or it is too large to be shown\n");
    let mut response = Response::new(Full::new(text).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response
}
