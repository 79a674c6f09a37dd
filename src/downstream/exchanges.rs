//! The exchanges of one connection: each request handed on, and what is known while its answer is on the way.
//!
//! Knows whom to ask, and what an answer may go on as; does not know how HTTP is spoken. Invariant: an exchange lasts
//! until its answer's last byte was given out, and its connection's [`Activity`] knows of it for as long.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::activity::{Activity, Exchange};
use super::called::Called;
use super::shutdown::Stop;
use super::strict::mentions_websocket;
use crate::proxy::{Afterwards, Answer, BoxFuture, Conversation, Peer, ResponseBody};

/// Hands each request of a connection on, and knows how long its answer takes.
pub struct Exchanges {
    pub answer: Arc<dyn Answer>,
    pub address: IpAddr,
    pub listener: usize,
    pub tls: bool,
    /// The name the visitor called while shaking hands.
    pub called: Option<Called>,
    pub activity: Arc<Activity>,
    pub stop: Stop,
    /// What an HTTP/1 connection goes on with once its answer is written.
    pub afterwards: Mutex<Option<Conversation>>,
}

impl Exchanges {
    pub fn afterwards(&self) -> MutexGuard<'_, Option<Conversation>> {
        self.afterwards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same, as hyper calls it: each exchange holds it for as long as it lasts.
pub struct Serving(pub Arc<Exchanges>);

impl Service<Request<Incoming>> for Serving {
    type Response = Response<Offered>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let exchanges = Arc::clone(&self.0);
        let stream = (request.version() == Version::HTTP_2).then(|| hyper::upgrade::on(&mut request));
        let wished = stream.is_none() && request.headers().get_all(UPGRADE).iter().any(is_wish);
        if let Some(called) = &exchanges.called {
            called.mark(&mut request);
        }
        let exchange = exchanges.activity.begin_exchange();
        let Exchanges { address, listener, tls, .. } = *exchanges;
        let answer = Arc::clone(&exchanges.answer).answer(request, Peer { address, listener, tls });
        Box::pin(async move {
            let mut answer = answer.await;
            match (Afterwards::take(&mut answer), stream) {
                (Some(conversation), Some(stream)) => {
                    let (exchange, stop) = (exchanges.activity.begin_exchange(), exchanges.stop.clone());
                    tokio::spawn(hold(conversation, stream, exchange, stop));
                }
                (Some(conversation), None) => *exchanges.afterwards() = Some(conversation),
                // Since the wish, what comes is not read as HTTP; since the drain, nothing more should come.
                (None, stream) if wished || (stream.is_none() && exchanges.stop.is_draining()) => {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                (None, _) => {}
            }
            Ok(answer.map(|body| Offered { body, exchange }))
        })
    }
}

/// Ready when a drain begins.
pub fn draining(stop: Stop) -> BoxFuture<'static, ()> {
    Box::pin(async move { stop.draining().await })
}

fn is_wish(upgrade: &HeaderValue) -> bool {
    mentions_websocket(upgrade.as_bytes())
}

/// Goes on with one stream of a connection, which has an exchange for as long as that takes.
async fn hold(conversation: Conversation, stream: OnUpgrade, exchange: Exchange, stop: Stop) {
    if let Ok(stream) = stream.await {
        conversation.hold(Box::new(TokioIo::new(stream)), Bytes::new(), draining(stop)).await;
    }
    drop(exchange);
}

/// An answer's body, which notes when a piece is given out and when the next is asked for.
pub struct Offered {
    body: ResponseBody,
    exchange: Exchange,
}

impl Body for Offered {
    type Data = Bytes;
    type Error = <ResponseBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.exchange.taken();
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.exchange.offer();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{FutureExt, StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::super::activity::{Overdue, Patience};
    use super::*;
    use crate::proxy::BoxError;

    #[tokio::test]
    async fn while_the_vendor_pauses_in_an_answer_the_visitor_owes_nothing() {
        let activity = Activity::new();
        let second = Duration::from_secs(1);
        let patience = Patience { head: None, idle: second, rest: None, answer: second };
        let owes = || activity.due(&patience).is_some_and(|(_, overdue)| overdue == Overdue::Answer);
        let piece = Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"a")));
        let body = StreamBody::new(stream::iter([piece]).chain(stream::pending())).boxed_unsync();
        let mut offered = Offered { body, exchange: activity.begin_exchange() };
        assert!(offered.frame().await.is_some_and(|frame| frame.is_ok()) && owes());
        assert!(offered.frame().now_or_never().is_none() && !owes(), "it asked for more");
    }
}
