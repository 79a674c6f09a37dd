//! The vendor's scripts and styles, kept for the next visitor: a small shared cache (RFC 9111).
//!
//! Knows answers as they go home; does not know routes' rules. Invariants: what is kept holds nothing of a visitor
//! (its key is what left after scrubbing, its text does not hold the address of who asked); it is bounded in bytes
//! and entries; its tag is made of the bytes alone, so it follows nobody, and what a browser sends of it ends here.

pub mod freshness;
mod kept;
mod store;
mod turns;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, DATE, ETAG, EXPIRES, HeaderMap, HeaderValue,
    IF_NONE_MATCH, ORIGIN, VARY,
};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::BodyExt;

use super::ResponseBody;
use super::homeward::{Homeward, full};
use super::keys::seconds;
use crate::config::Spot;
use freshness::Wish;
use kept::Keeping;
use store::Store;
pub use turns::Leader;
use turns::{Turn, Turns};

/// What is kept: the rest is seldom asked for twice.
const KINDS: [&str; 5] = [
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "text/css",
];
/// What browsers ask for such for, and how their paths end.
const DESTINATIONS: [&str; 5] = ["script", "style", "worker", "sharedworker", "serviceworker"];
const ENDINGS: [&str; 3] = [".js", ".mjs", ".css"];
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// What an answer that nothing changed says (RFC 9110 §15.4.5).
const OF_UNCHANGED: [HeaderName; 5] = [CACHE_CONTROL, DATE, ETAG, EXPIRES, VARY];
/// Nothing is kept longer, whatever the vendor says: a script may be withdrawn.
const LONGEST: Duration = Duration::from_hours(24);

/// Nobody waits longer for somebody else: then a request of one's own is no slower.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Of one process, for all its workers.
#[derive(Default)]
pub struct Cache {
    store: Mutex<Store>,
    turns: Turns,
}

/// What an answer is kept under. Made for every request that could be answered from here, so it copies nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    route: Arc<str>,
    /// Which of the vendor's hosts.
    spot: Spot,
    /// As it left.
    target: PathAndQuery,
    origin: Option<HeaderValue>,
    /// The visitor's side, which names become.
    authority: Arc<str>,
    secure: bool,
}

/// What a visitor's request asks of the cache.
#[derive(Debug)]
pub struct Asked {
    wish: Option<Wish>,
    /// Tags that the browser holds.
    tags: Vec<HeaderValue>,
    /// Whether it is for one of the kinds that are kept, as far as a request can tell.
    is_for_a_kind: bool,
}

/// An answer that is to be kept when all of it is there.
pub struct Lasting {
    key: Key,
    leader: Option<Leader>,
    fresh: Duration,
    age: u64,
}

/// An answer that is kept.
#[derive(Clone, Debug)]
pub struct Entry {
    headers: HeaderMap,
    body: Bytes,
    since: Instant,
    fresh: Duration,
    /// In seconds, when it came.
    age: u64,
}

impl Asked {
    /// Read before any of it is scrubbed: none of it leaves.
    pub fn of(head: &Parts) -> Self {
        let tags = head.headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        let (wish, is_for_a_kind) = (Wish::of(&head.method, &head.headers), is_for_a_kind(head));
        Self { wish, tags, is_for_a_kind }
    }

    pub fn holds(&self, tag: &HeaderValue) -> bool {
        let lines = self.tags.iter().filter_map(|line| line.to_str().ok());
        let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
        tags.any(|other| {
            other == "*" || other.strip_prefix("W/").unwrap_or(other).as_bytes() == tag.as_bytes()
        })
    }
}

impl Cache {
    /// Keeps at most so many bytes from now on, and forgets what it kept: other settings make other answers.
    pub fn set(&self, bytes: usize) {
        *self.lock() = Store::new(bytes);
    }

