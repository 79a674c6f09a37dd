//! A place's upstreams as one: which is asked, and whether a request goes out once more.
//!
//! Knows clients and how they stand; does not know how a request is sent. Invariant: a request goes out again only
//! when it is certain that nobody did anything with it, or when its method is idempotent (RFC 9110 §9.2.2) and the
//! connection, which had served before, was lost without a word. To an upstream that may have seen it, it goes once
//! more, on a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::Instant;

use super::UpstreamError;
use super::client::Client;
use super::socket::Opened;
use super::standing::{Pending, Standing};
use super::stream::Streamed;
use crate::config::{Limits, Upstream};
use crate::privacy::Scrubbed;

/// The way out of one of a route's places, for one worker.
pub struct Upstreams {
    /// In the order of the settings.
    clients: Vec<Client>,
    standing: Arc<Standing>,
    deadline: Duration,
}

type Sealed = Scrubbed<Request<Bytes>>;

impl Upstreams {
    pub fn new(
        upstreams: impl Iterator<Item = Upstream>,
        limits: &Limits,
        standing: Arc<Standing>,
    ) -> Result<Self, UpstreamError> {
        let clients = upstreams.map(|upstream| Client::new(&upstream, limits));
        Ok(Self { clients: clients.collect::<Result<_, _>>()?, standing, deadline: limits.upstream_response })
    }

    /// Sends a request and waits for the head of its answer; the body follows as it comes. Requests of one `mark` go
    /// to one upstream for as long as it stands.
    pub async fn send(
        &self,
        request: &Sealed,
        mark: Option<u64>,
    ) -> Result<Response<Streamed>, UpstreamError> {
        let deadline = Instant::now() + self.deadline;
        let mut tried = Vec::new();
        loop {
            let pending = self.choose(mark, &tried)?;
            let client = &self.clients[pending.upstream];
            let error = match self.noted(client.send(request, deadline).await, &pending) {
                Err(error) => error,
                answer => return answer,
            };
            let is_idempotent = request.as_inner().method().is_idempotent();
            match error {
                error if error.is_unsent() && self.has_more(&tried) => {
                    self.standing.sent_again();
                    tried.push(pending.upstream);
                }
                UpstreamError::Stale if !is_idempotent => return Err(error),
                UpstreamError::Stale | UpstreamError::Refused => {
                    self.standing.sent_again();
                    return self.noted(client.send_afresh(request, deadline).await, &pending);
                }
                error => return Err(error),
            }
        }
    }

    /// Asks for a socket; `limit` bounds each message.
    pub async fn open(
        &self,
        request: &Sealed,
        limit: usize,
        mark: Option<u64>,
    ) -> Result<Opened, UpstreamError> {
        let deadline = Instant::now() + self.deadline;
        let mut tried = Vec::new();
        loop {
            let pending = self.choose(mark, &tried)?;
            let upstream = pending.upstream;
            match self.clients[upstream].open(request, limit, deadline).await {
                Ok(Opened::Answer(answer)) => {
                    return self.noted(Ok(answer), &pending).map(Opened::Answer);
                }
                Ok(Opened::Socket(head, socket)) => {
                    self.standing.answered(upstream, head.status());
                    return Ok(Opened::Socket(head, socket));
                }
                Err(error) => {
                    self.standing.failed(upstream, error);
                    if !error.is_unsent() || !self.has_more(&tried) {
                        return Err(error);
                    }
                    self.standing.sent_again();
                    tried.push(upstream);
                }
            }
        }
    }

    fn choose(&self, mark: Option<u64>, tried: &[usize]) -> Result<Pending<'_>, UpstreamError> {
        self.standing.choose(mark, tried).ok_or(UpstreamError::Connect)
    }

    /// Whether an upstream is left after the one that is being asked.
    fn has_more(&self, tried: &[usize]) -> bool {
        tried.len() + 1 < self.clients.len()
    }

    /// The same result, which the standing has heard of.
    fn noted(
        &self,
        result: Result<Response<Streamed>, UpstreamError>,
        Pending { upstream, .. }: &Pending<'_>,
    ) -> Result<Response<Streamed>, UpstreamError> {
        match result {
            Ok(answer) => {
                self.standing.answered(*upstream, answer.status());
                Ok(answer.map(|body| body.of(&self.standing, *upstream)))
            }
            Err(error) => {
                self.standing.failed(*upstream, error);
                Err(error)
            }
        }
    }
}
