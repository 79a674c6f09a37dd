//! An exchange without a vendor: what would leave, and nothing is sent.
//!
//! Knows the steps before the sending and does the same ones. Invariant: what it shows is what
//! [`super::Proxy::exchange`] would hand to the client.

use bytes::Bytes;
use http::Request;

use super::body::Incomplete;
use super::error::Failure;
use super::{handshake, hop, router};
use crate::config::Route;
use crate::privacy::{Pseudonyms, Treated, Visitor};

/// Takes one request as far as the seal, on the route of this name whatever host it says.
pub fn rehearse(
    route: &Route,
    request: Request<Bytes>,
    visitor: &Visitor,
    pseudonyms: &Pseudonyms,
) -> Result<Treated, Failure> {
    let (mut head, body) = request.into_parts();
    let wish = handshake::wish(&mut head)?;
    head.uri = router::target_on(route, &head)?;
    hop::accept(&head)?;
    hop::leave_behind(&mut head.headers);
    if body.len() > route.body_limit {
        return Err(Incomplete::TooLarge.into());
    }
    let request = Request::from_parts(head, body);
    Ok(match wish {
        Some(_) => route.policy.scrub_handshake(request, visitor, pseudonyms)?,
        None => route.policy.scrub_request(request, visitor, pseudonyms)?,
    })
}
