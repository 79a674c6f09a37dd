//! An answer's body on its way home: as it streams, in pieces, or whole.
//!
//! Knows how bodies are gathered and cut; what is treated is the engine's matter, and whom it goes to [`Homeward`]'s.
//! Invariants: no text passes without the vendor's names in it having become the visitor's side; what cannot be read
//! does not pass, in part or whole.

use std::sync::atomic::Ordering::Relaxed;

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED,
};
use http::{Response, StatusCode, response};
use http_body::Body;
use http_body_util::{BodyExt, Full};

use super::super::ResponseBody;
use super::super::body;
use super::super::error::Failure;
use super::super::pieces::{Cutting, Resumed};
use super::super::record::Record;
use super::super::rewriting::{Rewriting, Undone};
use super::Homeward;
use crate::privacy::surface::response::{self as answer, Brought, Manner, Origin, Pieces, Reading, Undoing};
use crate::privacy::{Left, Refusal, Undecodable};
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

impl Homeward {
    /// The upstream's answer as the visitor may have it.
    pub async fn bring(
        &self,
        answer: Response<Streamed>,
        brought: &Brought,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure> {
        let (mut head, body) = answer.into_parts();
        let reading = Reading::of(&head.headers);
        let upstreams = self.route.policy.reads_answers().then(|| head.headers.clone());
        self.read_head(&mut head, brought)?;
        let Some(reading) = reading else {
            return match upstreams.filter(|_| !body.is_end_stream()) {
                None => Ok(Response::from_parts(head, body.boxed_unsync())),
                // Boxed, as below: few answers are read by rules, and no exchange should be as large as those.
                Some(upstreams) => Box::pin(self.untouched(head, body, &upstreams, record)).await,
            };
        };
        if head.status == StatusCode::PARTIAL_CONTENT {
            return self.unreadable(head, body, Refusal::Partial);
        }
        // An answer to HEAD has the labels of a body, and none.
        if body.is_end_stream() {
            without(&mut head.headers, &OF_THE_BYTES);
            without(&mut head.headers, &[CONTENT_ENCODING]);
            return Ok(Response::from_parts(head, body.boxed_unsync()));
        }
        let body = if reading.codings.is_empty() {
            body.boxed_unsync()
        } else {
            match Undoing::new(&reading.codings) {
                Err(refusal) => return self.unreadable(head, body, refusal),
                Ok(undoing) => Undone::new(body, undoing).boxed_unsync(),
            }
        };
        // What the visitor's browser could undo, nobody asked.
        without(&mut head.headers, &[CONTENT_ENCODING]);
        let body = match upstreams {
            None if !reading.is_plain => self.rewritten(reading, body, &mut head)?,
            None => Box::pin(self.perhaps_polled(reading, body, &mut head, record)).await?,
            Some(mut upstreams) => {
                upstreams.remove(CONTENT_ENCODING);
                Box::pin(self.read(reading, body, &upstreams, &mut head, record)).await?
            }
        };
        Ok(Response::from_parts(head, body))
    }

    /// What no browser takes for text; where a rule speaks of answers, the beginning may say otherwise.
    async fn untouched(
        &self,
        mut head: response::Parts,
        body: Streamed,
        upstreams: &HeaderMap,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure> {
        let body = match Manner::of(upstreams) {
            Manner::ByItsBeginning => match begin(body.boxed_unsync(), answer::begins_like_json).await? {
                (true, body) => self.whole(body.boxed_unsync(), upstreams, &mut head, record).await?,
                (false, body) => body.boxed_unsync(),
            },
            _ => self.whole(body.boxed_unsync(), upstreams, &mut head, record).await?,
        };
        Ok(Response::from_parts(head, body))
    }

    /// A text where rules speak of answers.
    async fn read(
        &self,
        reading: Reading,
        body: ResponseBody,
        upstreams: &HeaderMap,
        head: &mut response::Parts,
        record: &mut Record,
    ) -> Result<ResponseBody, Failure> {
        match Manner::of(upstreams) {
            Manner::Whole => self.whole(body, upstreams, head, record).await,
            Manner::Pieces(cut) => {
                without(&mut head.headers, &OF_THE_BYTES);
                Ok(Cutting::new(body, Pieces::new(cut), self.clone()).boxed_unsync())
            }
            Manner::ByItsBeginning => match begin(body, answer::begins_like_json).await? {
                (true, body) => self.whole(body.boxed_unsync(), upstreams, head, record).await,
                (false, body) => self.rewritten(reading, body.boxed_unsync(), head),
            },
        }
    }

    /// A plain text: the packets of a poll tell their lengths, so they are changed as a whole.
    async fn perhaps_polled(
        &self,
        reading: Reading,
        body: ResponseBody,
        head: &mut response::Parts,
        record: &mut Record,
    ) -> Result<ResponseBody, Failure> {
        match begin(body, answer::begins_like_lengths).await? {
            (true, body) => self.whole(body.boxed_unsync(), &HeaderMap::new(), head, record).await,
            (false, body) => self.rewritten(reading, body.boxed_unsync(), head),
        }
    }

    /// A text in which only the vendor's names change.
    fn rewritten(
        &self,
        reading: Reading,
        body: ResponseBody,
        head: &mut response::Parts,
    ) -> Result<ResponseBody, Failure> {
        without(&mut head.headers, &OF_THE_BYTES);
        let (host, path) = (self.host(), format!("{}{}", self.route.upstream.base_path, self.target.path()));
        let Reading { kind, charset, is_sure, .. } = reading;
        let text = self.route.names.text(&self.home(), Origin { host: &host, path: &path, kind, charset });
        let text = text.without(self.route.policy.echo(&self.visitor, &self.pseudonyms()?));
        Rewriting::new(body, text, is_sure, self.clone()).begun()
    }

    /// A body that is treated as a whole.
    async fn whole(
        &self,
        body: ResponseBody,
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
        self.is_told.fetch_or(returned.tally.tells(), Relaxed);
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
        refusal: Refusal,
    ) -> Result<Response<ResponseBody>, Failure> {
        let body = match self.route.policy.undecodable() {
            Undecodable::Refuse => return Err(Failure::UnreadableAnswer(refusal)),
            Undecodable::Remove => full(nothing(&mut head)),
            Undecodable::Keep => body.boxed_unsync(),
        };
        Ok(Response::from_parts(head, body))
    }
}

/// Looks at a body's first bytes: whether they are to be read, and the body from its beginning.
async fn begin(
    mut body: ResponseBody,
    is_to_be_read: impl Fn(&[u8], bool) -> Option<bool>,
) -> Result<(bool, Resumed<ResponseBody>), Failure> {
    let mut beginning = BytesMut::new();
    let mut ended = body.is_end_stream();
    loop {
        if let Some(verdict) = is_to_be_read(&beginning, ended) {
            return Ok((verdict, Resumed::new(beginning.freeze(), body)));
        }
        match body.frame().await {
            Some(Ok(frame)) => beginning.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Some(Err(error)) => return Err(Failure::of_an_answer(error)),
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

pub fn full(bytes: Bytes) -> ResponseBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
