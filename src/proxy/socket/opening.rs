//! The way to a socket: the handshake up through the engine, and the answer back.
//!
//! Knows what `exchange` knows of a request. Invariant: the visitor is granted its wish only when the vendor's side
//! is open.

use std::time::Instant;

use bytes::Bytes;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::request::Parts;
use http::{Request, Response};

use super::super::arrival::Arrival;
use super::super::error::{Failure, words};
use super::super::exchange::Proxy;
use super::super::handshake::{Wish, is_of_site};
use super::super::homeward::Homeward;
use super::super::hop::{self, Unacceptable};
use super::super::record::Record;
use super::super::router::Found;
use super::super::shared::Generation;
use super::super::{Afterwards, ResponseBody};
use super::{Carried, Conversation};
use crate::privacy::Policy;
use crate::privacy::surface::response::Brought;
use crate::upstream::Opened;

impl Proxy {
    /// Opens a socket; what follows is a conversation of its own.
    pub async fn open_socket(
        &self,
        generation: &Generation,
        mut found: Box<Found>,
        mut head: Box<Parts>,
        arrival: Arrival,
        wish: Box<Wish>,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure> {
        let settings = &generation.settings;
        if !is_of_site(&head, &found.route.site_origins) {
            return Err(Unacceptable::Origin.into());
        }
        hop::leave_behind(&mut head.headers);
        let brought = Brought::of(&head.headers);
        let homeward = Homeward::of(&self.shared, &record.counts, &found, &head, arrival, settings)?;
        head.uri = std::mem::take(&mut found.target);
        let request = Request::from_parts(*head, Bytes::new());
        let request = self.scrub(&homeward, Policy::scrub_handshake, request, record)?;
        let brought = brought.shown(request.as_inner().headers());
        let sent = Instant::now();
        let mark = self.shared.mark(&found.route, &homeward.visitor, settings);
        let upstreams = generation.upstreams(found.number, &found.spot)?;
        let opened = upstreams.open(&request, found.route.body_limit, mark).await?;
        record.waited(sent);
        let (answer, vendor) = match opened {
            Opened::Answer(answer) => return homeward.bring(answer, &brought, record).await,
            Opened::Socket(answer, vendor) => (answer, vendor),
        };
        let subprotocol = answer.headers().get(SEC_WEBSOCKET_PROTOCOL).cloned();
        let (mut head, ()) = answer.into_parts();
        homeward.read_head(&mut head, &brought)?;
        wish.grant(&mut head);
        head.headers.extend(subprotocol.map(|chosen| (SEC_WEBSOCKET_PROTOCOL, chosen)));
        let open = record.counts.socket_opened();
        let idle = settings.limits.idle;
        let carried = Box::new(Carried { homeward, vendor, idle, open });
        head.extensions.insert(Afterwards::new(Conversation::Carried(carried)));
        Ok(Response::from_parts(head, words("")))
    }
}
