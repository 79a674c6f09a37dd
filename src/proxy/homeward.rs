//! The way home: an answer's head read, and its body treated where a rule speaks of it.
//!
//! Knows how a body comes home (as it streams, in pieces, or whole) and whom it goes to; what is treated is the
//! engine's matter. Invariants: where no rule speaks of answers, their bodies stream unread; where one does, what cannot
//! be read does not pass, in part or whole.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName,
    LAST_MODIFIED,
};
use http::request::Parts;
use http::{Response, response};
use http_body::Body;
use http_body_util::{BodyExt, Full};

use super::body::{self, Incomplete};
use super::error::Failure;
use super::keys::{self, NoKey};
use super::pieces::{Cutting, Resumed};
use super::record::Record;
use super::shared::Shared;
use super::{Peer, ResponseBody};
use crate::config::{Route, Settings};
use crate::privacy::surface::response::{
    self as answer, Brought, Cut, Elsewhere, Manner, Pieces, ResponseScope,
};
use crate::privacy::{self, Home, Left, Message, Pseudonyms, Refusal, Returned, Tally, Undecodable, Visitor};
use crate::upstream::Streamed;

/// What describes the bytes of a body, and nothing else once they are others.
const OF_THE_BYTES: [HeaderName; 8] = [
    ACCEPT_RANGES,
    CONTENT_RANGE,
    ETAG,
    LAST_MODIFIED,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
];

/// Whom an exchange's answer, or a socket's messages, go home to.
#[derive(Clone)]
pub struct Homeward {
    pub shared: Arc<Shared>,
    pub route: Arc<Route>,
    pub visitor: Visitor,
    /// Host and port as the visitor asked for them.
    authority: Box<str>,
    secure: bool,
    /// How long a whole answer may take.
    deadline: Duration,
}

impl Homeward {
    pub fn of(
        shared: &Arc<Shared>,
        route: &Arc<Route>,
        head: &Parts,
        visitor: Visitor,
        peer: Peer,
        settings: &Settings,
    ) -> Self {
        let line = || head.headers.get(HOST).and_then(|line| line.to_str().ok());
        let authority = head.uri.authority().map(|authority| authority.as_str()).or_else(line);
        Self {
            shared: Arc::clone(shared),
            route: Arc::clone(route),
            visitor,
            authority: authority.unwrap_or_default().into(),
            secure: peer.tls,
            deadline: settings.limits.upstream_response,
        }
    }

    /// The upstream's answer as the visitor may have it.
    pub async fn bring(
        &self,
        answer: Response<Streamed>,
        brought: &Brought,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure> {
        let (mut head, body) = answer.into_parts();
        // An answer to HEAD has the labels of a body, and none.
        if !self.route.policy.reads_answers() || body.is_end_stream() {
            self.read_head(&mut head, brought)?;
            return Ok(Response::from_parts(head, body.boxed_unsync()));
        }
        let upstreams = head.headers.clone();
        self.read_head(&mut head, brought)?;
        let body = match Manner::of(&upstreams) {
            Manner::Whole => {
                self.whole(Resumed::new(Bytes::new(), body), &upstreams, &mut head, record).await?
            }
            Manner::Pieces(cut) => {
                without(&mut head.headers, &OF_THE_BYTES);
                Cutting::new(body, Pieces::new(cut), self.clone()).boxed_unsync()
            }
            Manner::ByItsBeginning => match begin(body).await? {
                (true, body) => self.whole(body, &upstreams, &mut head, record).await?,
                (false, body) => body.boxed_unsync(),
            },
            Manner::Unreadable => return self.unreadable(head, body),
        };
        Ok(Response::from_parts(head, body))
    }

    /// Leaves in an answer's head what the visitor may know.
    pub fn read_head(&self, head: &mut response::Parts, brought: &Brought) -> Result<(), Elsewhere> {
        let route = &self.route;
        let Some(mount) = route.mounts.first() else { return Err(Elsewhere) };
        let scope = ResponseScope {
            home: self.home(),
            route: mount,
            beside: route.mounts.get(1..=route.spread.others.len()).unwrap_or_default(),
            allowed: &|name| route.policy.may_set_cookie(name),
            longest: &|name| route.policy.longest_cookie(name),
            rule: &|name| route.policy.response_header(name),
            brought,
            now: keys::seconds(),
        };
        answer::scrub(head, &scope)
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

    /// Tells the metrics of something that could not be read once its answer had begun.
    pub fn refused(&self, failure: &Failure) {
        self.shared.metrics.of(&self.route.name).refusal(failure.reason());
    }

    /// A body that is treated as a whole.
    async fn whole(
        &self,
        body: Resumed,
        upstreams: &HeaderMap,
        head: &mut response::Parts,
        record: &mut Record,
    ) -> Result<ResponseBody, Failure> {
        let mut held = self.shared.room.hold();
        let gathered = body::gather(body, self.route.body_limit, self.deadline, &mut held).await;
        let bytes = gathered.map_err(Failure::IncompleteAnswer)?;
        let pseudonyms = self.pseudonyms()?;
        let returned = self.route.policy.scrub_answer(upstreams, &bytes, self.whom(&pseudonyms));
        let returned = returned.map_err(Failure::UnreadableAnswer)?;
        record.count(&returned.tally);
        Ok(full(match returned.left {
            Left::AsItCame => bytes,
            Left::Changed(new) => {
                without(&mut head.headers, &OF_THE_BYTES);
                new
            }
            Left::Nothing => nothing(head),
        }))
    }

    /// An answer that never can be read, as the route says.
    fn unreadable(
        &self,
        mut head: response::Parts,
        body: Streamed,
    ) -> Result<Response<ResponseBody>, Failure> {
        let body = match self.route.policy.undecodable() {
            Undecodable::Refuse => return Err(Failure::UnreadableAnswer(Refusal::UnknownEncoding)),
            Undecodable::Remove => full(nothing(&mut head)),
            Undecodable::Keep => body.boxed_unsync(),
        };
        Ok(Response::from_parts(head, body))
    }

    fn home(&self) -> Home<'_> {
        Home { authority: &self.authority, secure: self.secure, mounts: &self.route.mounts }
    }

    fn whom<'a>(&'a self, pseudonyms: &'a Pseudonyms) -> privacy::Homeward<'a> {
        privacy::Homeward { visitor: &self.visitor, pseudonyms, home: self.home() }
    }

    fn pseudonyms(&self) -> Result<Pseudonyms, NoKey> {
        self.shared.keys.pseudonyms(&self.route)
    }

    fn count(&self, tally: &Tally) {
        self.shared.metrics.of(&self.route.name).treated(tally);
    }
}

/// Looks at a body's first bytes: whether they are to be read, and the body from its beginning.
async fn begin(mut body: Streamed) -> Result<(bool, Resumed), Failure> {
    let mut beginning = BytesMut::new();
    let mut ended = body.is_end_stream();
    loop {
        if let Some(verdict) = answer::begins_like_json(&beginning, ended) {
            return Ok((verdict, Resumed::new(beginning.freeze(), body)));
        }
        match body.frame().await {
            Some(Ok(frame)) => beginning.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Some(Err(_)) => return Err(Failure::IncompleteAnswer(Incomplete::Broken)),
            None => ended = true,
        }
    }
}

/// An answer without a body says nothing of one.
fn nothing(head: &mut response::Parts) -> Bytes {
    without(&mut head.headers, &OF_THE_BYTES);
    without(&mut head.headers, &[CONTENT_ENCODING, CONTENT_TYPE]);
    Bytes::new()
}

fn without(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

fn full(bytes: Bytes) -> ResponseBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
