//! The engine as an operator's route uses it: a policy by its name, a vendor's map, one visitor, one key.
//!
//! Does not know what is tested with it. Invariant: the same visitor, site and key each time.

use std::net::IpAddr;

use bytes::Bytes;
use http::Request;
use privet::config::{Choice, vendors};
use privet::privacy::{
    Action, Category, Files, Key, Message, Policy, Pseudonyms, Refusal, Scrubbed, Undecodable, Visitor,
};

const SITES: [&str; 2] = ["https://shop.example", "https://shop.example.test"];

/// A route's policy, with what the route says of categories, and without rules of its own.
pub fn policy(name: &str, vendor: Option<&str>, actions: &[(Category, Action)]) -> Policy {
    let vendor = vendor.map(|vendor| vendors::find(vendor).expect("a built-in vendor"));
    let choice = Choice {
        policy: name,
        vendor,
        rules: Vec::new(),
        actions: actions.to_vec(),
        country: None,
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: 64,
        body_limit: 8 << 20,
        site_origins: SITES.map(str::to_owned).to_vec(),
    };
    Policy::compile(choice.parts().expect("a built-in policy"))
}

/// What leaves of a request of the visitor at `address`.
pub fn scrub(policy: &Policy, request: Request<Bytes>, address: IpAddr) -> Result<Request<Bytes>, Refusal> {
    let pseudonyms = Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor");
    let treated = policy.scrub_request(request, &Visitor::new(address), &pseudonyms)?;
    Ok(treated.request.into_inner())
}

/// What leaves of a message that the visitor at `address` says on a socket.
#[allow(dead_code)] // not every test has sockets
pub fn say(policy: &Policy, message: Message, address: IpAddr) -> Result<Option<Message>, Refusal> {
    let pseudonyms = Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor");
    let treated = policy.scrub_message(message, &Visitor::new(address), &pseudonyms)?;
    Ok(treated.message.map(Scrubbed::into_inner))
}
