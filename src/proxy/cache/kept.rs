//! A body that is kept as it goes home.
//!
//! Does not know who waits for it. Invariant: only what went home whole is kept, and only if it says nothing of who
//! asked.

use std::fmt::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{ETAG, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use sha2::{Digest, Sha256};

use super::turns::Leader;
use super::{Entry, Key, Lasting};
use crate::proxy::ResponseBody;
use crate::proxy::homeward::Homeward;
use crate::upstream::BoxError;

pub struct Keeping {
    body: ResponseBody,
    homeward: Homeward,
    key: Key,
    /// Others wait for this.
    leader: Option<Leader>,
    /// None once it was kept or given up.
    entry: Option<Entry>,
    came: Vec<u8>,
    /// How much of it there may be.
    room: usize,
}

impl Keeping {
    pub fn new(body: ResponseBody, lasting: Lasting, entry: Entry, room: usize, homeward: Homeward) -> Self {
        let Lasting { key, leader, .. } = lasting;
        Self { body, homeward, key, leader, entry: Some(entry), came: Vec::new(), room }
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.came.len() + bytes.len() > self.room {
            self.give_up();
        } else if self.entry.is_some() {
            self.came.extend_from_slice(bytes);
        }
    }

    fn keep(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        let body = Bytes::from(std::mem::take(&mut self.came));
        let told = self.homeward.tells(&String::from_utf8_lossy(&body));
        let entry = (!told).then(|| entry.complete(body));
        self.homeward.shared.cache.lock().end(&self.key, entry);
        self.leader = None;
    }

    fn give_up(&mut self) {
        if self.entry.take().is_some() {
            self.came = Vec::new();
            self.homeward.shared.cache.lock().end(&self.key, None);
            self.leader = None;
        }
    }
}

impl Entry {
    /// With its body, and a tag made of it.
    fn complete(mut self, body: Bytes) -> Self {
        let mut tag = String::from("\"");
        for byte in &Sha256::digest(&body)[..16] {
            let _ = write!(tag, "{byte:02x}");
        }
        tag.push('"');
        self.headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
        self.body = body;
        self
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        // Whoever asks for the length alone does not ask for the end.
        if self.body.is_end_stream() { self.keep() } else { self.give_up() }
    }
}

impl Body for Keeping {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => self.take(frame.data_ref().map_or(&[][..], |data| data)),
            Some(Err(_)) => self.give_up(),
            None => self.keep(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
