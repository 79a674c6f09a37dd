//! One exchange: the story, in order.
//!
//! Knows each step's name and nothing of how it is done. Invariants: every exchange ends in a response, one log
//! line and its counters, none of which holds a value of the visitor; the visitor is forgotten when it ends.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{HeaderName, ORIGIN};
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;

use super::arrival::Arrival;
use super::cache::Asked;
use super::choice::Next;
use super::crowds::Door;
use super::error::Failure;
use super::handshake::Wish;
use super::homeward::Homeward;
use super::own::Own;
use super::record::Record;
use super::router::Found;
use super::shared::{Generation, Shared};
use super::{BoxError, Peer, ResponseBody, body, choice, cors, handshake, hop, own, router, socket};
use crate::metrics::Counts;
use crate::privacy::surface::response::Brought;
use crate::privacy::{Policy, Scrubbed, Treated};

/// Tracking Preference Expression §6.4: what became of a request that bears `DNT`.
const TK: HeaderName = HeaderName::from_static("tk");

/// What is counted as a route where there is none.
const NOWHERE: &str = "none";

/// Answers visitors for one worker thread, with connections of its own.
pub struct Proxy {
    pub(super) shared: Arc<Shared>,
    generation: ArcSwap<Generation>,
}

impl Proxy {
    pub fn new(shared: Arc<Shared>) -> Self {
        let generation = ArcSwap::from_pointee(Generation::new(shared.settings(), &shared));
        Self { shared, generation }
    }

    /// Answers one request. Never fails: failures are responses.
    ///
    /// Its head is boxed, because each step hands it on to the next: a future is as large as all that its steps hold,
    /// and is moved as a whole.
    pub async fn exchange<B>(&self, mut head: Box<Parts>, body: B, peer: Peer) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + Unpin,
        B::Error: Into<BoxError>,
    {
        let generation = self.generation();
        let settings = &*generation.settings;
        let wish = handshake::wish(&mut head);
        let (version, origin) = (head.version, head.headers.get(ORIGIN).cloned());
        let arrival = Arrival::of(peer, &head.headers, settings);
        let addressed = match own::find(&settings.routes, &head, arrival.secure) {
            Some(own) => Ok(Addressed::Own(Box::new(own))),
            None => router::find(&settings.routes, &head).map(Addressed::Route),
        };
        let (counts, readers) = match &addressed {
            Ok(Addressed::Own(own)) => (self.counts_of(own), own.readers().map(Cow::Owned)),
            Ok(Addressed::Route(found)) => {
                let route = settings.routes.get(found.number);
                (generation.counts(found.number), route.map(|route| Cow::Borrowed(&*route.site_origins)))
            }
            Err(_) => (self.shared.metrics.of(NOWHERE), None),
        };
        let mut record = Record::begin(counts);
        let answer = match addressed {
            Ok(Addressed::Own(own)) => {
                record.outcome = "own";
                // Boxed: seldom asked for, and no exchange should be as large as all of them.
                Box::pin(own::answer(&own, &head, body, settings, &self.shared, arrival.address)).await
            }
            Ok(Addressed::Route(found)) => match wish {
                Ok(wish) => self.consider(&generation, found, (head, body), arrival, wish, &mut record).await,
                Err(unacceptable) => Err(unacceptable.into()),
            },
            Err(unroutable) => Err(unroutable.into()),
        };
        let mut response = answer.unwrap_or_else(|failure| {
            record.fail(&failure);
            failure.into_response(version)
        });
        if let Some(sites) = readers {
            cors::grant(response.headers_mut(), origin.as_ref(), &sites);
        }
        response.headers_mut().extend(record.tk.take().map(|status| (TK, status)));
        record.end(response.status());
        response
    }

