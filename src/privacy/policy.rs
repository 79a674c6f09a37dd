//! A route's rules and actions, compiled: a request goes in, what may leave comes out, sealed.
//!
//! Knows the order of surfaces; each surface knows its own form. Invariant: whatever is sealed here has been
//! looked at on every surface it has.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderName;
use http::uri::PathAndQuery;
use http::{Request, Uri};

use super::action::Action;
use super::category::Category;
use super::choice::is_own;
use super::crowd::{Look, Shown};
use super::places::{NameMap, Places, Set, Treatment};
use super::policies::Actions;
use super::pseudonym::Pseudonyms;
use super::refusal::Refusal;
use super::rule::{Name, Pointer, Rule, Selector};
use super::scan;
use super::scrub::{Fate, Place, Scrub};
use super::scrubbed::Scrubbed;
use super::sources::Sources;
use super::surface::response::LONGEST_COOKIE;
use super::surface::{body, cookie, header, target};
use super::tally::Tally;
use super::visitor::Visitor;

/// What a policy is compiled from.
#[derive(Clone, Debug)]
pub struct PolicyParts {
    /// The route's own, then the vendor's, then the general map's: the first that matches decides.
    pub rules: Vec<Rule>,
    /// Well-known names anywhere.
    pub names: NameMap,
    pub actions: Actions,
    /// Values that mean "take the address yourself".
    pub sentinels: Vec<String>,
    pub off_switches: Vec<OffSwitch>,
    /// Where the vendor takes a country's code: headers, parameters, JSON members.
    pub country: Vec<Selector>,
    /// Cookies of the vendor that pass both ways as they are; a final `*` is any ending.
    pub kept_cookies: Vec<String>,
    /// Cookies that are between the visitor and the site, beside privet's own: they pass in no direction.
    pub withheld_cookies: Vec<Name>,
    pub undecodable: Undecodable,
    pub files: Files,
    /// How deep a JSON document may nest.
    pub depth: usize,
    /// Largest body in bytes, decoded.
    pub body_limit: usize,
    /// Scheme, host and port of the sites the route serves.
    pub site_origins: Vec<String>,
}

/// A vendor's own privacy flag, set in every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffSwitch {
    /// A header, a query parameter or a JSON member.
    pub place: Selector,
    /// JSON text for a JSON member, plain text otherwise.
    pub value: String,
}

/// What happens to a body that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undecodable {
    #[default]
    Refuse,
    /// The request leaves without its body.
    Remove,
    /// The body leaves as it is: a hole.
    Keep,
}

/// What happens to an uploaded file that is neither text nor an image privet can look into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Files {
    /// The request with it is refused.
    #[default]
    Refuse,
    /// The file leaves as it is: a hole.
    Keep,
}

/// Where the visitor of an example lives.
const EXAMPLE_COUNTRY: &str = "DE";

/// A route's policy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    out: Arc<Compiled>,
    /// For what the vendor answers, where a rule reads it.
    back: Option<Arc<Compiled>>,
    sources: Arc<Sources>,
}

/// Which way what is read goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the visitor to the vendor.
    Out,
    /// From the vendor to the visitor: only what rules name and the needle finds is treated.
    Back,
}

#[derive(Debug)]
pub struct Compiled {
    pub way: Way,
    pub places: Places,
    pub sentinels: Vec<String>,
    /// Whether one of them is a plain word.
    pub quiet_sentinels: bool,
    pub header_sets: Vec<(HeaderName, Set)>,
    pub query_sets: Vec<(String, Set)>,
    pub kept_cookies: Vec<Name>,
    withheld_cookies: Vec<Name>,
    pub undecodable: Undecodable,
    pub files: Files,
    pub depth: usize,
    pub body_limit: usize,
    pub site_origins: Vec<String>,
    rules: Vec<Rule>,
}

/// A request fit to leave, and what was done to it.
#[derive(Debug)]
pub struct Treated {
    pub request: Scrubbed<Request<Bytes>>,
    pub tally: Tally,
    /// Browser, screen and language, as far as they leave in a coarser form.
    pub look: Look,
}

impl Shown for Treated {
    fn look(&self) -> &Look {
        &self.look
    }
}

impl Policy {
    pub fn compile(parts: PolicyParts) -> Self {
        let back = Places::of_answers(&parts.rules, &parts.names, parts.actions.clone());
        let mut places = Places::compile(&parts.rules, parts.names, parts.actions);
        let mut header_sets = Vec::new();
        let mut query_sets = Vec::new();
        let flags = parts.off_switches.into_iter().map(|flag| (flag.place, Set::Fixed(flag.value.into())));
        let told = *places.of(Category::Address).action == Action::Country;
        let countries = parts.country.into_iter().filter(|_| told).map(|place| (place, Set::Country));
        for (place, set) in flags.chain(countries) {
            match place {
                Selector::Header(name) => {
                    header_sets.extend(HeaderName::try_from(&*name.stem).ok().map(|name| (name, set)));
                }
                Selector::Query(name) => query_sets.push((name.stem.into(), set)),
                Selector::Json(pointer) => places.json.insert_set(&pointer, set),
                _ => {}
            }
        }
        let out = Compiled {
            way: Way::Out,
            places,
            quiet_sentinels: parts.sentinels.iter().any(|sentinel| scan::is_quiet(sentinel)),
            sentinels: parts.sentinels,
            header_sets,
            query_sets,
            kept_cookies: parts.kept_cookies.iter().filter_map(|name| name.parse().ok()).collect(),
            withheld_cookies: parts.withheld_cookies,
            undecodable: parts.undecodable,
            files: parts.files,
            depth: parts.depth,
            body_limit: parts.body_limit,
            site_origins: parts.site_origins,
            rules: parts.rules,
        };
        let back = back.map(|places| Arc::new(out.back(places)));
        Self { back, out: Arc::new(out), sources: Arc::default() }
    }