    /// What a request is kept under as it leaves; `None`: it has to do with one visitor, or no cache can help.
    pub fn key(&self, asked: &Asked, homeward: &Homeward, request: &Request<Bytes>) -> Option<Key> {
        asked.wish.as_ref()?;
        let personal = [AUTHORIZATION, COOKIE].iter().any(|name| request.headers().contains_key(name));
        if personal || self.lock().is_off() {
            return None;
        }
        let (authority, secure) = homeward.side();
        Some(Key {
            route: Arc::clone(&homeward.route.name),
            spot: homeward.spot.clone(),
            target: request.uri().path_and_query().cloned()?,
            origin: request.headers().get(ORIGIN).cloned(),
            authority: Arc::clone(authority),
            secure,
        })
    }

    /// The answer, if it is here and still fresh.
    pub fn answer(&self, key: &Key, asked: &Asked) -> Option<Response<ResponseBody>> {
        let entry = self.lock().get(key)?;
        let stood = entry.since.elapsed();
        let age = entry.age.saturating_add(stood.as_secs());
        if stood >= entry.fresh || !asked.wish.as_ref()?.takes(age) {
            return None;
        }
        let unchanged = entry.headers.get(ETAG).is_some_and(|tag| asked.holds(tag));
        let mut response = Response::new(full(if unchanged { Bytes::new() } else { entry.body }));
        *response.headers_mut() = entry.headers;
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            let kept = std::mem::take(response.headers_mut());
            let named = kept.into_iter().filter_map(|(name, value)| Some((name?, value)));
            response.headers_mut().extend(named.filter(|(name, _)| OF_UNCHANGED.contains(name)));
        }
        response.headers_mut().insert(AGE, age.into());
        Some(response)
    }

    /// The answer, if it is here, or if somebody else is on the way and brings it; otherwise, for whom the request is
    /// made.
    pub async fn answer_or_turn(
        &self,
        key: &Key,
        asked: &Asked,
    ) -> Result<Response<ResponseBody>, Option<Leader>> {
        if let Some(kept) = self.answer(key, asked) {
            return Ok(kept);
        }
        let shares = asked.wish.as_ref().is_some_and(|wish| !wish.no_store && wish.takes(0));
        if !shares || !asked.is_for_a_kind {
            return Err(None);
        }
        match self.turns.take(key) {
            Turn::Lead(leader) => Err(Some(leader)),
            Turn::Alone => Err(None),
            Turn::Follow(ahead) => {
                // Boxed: few wait, and no exchange should be as large as those.
                Box::pin(ahead.wait(LONGEST_WAIT)).await;
                self.answer(key, asked).ok_or(None)
            }
        }
    }

    /// Whether the vendor's answer is one to keep; asked before its head is read.
    pub fn lasting<B>(
        &self,
        (key, leader): (Key, Option<Leader>),
        asked: &Asked,
        answer: &Response<B>,
    ) -> Option<Lasting> {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok())?;
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let is_kept = KINDS.iter().any(|kept| essence.eq_ignore_ascii_case(kept));
        if !is_kept || asked.wish.as_ref().is_none_or(|wish| wish.no_store) {
            return None;
        }
        let (fresh, age) = freshness::lifetime(answer.status(), answer.headers(), seconds())?;
        Some(Lasting { key, leader, fresh: fresh.min(LONGEST), age })
    }

    /// Keeps an answer as it goes home.
    pub fn keep(
        &self,
        lasting: Lasting,
        homeward: &Homeward,
        answer: Response<ResponseBody>,
    ) -> Response<ResponseBody> {
        // Another of the same is on its way already, or too many are.
        let Some(room) = self.lock().begin(&lasting.key) else { return answer };
        let (head, body) = answer.into_parts();
        let (headers, since) = (head.headers.clone(), Instant::now());
        let entry = Entry { headers, body: Bytes::new(), since, fresh: lasting.fresh, age: lasting.age };
        let body = Keeping::new(body, lasting, entry, room, homeward.clone());
        Response::from_parts(head, body.boxed_unsync())
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request is for a script or style, as the browser says (Fetch Metadata §2.1) or the path.
fn is_for_a_kind(head: &Parts) -> bool {
    let destination = head.headers.get(SEC_FETCH_DEST).and_then(|value| value.to_str().ok());
    destination.is_some_and(|destination| DESTINATIONS.contains(&destination))
        || ENDINGS.iter().any(|ending| head.uri.path().ends_with(ending))
}