    /// Asks the visitor's choice first: only what that lets pass goes further.
    async fn consider<B>(
        &self,
        generation: &Generation,
        found: Box<Found>,
        (head, body): (Box<Parts>, B),
        arrival: Arrival,
        wish: Option<Box<Wish>>,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure>
    where
        B: Body<Data = Bytes> + Send + Unpin,
        B::Error: Into<BoxError>,
    {
        let settings = &*generation.settings;
        hop::accept(&head)?;
        if let Some(answer) = cors::preflight(&head) {
            record.outcome = "preflight";
            return Ok(answer);
        }
        self.shared.rates.admit(&found.route, arrival.address)?;
        let body_limit = found.route.body_limit;
        let considered =
            choice::consider(found, &head, arrival.secure, wish.is_some(), &settings.pages.languages);
        record.tk = considered.tk;
        match (considered.next, wish) {
            (Next::Answer { response, outcome, reason }, wish) => {
                (record.outcome, record.reason) = (outcome, reason);
                if let Some(wish) = wish {
                    return Ok(socket::farewell(*wish, &head.headers));
                }
                // A body left unread would cut the connection, and the answer with it.
                let (mut held, body_read) = (self.shared.room.hold(), settings.limits.body_read);
                let _ = body::gather(body, body_limit, body_read, &mut held).await;
                Ok(*response)
            }
            (Next::Pass { found, outcome, marker }, wish) => {
                record.outcome = outcome;
                let answer = match wish {
                    Some(wish) => {
                        Box::pin(self.open_socket(generation, found, head, arrival, wish, record)).await
                    }
                    None => self.converse(generation, found, (head, body), arrival, record).await,
                };
                answer.map(|answer| choice::mark(answer, marker))
            }
        }
    }

    /// The way to the upstream and back.
    async fn converse<B>(
        &self,
        generation: &Generation,
        mut found: Box<Found>,
        (mut head, body): (Box<Parts>, B),
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Response<ResponseBody>, Failure>
    where
        B: Body<Data = Bytes> + Send + Unpin,
    {
        let settings = &generation.settings;
        hop::leave_behind(&mut head.headers);
        let brought = Brought::of(&head.headers);
        let asked = Asked::of(&head);
        let homeward = Homeward::of(&self.shared, &record.counts, &found, &head, arrival, settings)?;
        let route = &homeward.route;
        head.uri = std::mem::take(&mut found.target);
        let mut held = self.shared.room.hold();
        let body = body::gather(body, route.body_limit, settings.limits.body_read, &mut held).await?;
        let request =
            self.scrub(&homeward, Policy::scrub_request, Request::from_parts(*head, body), record)?;
        let brought = brought.shown(request.as_inner().headers());
        let key = self.shared.cache.key(&asked, &homeward, request.as_inner());
        let mut leader = None;
        if let Some(key) = &key {
            match self.shared.cache.answer_or_turn(key, &asked).await {
                Ok(kept) => {
                    record.outcome = "cached";
                    return Ok(kept);
                }
                Err(turn) => leader = turn,
            }
        }
        let sent = Instant::now();
        let mark = self.shared.mark(route, &homeward.visitor, settings);
        let answer = generation.upstreams(found.number, &found.spot)?.send(&request, mark).await?;
        record.waited(sent);
        let lasting = key.and_then(|key| self.shared.cache.lasting((key, leader), &asked, &answer));
        let answer = homeward.bring(answer, &brought, record).await?;
        Ok(match lasting {
            Some(lasting) => self.shared.cache.keep(lasting, &homeward, answer),
            None => answer,
        })
    }

    /// What the engine lets leave. Apart, so that no exchange holds what it is told besides while it waits; boxed,
    /// because it is held until it is answered.
    pub(super) fn scrub(
        &self,
        Homeward { route, visitor, .. }: &Homeward,
        door: Door<Request<Bytes>, Treated>,
        request: Request<Bytes>,
        record: &mut Record,
    ) -> Result<Box<Scrubbed<Request<Bytes>>>, Failure> {
        let Shared { keys, crowds, observations, .. } = &*self.shared;
        observations.request(route, &request, visitor);
        let pseudonyms = keys.pseudonyms(route)?;
        let treated = crowds.scrub(route, door, request, visitor, &pseudonyms)?;
        record.count(&treated.tally);
        Ok(Box::new(treated.request))
    }

    /// The settings of this moment, with this worker's clients for them.
    fn generation(&self) -> Arc<Generation> {
        let (settings, current) = (self.shared.settings(), self.generation.load_full());
        if Arc::ptr_eq(&settings, &current.settings) {
            return current;
        }
        let next = Arc::new(Generation::new(settings, &self.shared));
        self.generation.store(Arc::clone(&next));
        next
    }

    /// Where what is privet's own is counted: with the first route of its host.
    fn counts_of(&self, own: &Own) -> Arc<Counts> {
        self.shared.metrics.of(own.routes.first().map_or(NOWHERE, |route| &route.name))
    }
}

/// What a request is for.
enum Addressed {
    Own(Box<Own>),
    Route(Box<Found>),
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::Route;
    use crate::metrics::Metrics;
    use crate::proxy::shared::tests::{route, settings};
    use http::HeaderMap;
    use http_body_util::{BodyExt, Full};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const PEER: Peer =
        Peer { address: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), listener: 0, tls: false };

    /// A backend that gives one answer to each connection, and its address as a URL.
    async fn backend(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 65536]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        format!("http://{address}")
    }

