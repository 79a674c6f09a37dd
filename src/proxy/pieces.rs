//! Bodies on their way home that are not passed on as they stream: one whose beginning was looked at, and one that is
//! treated piece by piece.
//!
//! Does not know what a piece means. Invariants: a piece goes on as soon as it is complete; none is longer than the
//! route's limit, and one that cannot be read ends the body in an error, never in a clean end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::error::Failure;
use super::homeward::Homeward;
use crate::privacy::Left;
use crate::privacy::surface::response::Pieces;
use crate::upstream::BoxError;

/// A body with the bytes that were read of it put before it again.
pub struct Resumed<B> {
    beginning: Bytes,
    rest: B,
}

impl<B> Resumed<B> {
    pub const fn new(beginning: Bytes, rest: B) -> Self {
        Self { beginning, rest }
    }
}

impl<B> Body for Resumed<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.beginning.is_empty() {
            return Pin::new(&mut self.rest).poll_frame(cx);
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.beginning)))))
    }

    fn is_end_stream(&self) -> bool {
        self.beginning.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, read) = (self.rest.size_hint(), self.beginning.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

/// A body whose pieces are treated, each when it is complete.
pub struct Cutting<B> {
    body: B,
    pieces: Pieces,
    homeward: Homeward,
    ended: bool,
}

impl<B> Cutting<B> {
    pub const fn new(body: B, pieces: Pieces, homeward: Homeward) -> Self {
        Self { body, pieces, homeward, ended: false }
    }

    /// What is complete, treated.
    fn treated(&mut self) -> Result<Bytes, Failure> {
        let mut out = BytesMut::new();
        while let Some(piece) = self.pieces.complete() {
            self.treat(&piece, &mut out)?;
        }
        if self.pieces.held() > self.homeward.route.body_limit {
            return Err(Failure::IncompleteAnswer(super::body::Incomplete::TooLarge));
        }
        if self.ended {
            let rest = self.pieces.rest();
            self.treat(&rest, &mut out)?;
        }
        Ok(out.freeze())
    }

    fn treat(&self, piece: &Bytes, out: &mut BytesMut) -> Result<(), Failure> {
        match self.homeward.piece(self.pieces.cut(), piece)?.left {
            Left::AsItCame => out.extend_from_slice(piece),
            Left::Changed(new) => out.extend_from_slice(&new),
            Left::Nothing => {}
        }
        Ok(())
    }
}

impl<B> Body for Cutting<B>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        while !self.ended {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => self.ended = true,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => self.pieces.push(&frame.into_data().unwrap_or_default()),
            }
            match self.treated() {
                Ok(out) if out.is_empty() => {}
                Ok(out) => return Poll::Ready(Some(Ok(Frame::data(out)))),
                Err(failure) => {
                    self.ended = true;
                    self.homeward.refused(&failure);
                    return Poll::Ready(Some(Err(failure.into())));
                }
            }
        }
        Poll::Ready(None)
    }
}
