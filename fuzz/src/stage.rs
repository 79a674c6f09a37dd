//! Who is on stage: a route's policy and one visitor, both chosen by an input's first byte.
//!
//! `0` to `3` are four policies with a visitor of IPv4, `4` to `7` the same with one of IPv6, so that a seed is a text
//! one can read. Does not know what is sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use bytes::Bytes;
use http::Request;
use privet::config::{Choice, vendors};
use privet::privacy::surface::response::Home;
use privet::privacy::{
    Action, Category, Files, Homeward, Key, Message, Policy, Pseudonyms, Refusal, Rule, Treated,
    TreatedMessage, Undecodable, Visitor,
};

/// The largest body a route takes, decoded; small, so that a short input can reach it.
pub const BODY_LIMIT: usize = 64 * 1024;

const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 23));
const V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x77, 0x1234, 0x9abc, 0xdef0, 0x1357, 0x2468));

/// Places of the route's own, on each surface that is closed without a rule.
const RULES: [(&str, Category); 8] = [
    ("cookie:keep*", Category::Service),
    ("cookie:lang", Category::Language),
    ("cookie:page", Category::PageUrl),
    ("header:x-keep", Category::Service),
    ("header:x-ip", Category::Address),
    ("path:/users/*/x", Category::AccountId),
    ("response-json:/**/ip", Category::Address),
    ("text:", Category::Message),
];

static POLICIES: LazyLock<[Policy; 4]> = LazyLock::new(|| {
    // A stand-in of a stand-in is another one, and must be: without them, scrubbing twice is scrubbing once.
    let plain = [Category::VisitorId, Category::SessionId].map(|category| (category, Action::Remove));
    [
        policy("address-only", None, &[]),
        policy("strict", None, &plain),
        policy("strict", Some("posthog"), &plain),
        policy("balanced", None, &[]),
    ]
});

/// A policy and a visitor.
#[derive(Clone, Copy)]
pub struct Stage {
    policy: usize,
    pub address: IpAddr,
}

impl Stage {
    /// The stage that an input asks for, and the rest of the input.
    pub fn of(data: &[u8]) -> Option<(Self, &[u8])> {
        let (first, rest) = data.split_first()?;
        let address = if first & 4 == 0 { V4 } else { V6 };
        Some((Self { policy: usize::from(first & 3), address }, rest))
    }

    pub fn policy(&self) -> &'static Policy {
        &POLICIES[self.policy]
    }

    /// Whether what left once leaves again as it is: not where ids get stand-ins.
    pub fn is_idempotent(&self) -> bool {
        self.policy < 3
    }

    /// Whether what no rule names stays.
    pub fn is_open(&self) -> bool {
        self.policy != 2
    }

    /// Whether what was typed and not sent leaves as it is.
    pub fn keeps_typed_text(&self) -> bool {
        self.policy == 0
    }

    pub fn request(&self, request: Request<Bytes>) -> Result<Treated, Refusal> {
        self.policy().scrub_request(request, &self.visitor(), &pseudonyms())
    }

    pub fn handshake(&self, request: Request<Bytes>) -> Result<Treated, Refusal> {
        self.policy().scrub_handshake(request, &self.visitor(), &pseudonyms())
    }

    pub fn message(&self, message: Message) -> Result<TreatedMessage, Refusal> {
        self.policy().scrub_message(message, &self.visitor(), &pseudonyms())
    }

    /// What a vendor says, on its way to the visitor.
    pub fn homeward<T>(&self, treat: impl FnOnce(&Policy, Homeward<'_>) -> T) -> T {
        let (visitor, pseudonyms) = (self.visitor(), pseudonyms());
        let home = Home { authority: "shop.example", secure: true, mounts: &[] };
        treat(self.policy(), Homeward { visitor: &visitor, pseudonyms: &pseudonyms, home, names: None })
    }

    fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }
}

fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor")
}

fn policy(name: &str, vendor: Option<&str>, actions: &[(Category, Action)]) -> Policy {
    let rules = RULES.map(|(place, category)| Rule {
        selector: place.parse().expect("a selector"),
        category,
        action: None,
        max_age: None,
    });
    let choice = Choice {
        policy: name,
        vendor: vendor.map(|vendor| vendors::find(vendor).expect("a built-in vendor")),
        rules: rules.to_vec(),
        actions: actions.to_vec(),
        country: None,
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: 64,
        body_limit: BODY_LIMIT,
        site_origins: vec!["https://shop.example".to_owned()],
    };
    Policy::compile(choice.parts().expect("a built-in policy"))
}
