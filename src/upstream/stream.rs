//! A response's body on its way back, chunk by chunk.
//!
//! Does not know what it carries. Invariants: a body that broke off or fell silent for too long ends in an
//! error, never in a clean end; trailers do not pass.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::BoxError;
use super::alarm::Alarm;
use super::resting::Lent;
use super::standing::Standing;

/// An upstream's body that may be silent for so long and no longer.
pub struct Streamed<B = Lent> {
    body: B,
    patience: Duration,
    /// Until when a chunk is awaited.
    silent_until: Option<Instant>,
    /// None before one was.
    alarm: Option<Alarm>,
    /// Who is told, once, when it breaks off, and of which upstream.
    witness: Option<(Arc<Standing>, usize)>,
}

#[derive(Debug, thiserror::Error)]
#[error("upstream fell silent")]
struct Silent;

impl<B> Streamed<B> {
    pub(super) fn new(body: B, patience: Duration) -> Self {
        Self { body, patience, silent_until: None, alarm: None, witness: None }
    }

    /// The same, of an upstream that answers for it.
    pub(super) fn of(self, standing: &Arc<Standing>, upstream: usize) -> Self {
        Self { witness: Some((Arc::clone(standing), upstream)), ..self }
    }

    fn break_off(&mut self, reason: &'static str) {
        if let Some((standing, upstream)) = self.witness.take() {
            standing.broke_off(upstream, reason);
        }
    }
}

impl<B> Body for Streamed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.silent_until = None;
                if let Some(Err(_)) = &frame {
                    self.break_off("answer_cut");
                }
                // Trailers come last: without them the body ends here.
                Poll::Ready(
                    frame
                        .map(|frame| frame.map_err(Into::into))
                        .filter(|frame| frame.as_ref().map_or(true, Frame::is_data)),
                )
            }
            Poll::Pending => {
                let patience = self.patience;
                let until = *self.silent_until.get_or_insert_with(|| Instant::now() + patience);
                let alarm = self.alarm.get_or_insert_with(|| Alarm::at(until));
                // Set for an earlier chunk, it rings in vain.
                while Instant::now() < until {
                    ready!(alarm.poll_until(until, cx));
                }
                self.break_off("answer_silent");
                Poll::Ready(Some(Err(Silent.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::HeaderMap;
    use http_body_util::BodyExt;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::sleep;

    const PATIENCE: Duration = Duration::from_millis(100);

    /// A body of what is sent to it.
    struct Fed(UnboundedReceiver<Frame<Bytes>>);

    impl Body for Fed {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            self.0.poll_recv(cx).map(|frame| frame.map(Ok))
        }
    }

    #[tokio::test]
    async fn a_silent_body_ends_in_an_error_and_a_slow_one_does_not() {
        let (feed, body) = unbounded_channel();
        let mut streamed = Streamed::new(Fed(body), PATIENCE);
        for _ in 0..3 {
            sleep(PATIENCE * 2).await; // nobody asks, so nobody is silent
            let (frame, ()) = tokio::join!(streamed.frame(), async {
                sleep(PATIENCE / 2).await;
                feed.send(Frame::data(Bytes::from_static(b"x"))).unwrap();
            });
            assert!(frame.unwrap().is_ok());
        }
        assert!(streamed.frame().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn trailers_do_not_pass() {
        let (feed, body) = unbounded_channel();
        feed.send(Frame::data(Bytes::from_static(b"x"))).unwrap();
        feed.send(Frame::trailers(HeaderMap::new())).unwrap();
        drop(feed);
        let whole = Streamed::new(Fed(body), PATIENCE).collect().await.unwrap();
        assert!(whole.trailers().is_none());
        assert_eq!(whole.to_bytes(), "x");
    }
}
