//! An exchange without a vendor: what would leave, and nothing is sent.
//!
//! Knows the steps before the sending and does the same ones. Invariant: what it shows is what
//! [`super::Proxy::exchange`] would hand to the client.

use bytes::Bytes;
use http::Request;

use super::body::Incomplete;
use super::error::Failure;
use super::{choice, handshake, hop, router};
use crate::config::{Route, Spot};
use crate::privacy::{Pseudonyms, Treated, Visitor};

/// Takes one request as far as the seal, on this route whatever host it says; and which of its places it goes to.
pub fn rehearse(
    route: &Route,
    request: Request<Bytes>,
    visitor: &Visitor,
    pseudonyms: &Pseudonyms,
) -> Result<(Treated, Spot), Failure> {
    let (mut head, body) = request.into_parts();
    let wish = handshake::wish(&mut head)?;
    let spot;
    (spot, head.uri) = router::target_on(route, &head)?;
    hop::accept(&head)?;
    let route = choice::admitted(route, &mut head)?;
    hop::leave_behind(&mut head.headers);
    if body.len() > route.body_limit {
        return Err(Incomplete::TooLarge.into());
    }
    let request = Request::from_parts(head, body);
    let treated = match wish {
        Some(_) => route.policy.scrub_handshake(request, visitor, pseudonyms)?,
        None => route.policy.scrub_request(request, visitor, pseudonyms)?,
    };
    Ok((treated, spot))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Key;
    use crate::proxy::shared::tests::route;

    #[test]
    fn who_said_no_is_shown_to_leave_nothing_and_the_link_is_no_part_of_what_leaves() {
        let route = route("r", "http://127.0.0.1:1");
        let told = |target: &str, cookie: &str| {
            let request = Request::get(target).header("host", "a.example").header("cookie", cookie);
            let pseudonyms = Pseudonyms::new(&Key::from_bytes([0; 32]), 0, "site", "vendor");
            let visitor = Visitor::new(std::net::Ipv4Addr::LOCALHOST.into());
            rehearse(&route, request.body(Bytes::new()).unwrap(), &visitor, &pseudonyms)
                .map(|(treated, _)| treated.request.into_inner().uri().to_string())
                .map_err(|failure| failure.to_string())
        };
        assert_eq!(told("/a?privet=on", "privet_choice=off"), Ok("/a".to_owned()));
        let no = Err("the visitor said no by cookie; privet answers itself".to_owned());
        assert_eq!(told("/a", "privet_choice=off"), no);
    }
}
