//! Bodies on their way home that are changed as they stream: undone where they were coded, and looked through for the
//! vendor's names.
//!
//! Does not know what is looked for. Invariants: what may go on does so with the chunk that brought it; what cannot be
//! undone ends the body in an error, never in a clean end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::FutureExt;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use super::ResponseBody;
use super::error::Failure;
use super::homeward::{Homeward, full};
use super::pieces::Resumed;
use crate::privacy::surface::response::{Text, Undoing, is_text};
use crate::upstream::BoxError;

/// So much of a body that is there already is looked through before its head goes on, so that its length is known.
const AT_ONCE: usize = 64 * 1024;

/// A body without its codings.
pub struct Undone<B> {
    body: B,
    /// None once it ended.
    undoing: Option<Undoing>,
}

impl<B> Undone<B> {
    pub const fn new(body: B, undoing: Undoing) -> Self {
        Self { body, undoing: Some(undoing) }
    }
}

impl<B> Body for Undone<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            let Some(mut undoing) = self.undoing.take() else { return Poll::Ready(None) };
            let mut out = Vec::new();
            let polled = Pin::new(&mut self.body).poll_frame(cx);
            let undone = match polled {
                Poll::Pending => {
                    self.undoing = Some(undoing);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => {
                    let undone = undoing.push(&frame.into_data().unwrap_or_default(), &mut out);
                    self.undoing = Some(undoing);
                    undone
                }
                Poll::Ready(None) => undoing.finish(&mut out),
            };
            if let Err(refusal) = undone {
                self.undoing = None;
                return Poll::Ready(Some(Err(Failure::UnreadableAnswer(refusal).into())));
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.into()))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.undoing.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::new()
    }
}

/// A text in which the vendor's names become the visitor's side.
pub struct Rewriting<B> {
    body: B,
    /// None once it ended, or where it proved to be no text.
    text: Option<Text>,
    /// Whether only its beginning can tell that it is text.
    is_sure: bool,
    homeward: Homeward,
    ended: bool,
    /// What broke it off before its beginning went on.
    broken: Option<BoxError>,
    /// Whether its beginning went on, so that nothing but its end can tell of a failure.
    is_under_way: bool,
}

impl<B> Rewriting<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin + Send + 'static,
{
    pub const fn new(body: B, text: Text, is_sure: bool, homeward: Homeward) -> Self {
        let (ended, broken, is_under_way) = (false, None, false);
        Self { body, text: Some(text), is_sure, homeward, ended, broken, is_under_way }
    }

    /// The body as it goes on: with its length where all of it is there already.
    pub fn begun(mut self) -> Result<ResponseBody, Failure> {
        let mut beginning = Vec::new();
        while beginning.len() < AT_ONCE {
            match self.frame().now_or_never() {
                None => break,
                Some(None) => return Ok(full(beginning.into())),
                Some(Some(Ok(frame))) => beginning.extend(frame.into_data().unwrap_or_default()),
                Some(Some(Err(error))) if error.is::<Failure>() => return Err(Failure::of_an_answer(error)),
                Some(Some(Err(error))) => {
                    self.broken = Some(error);
                    break;
                }
            }
        }
        self.is_under_way = true;
        Ok(Resumed::new(beginning.into(), self).boxed_unsync())
    }

    /// What may go on of what came.
    fn rewritten(&mut self, bytes: Bytes) -> Bytes {
        if !self.is_sure && !bytes.is_empty() {
            self.is_sure = true;
            self.text = self.text.take().filter(|_| is_text(&bytes));
        }
        let Some(text) = &mut self.text else { return bytes };
        let mut out = Vec::with_capacity(bytes.len());
        text.push(&bytes, &mut out);
        out.into()
    }

    /// What was held back to the end.
    fn rest(&mut self) -> Bytes {
        let Some(text) = self.text.take() else { return Bytes::new() };
        let mut out = Vec::new();
        let changes = text.finish(&mut out);
        self.homeward.changed(&changes);
        out.into()
    }
}

impl<B> Body for Rewriting<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin + Send + 'static,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        while !self.ended {
            let out = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => self.rewritten(frame.into_data().unwrap_or_default()),
                Some(Err(error)) => {
                    self.ended = true;
                    if let Some(failure) = error.downcast_ref().filter(|_| self.is_under_way) {
                        self.homeward.refused(failure);
                    }
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.ended = true;
                    self.rest()
                }
            };
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.broken.is_none()
    }
}