    /// The same for a route whose places are these.
    pub fn from(self, sources: Sources) -> Self {
        Self { sources: Arc::new(sources), ..self }
    }

    /// Takes the person out of a request. Its target is in origin form, below the route's prefix.
    pub fn scrub_request(
        &self,
        request: Request<Bytes>,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<Treated, Refusal> {
        let (head, bytes) = request.into_parts();
        let target = head.uri.into_parts().path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let headers: usize = head.headers.values().map(|value| value.len()).sum();
        let size = target.as_str().len() + headers + bytes.len();
        let mut scrub = Scrub::new(&self.out, visitor, pseudonyms, size);
        scrub.sources = Some(&self.sources);
        let new = target::scrub(&mut scrub, target.as_str())?.map(|new| new.parse::<Uri>());
        let new = new.transpose().map_err(|_| Refusal::Target)?;
        let body = body::scrub(&mut scrub, &head.headers, target.query().unwrap_or_default(), bytes)?;
        let headers = header::scrub(&mut scrub, &head.headers, &body)?;
        let mut request = Request::new(body.bytes);
        *request.method_mut() = head.method;
        *request.uri_mut() = new.unwrap_or_else(|| target.into());
        *request.headers_mut() = headers;
        Ok(Treated { request: Scrubbed::seal(request), tally: scrub.tally, look: scrub.look })
    }

    /// Whether a cookie the vendor sets may reach the visitor.
    pub fn may_set_cookie(&self, name: &str) -> bool {
        !self.out.withholds(name)
            && (self.out.keeps_cookie(name) || cookie::may_be_set(&self.out.places, name))
    }

    /// What a rule says of a header on the way back.
    pub fn response_header(&self, name: &str) -> Option<&Action> {
        let places = &self.out.places;
        places.response_header.find(name).map(|rank| places.treatment(rank).action)
    }

    /// Whether a cookie passes both ways as it is.
    pub fn keeps_cookie(&self, name: &str) -> bool {
        !self.out.withholds(name) && self.out.keeps_cookie(name)
    }

    /// How long a cookie may live that the vendor sets; none: it passes as it is.
    pub fn longest_cookie(&self, name: &str) -> Option<Duration> {
        let capped = |rank: u32| self.out.rules.get(rank as usize)?.max_age;
        let longest = self.out.places.set_cookie.find(name).and_then(capped).unwrap_or(LONGEST_COOKIE);
        (!self.out.keeps_cookie(name)).then_some(longest.min(LONGEST_COOKIE))
    }

    /// The rules in the order they are tried, each with what it comes to.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, Treatment<'_>)> {
        (0..).zip(&self.out.rules).map(|(rank, rule)| (rule, self.out.places.treatment(rank)))
    }

    /// What becomes of a category where no rule has an action of its own.
    pub fn action(&self, category: Category) -> &Action {
        self.out.places.of(category).action
    }

    /// What would become of a value of some category, by the policy's own action; `None`: it would not leave.
    pub fn example(&self, category: Category, value: &str, pseudonyms: &Pseudonyms) -> Option<String> {
        let address = value.parse().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into());
        let nobody = Visitor::new(address).in_place(Some(EXAMPLE_COUNTRY));
        let mut scrub = Scrub::new(&self.out, &nobody, pseudonyms, value.len());
        let place = Place::Known(self.out.places.of(category));
        match scrub.value(value, place).ok()? {
            Fate::Keep => Some(value.to_owned()),
            Fate::Replace(new) => Some(new),
            Fate::Remove => None,
        }
    }

    pub fn undecodable(&self) -> Undecodable {
        self.out.undecodable
    }

    pub fn files(&self) -> Files {
        self.out.files
    }

    /// What in a request or message names the vendor's own files.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.out
    }

    /// The rules for what the vendor answers, if there are any.
    pub(super) fn back(&self) -> Option<&Compiled> {
        self.back.as_deref()
    }
}

impl Compiled {
    /// The same limits for the way back, with what rules say there and nothing else.
    fn back(&self, places: Places) -> Self {
        Self {
            way: Way::Back,
            places,
            sentinels: Vec::new(),
            quiet_sentinels: false,
            header_sets: Vec::new(),
            query_sets: Vec::new(),
            kept_cookies: Vec::new(),
            withheld_cookies: self.withheld_cookies.clone(),
            undecodable: self.undecodable,
            files: self.files,
            depth: self.depth,
            body_limit: self.body_limit,
            site_origins: self.site_origins.clone(),
            rules: Vec::new(),
        }
    }
}

impl Compiled {
    /// Whether a cookie is none of the vendor's business.
    pub fn withholds(&self, name: &str) -> bool {
        is_own(name) || self.withheld_cookies.iter().any(|withheld| withheld.matches(name.as_bytes()))
    }

    pub fn keeps_cookie(&self, name: &str) -> bool {
        self.kept_cookies.iter().any(|kept| kept.matches(name.as_bytes()))
    }
}

impl OffSwitch {
    /// Whether the place is one that a flag can be set at.
    pub fn is_settable(&self) -> bool {
        match &self.place {
            Selector::Header(name) | Selector::Query(name) => !name.open,
            Selector::Json(Pointer(steps)) => {
                matches!(steps.last(), Some(super::rule::Step::Key(key)) if !key.open)
            }
            _ => false,
        }
    }
}