    fn proxy(routes: Vec<Route>) -> (Proxy, Arc<Shared>) {
        let shared = Shared::new(settings(routes), Arc::new(Metrics::new()));
        (Proxy::new(Arc::clone(&shared)), shared)
    }

    fn request(path: &str) -> http::request::Builder {
        Request::builder()
            .method("POST")
            .uri(path)
            .header("host", "a.example")
            .header("content-type", "application/json")
    }

    async fn told(
        proxy: &Proxy,
        request: http::request::Builder,
        body: &'static str,
    ) -> (u16, HeaderMap, String) {
        let (head, body) = request.body(Full::from(body)).unwrap().into_parts();
        let response = proxy.exchange(Box::new(head), body, PEER).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn an_answer_comes_home_with_what_a_browser_may_know() {
        let url = backend(
            "HTTP/1.1 200 Fine\r\ncontent-length: 2\r\netag: x\r\ncontent-type: text/plain\r\n\r\nok",
        )
        .await;
        let (proxy, _) = proxy(vec![route("r", &url)]);
        let (status, headers, body) = told(&proxy, request("/x"), "{}").await;
        assert_eq!((status, body.as_str()), (200, "ok"));
        let names = headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>();
        assert_eq!(names, ["content-type", "access-control-allow-origin"]);
    }

    #[tokio::test]
    async fn what_cannot_be_served_ends_in_a_status_and_a_few_words() {
        let url =
            backend("HTTP/1.1 302 Found\r\nlocation: https://evil.example/\r\ncontent-length: 0\r\n\r\n")
                .await;
        let local = |path: &str, url: &str| Route { path: Some(path.to_owned()), ..route(path, url) };
        let (proxy, _) = proxy(vec![local("/away/", &url), local("/dead/", "http://127.0.0.1:1")]);
        let large: &str = Box::leak("x".repeat(2000).into_boxed_str());
        for (request, body, status, words) in [
            (request("/none"), "{}", 404, "no route for this path\n"),
            (request("/away/%2e%2e/x"), "{}", 400, "request target is malformed\n"),
            (
                request("/dead/").header("host", "b"),
                "{}",
                400,
                "host is missing, malformed or said in two ways\n",
            ),
            (
                request("/dead/").header("upgrade", "websocket"),
                "{}",
                400,
                "websocket handshake is malformed\n",
            ),
            (request("/dead/"), large, 413, "body is too large\n"),
            (request("/dead/"), "not json", 400, "body is not valid JSON\n"),
            (request("/dead/"), "{}", 502, "upstream: cannot connect\n"),
            (request("/away/"), "{}", 502, "upstream: redirects to a place outside of the route\n"),
        ] {
            let (got, _, said) = told(&proxy, request, body).await;
            assert_eq!((got, said.as_str()), (status, words));
        }
    }

    #[tokio::test]
    async fn a_preflight_is_answered_without_the_upstream() {
        let site_origins = vec!["https://a.example".to_owned()];
        let (proxy, _) = proxy(vec![Route { site_origins, ..route("r", "http://127.0.0.1:1") }]);
        let preflight = request("/x").method("OPTIONS").header("access-control-request-method", "POST");
        let (status, headers, _) = told(&proxy, preflight.header("origin", "https://a.example"), "").await;
        assert_eq!(status, 204);
        assert_eq!(headers["access-control-allow-origin"], "https://a.example");
        assert_eq!(headers["access-control-allow-methods"], "POST");
        assert_eq!(headers["access-control-allow-credentials"], "true");
    }

    #[tokio::test]
    async fn new_settings_hold_from_the_next_exchange_on() {
        let (proxy, shared) = proxy(vec![]);
        assert_eq!(told(&proxy, request("/x"), "{}").await.0, 421);
        let url = backend("HTTP/1.1 204 No Content\r\n\r\n").await;
        shared.replace(settings(vec![route("r", &url)]));
        assert_eq!(told(&proxy, request("/x"), "{}").await.0, 204);
    }
}
