//! A whole body within its limit and its time.
//!
//! Does not know what a body means. Invariants: never more than the limit is held, nor more than there is room for;
//! trailers are dropped.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::room::Held;

/// Why there is no whole body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    #[error("body is too large")]
    TooLarge,
    #[error("body came too slowly")]
    TooSlow,
    #[error("body is malformed or broke off")]
    Broken,
    #[error("body finds no room now")]
    NoRoom,
}

/// Gathers a body, in room that is held. One whose declared length is above the limit is not read at all.
pub async fn gather<B>(
    body: B,
    limit: usize,
    deadline: Duration,
    held: &mut Held<'_>,
) -> Result<Bytes, Incomplete>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if usize::try_from(body.size_hint().lower()).map_or(true, |declared| declared > limit) {
        return Err(Incomplete::TooLarge);
    }
    timeout(deadline, read(body, limit, held)).await.unwrap_or(Err(Incomplete::TooSlow))
}

async fn read<B>(mut body: B, limit: usize, held: &mut Held<'_>) -> Result<Bytes, Incomplete>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut only = Bytes::new(); // most bodies are one chunk, and stay where they are
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|_| Incomplete::Broken)?.into_data() else { continue };
        if chunk.len() > limit - only.len() - whole.len() {
            return Err(Incomplete::TooLarge);
        }
        if !held.grow(chunk.len()) {
            return Err(Incomplete::NoRoom);
        }
        if only.is_empty() && whole.is_empty() {
            only = chunk;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut only));
            whole.extend_from_slice(&chunk);
        }
    }
    Ok(if whole.is_empty() { only } else { whole.freeze() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proxy::room::Room;
    use crate::upstream::BoxError;
    use http::HeaderMap;
    use http_body::Frame;
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    const SOON: Duration = Duration::from_millis(50);

    /// Frames one by one, then an end, or silence.
    struct Frames(VecDeque<Result<Frame<Bytes>, BoxError>>, bool);

    impl Body for Frames {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            match self.0.pop_front() {
                None if self.1 => Poll::Pending,
                frame => Poll::Ready(frame),
            }
        }
    }

    async fn gathered(chunks: &[&'static str], limit: usize) -> Result<Bytes, Incomplete> {
        let frames =
            chunks.iter().map(|chunk| Ok(Frame::data(Bytes::from_static(chunk.as_bytes())))).collect();
        gather(Frames(frames, false), limit, SOON, &mut Room::new(limit).hold()).await
    }

    #[tokio::test]
    async fn chunks_become_one_body_up_to_the_limit() {
        assert_eq!(gathered(&[], 4).await, Ok(Bytes::new()));
        assert_eq!(gathered(&["abcd"], 4).await.unwrap(), "abcd");
        assert_eq!(gathered(&["ab", "", "c", "d"], 4).await.unwrap(), "abcd");
        assert_eq!(gathered(&["abcde"], 4).await, Err(Incomplete::TooLarge));
        assert_eq!(gathered(&["ab", "cd", "e"], 4).await, Err(Incomplete::TooLarge));
    }

    #[tokio::test]
    async fn a_declared_length_above_the_limit_is_not_read() {
        let body = http_body_util::Full::new(Bytes::from_static(b"abcde"));
        assert_eq!(gather(body, 4, SOON, &mut Room::new(9).hold()).await, Err(Incomplete::TooLarge));
    }

    #[tokio::test]
    async fn a_silent_or_broken_body_is_no_body() {
        let room = Room::new(9);
        let silent = gather(Frames(VecDeque::new(), true), 4, SOON, &mut room.hold()).await;
        assert_eq!(silent, Err(Incomplete::TooSlow));
        let broken = VecDeque::from([Ok(Frame::data(Bytes::from_static(b"a"))), Err("cut".into())]);
        let broken = gather(Frames(broken, false), 4, SOON, &mut room.hold()).await;
        assert_eq!(broken, Err(Incomplete::Broken));
    }

    #[tokio::test]
    async fn a_body_that_finds_no_room_is_not_held() {
        let room = Room::new(5);
        let mut other = room.hold();
        assert!(other.grow(2));
        let frames = || {
            let chunks = ["ab", "cd"].map(|chunk| Ok(Frame::data(Bytes::from_static(chunk.as_bytes()))));
            Frames(chunks.into(), false)
        };
        assert_eq!(gather(frames(), 4, SOON, &mut room.hold()).await, Err(Incomplete::NoRoom));
        drop(other);
        assert_eq!(gather(frames(), 4, SOON, &mut room.hold()).await.unwrap(), "abcd");
    }

    #[tokio::test]
    async fn trailers_are_dropped() {
        let frames = VecDeque::from([
            Ok(Frame::data(Bytes::from_static(b"a"))),
            Ok(Frame::trailers(HeaderMap::new())),
        ]);
        assert_eq!(gather(Frames(frames, false), 4, SOON, &mut Room::new(9).hold()).await.unwrap(), "a");
    }
}
