//! The way to a socket: the handshake up through the engine, and the answer back.
//!
//! Knows what `exchange` knows of a request. Invariant: the visitor is granted its wish only when the vendor's side
//! is open.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::request::Parts;
use http::{Request, Response};

use super::super::error::{Failure, words};
use super::super::exchange::{Proxy, visitor};
use super::super::handshake::{Wish, is_of_site};
use super::super::homeward::Homeward;
use super::super::hop::{self, Unacceptable};
use super::super::record::Record;
use super::super::router::{Found, Unroutable};
use super::super::shared::Generation;
use super::super::{Afterwards, Peer, ResponseBody};
use super::{Carried, Conversation};
use crate::privacy::Policy;
use crate::privacy::surface::response::Brought;
use crate::upstream::Opened;

impl Proxy {
    /// Opens a socket; what follows is a conversation of its own.
    pub async fn open_socket(
        &self,
        generation: &Generation,
        Found { route, spot, target }: Found,
        mut head: Parts,
        peer: Peer,
        wish: Wish,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure> {
        let settings = &generation.settings;
        if !is_of_site(&head, &route.site_origins) {
            return Err(Unacceptable::Origin.into());
        }
        let visitor = visitor(peer, &head.headers, settings);
        if spot.tells_of(&visitor) {
            return Err(Unroutable::UnknownPath.into());
        }
        hop::leave_behind(&mut head.headers);
        let brought = Brought::of(&head.headers);
        let homeward =
            Homeward::of(&self.shared, (&route, &spot, &target), &head, visitor.clone(), peer, settings);
        let pseudonyms = self.shared.keys.pseudonyms(&route)?;
        head.uri = target;
        let request = Request::from_parts(head, Bytes::new());
        self.shared.observations.request(&route, &request, &visitor);
        let crowds = &self.shared.crowds;
        let treated = crowds.scrub(&route, Policy::scrub_handshake, request, &visitor, &pseudonyms)?;
        record.count(&treated.tally);
        let brought = brought.shown(treated.request.as_inner().headers());
        let sent = Instant::now();
        let mark = self.shared.mark(&route, &visitor, settings);
        let upstreams = generation.upstreams(&route, &spot)?;
        let opened = upstreams.open(treated.request, route.body_limit, mark).await?;
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
        let counts = Arc::clone(&record.counts);
        let carried = Box::new(Carried { homeward, vendor, idle, counts, open });
        head.extensions.insert(Afterwards::new(Conversation::Carried(carried)));
        Ok(Response::from_parts(head, words("")))
    }
}
