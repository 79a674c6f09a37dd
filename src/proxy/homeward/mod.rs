//! Whom an answer or a message goes home to, and what they may know: its head, a message, a piece.
//!
//! Knows the route and the visitor; how a body comes home is `bringing`'s matter, and what is treated the engine's.
//! Invariant: what is treated is counted.

mod bringing;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{Uri, response};

use super::arrival::Arrival;
use super::error::Failure;
use super::fence;
use super::keys::{self, NoKey};
use super::router::{Found, Unroutable};
use super::shared::Shared;
use crate::config::{Route, Settings, Spot};
use crate::metrics::Counts;
use crate::privacy::surface::response::{self as answer, Brought, Changes, Cut, Elsewhere, ResponseScope};
use crate::privacy::{self, Home, Message, Pseudonyms, Refusal, Returned, Tally, Visitor};

pub use bringing::full;

/// Whom an exchange's answer, or a socket's messages, go home to.
#[derive(Clone)]
pub struct Homeward {
    pub shared: Arc<Shared>,
    pub counts: Arc<Counts>,
    pub route: Arc<Route>,
    /// Which of the vendor's hosts answers.
    pub spot: Spot,
    pub visitor: Visitor,
    /// Host and port as the visitor asked for them.
    authority: Arc<str>,
    secure: bool,
    /// What is asked of the vendor's host, below its own path.
    target: Uri,
    /// How long a whole answer may take.
    deadline: Duration,
    /// Whether the answer said something of who asked, which may stand in it in another form.
    is_told: Arc<AtomicBool>,
}

impl Homeward {
    /// Of a request that found its place, unless what leads there tells of the visitor.
    pub fn of(
        shared: &Arc<Shared>,
        counts: &Arc<Counts>,
        found: &Found,
        head: &Parts,
        arrival: Arrival,
        settings: &Settings,
    ) -> Result<Self, Unroutable> {
        let visitor = arrival.visitor(settings);
        if found.spot.tells_of(&visitor) {
            return Err(Unroutable::UnknownPath);
        }
        let line = || head.headers.get(HOST).and_then(|line| line.to_str().ok());
        let authority = head.uri.authority().map(|authority| authority.as_str()).or_else(line);
        Ok(Self {
            shared: Arc::clone(shared),
            counts: Arc::clone(counts),
            route: Arc::clone(&found.route),
            spot: found.spot.clone(),
            visitor,
            authority: authority.unwrap_or_default().into(),
            secure: arrival.tls,
            target: found.target.clone(),
            deadline: settings.limits.upstream_response,
            is_told: Arc::default(),
        })
    }

    /// The vendor's host that answers.
    pub fn host(&self) -> String {
        self.route.mount(&self.spot).map(|mount| mount.upstream.to_string()).unwrap_or_default()
    }

    /// The visitor's side: its name, and whether it was reached over TLS.
    pub fn side(&self) -> (&Arc<str>, bool) {
        (&self.authority, self.secure)
    }

    /// Tells the metrics what was changed in a text.
    pub fn changed(&self, changes: &Changes) {
        self.is_told.fetch_or(changes.echoed > 0, Relaxed);
        self.count(&Tally::of_changes(changes));
        for (patch, count) in self.route.names.patches().iter().zip(&changes.patched) {
            self.shared.metrics.patched(&self.route.name, &patch.name, *count);
        }
    }

    /// Leaves in an answer's head what the visitor may know.
    pub fn read_head(&self, head: &mut response::Parts, brought: &Brought) -> Result<(), Elsewhere> {
        let route = &self.route;
        let Some(mount) = route.mount(&self.spot) else { return Err(Elsewhere) };
        let scope = ResponseScope {
            home: self.home(),
            route: &mount,
            beside: route.own_mounts(),
            allowed: &|name| route.policy.may_set_cookie(name),
            longest: &|name| route.policy.longest_cookie(name),
            rule: &|name| route.policy.response_header(name),
            brought,
            now: keys::seconds(),
        };
        answer::scrub(head, &scope)?;
        if !route.places.is_empty() && fence::may_stand_around(&head.headers) {
            for (name, policy) in fence::around(&self.authority, self.secure, &route.site_origins) {
                // A rule about a policy is the operator's own word.
                if (scope.rule)(name.as_str()).is_none() {
                    head.headers.append(name, policy);
                }
            }
        }
        Ok(())
    }

    /// One event or line.
    pub fn piece(&self, cut: Cut, piece: &[u8]) -> Result<Returned<Bytes>, Failure> {
        let pseudonyms = self.pseudonyms()?;
        let returned = self.route.policy.scrub_piece(cut, piece, self.whom(&pseudonyms));
        let returned = returned.map_err(Failure::UnreadableAnswer)?;
        self.count(&returned.tally);
        Ok(returned)
    }

    /// One message on a socket.
    pub fn message(&self, message: &Message) -> Result<Result<Returned<Message>, Refusal>, NoKey> {
        let pseudonyms = self.pseudonyms()?;
        let returned = self.route.policy.scrub_returning(message, self.whom(&pseudonyms));
        if let Ok(returned) = &returned {
            self.count(&returned.tally);
        }
        Ok(returned)
    }

    /// Whether what goes home tells of the visitor, so that nobody else may have it.
    pub fn tells(&self, body: &str) -> bool {
        self.is_told.load(Relaxed) || self.visitor.is_told_in(body)
    }

    /// Tells the metrics of something that could not be read once its answer had begun.
    pub fn refused(&self, failure: &Failure) {
        self.counts.refusal(failure.reason());
    }

    fn home(&self) -> Home<'_> {
        Home { authority: &self.authority, secure: self.secure, mounts: &self.route.mounts }
    }

    fn whom<'a>(&'a self, pseudonyms: &'a Pseudonyms) -> privacy::Homeward<'a> {
        privacy::Homeward {
            visitor: &self.visitor,
            pseudonyms,
            home: self.home(),
            names: Some(&self.route.names),
        }
    }

    fn pseudonyms(&self) -> Result<Pseudonyms, NoKey> {
        self.shared.keys.pseudonyms(&self.route)
    }

    fn count(&self, tally: &Tally) {
        self.counts.treated(tally);
    }
}
