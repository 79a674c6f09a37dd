//! What operators and their tools ask: is it alive, is it ready, what did it count, which shapes did it see.
//!
//! Knows four paths; knows no visitor. Invariant: it tells nothing of a visitor, costs a bounded number of
//! connections, and answers as long as the process lives, also while it drains.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::shutdown::Stop;
use crate::metrics::{self, Metrics};
use crate::proxy::Shared;

const CONNECTIONS: usize = 32;
const HEAD_PATIENCE: Duration = Duration::from_secs(5);
/// A whole connection, however many questions it asks.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait when the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// Answers for as long as it is polled.
pub async fn serve(socket: TcpListener, metrics: Arc<Metrics>, shared: Arc<Shared>, stop: Stop) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let Ok((socket, _)) = socket.accept().await else {
            sleep(BREATH).await;
            continue;
        };
        let (metrics, shared, stop) = (metrics.clone(), shared.clone(), stop.clone());
        tokio::spawn(async move {
            // Late or broken, the other side has to ask again.
            let _ = timeout(PATIENCE, converse(socket, &metrics, &shared, &stop)).await;
            drop(place);
        });
    }
}

async fn converse(socket: TcpStream, metrics: &Metrics, shared: &Shared, stop: &Stop) -> hyper::Result<()> {
    let answers = service_fn(async |request: Request<_>| {
        Ok::<_, Infallible>(answer(request.method(), request.uri().path(), metrics, shared, stop))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(socket), answers)
        .await
}

fn answer(
    method: &Method,
    path: &str,
    metrics: &Metrics,
    shared: &Shared,
    stop: &Stop,
) -> Response<Full<Bytes>> {
    if !matches!(path, "/healthz" | "/readyz" | "/metrics" | "/shapes") {
        return text(StatusCode::NOT_FOUND, "not found\n");
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match path {
        "/healthz" => text(StatusCode::OK, "ok\n"),
        "/readyz" if stop.is_draining() => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        "/readyz" => text(StatusCode::OK, "ready\n"),
        "/shapes" => match serde_json::to_vec(&json!({ "routes": shared.shapes() })) {
            Ok(shapes) => typed(StatusCode::OK, shapes, "application/json"),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "cannot tell\n"),
        },
        _ => match metrics.encode() {
            Ok(counts) => typed(StatusCode::OK, counts, metrics::CONTENT_TYPE),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "cannot tell\n"),
        },
    }
}

fn text(status: StatusCode, words: &'static str) -> Response<Full<Bytes>> {
    typed(status, words, "text/plain; charset=utf-8")
}

fn typed(status: StatusCode, body: impl Into<Bytes>, media_type: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    fn asked(method: &Method, path: &str, stop: &Stop) -> Response<Full<Bytes>> {
        let metrics = Arc::new(Metrics::new());
        let shared = Shared::new(trial::settings(Vec::new()), Arc::clone(&metrics));
        answer(method, path, &metrics, &shared, stop)
    }

    fn status(method: &Method, path: &str, stop: &Stop) -> u16 {
        asked(method, path, stop).status().as_u16()
    }

    #[test]
    fn a_draining_privet_is_healthy_and_not_ready() {
        let stop = Stop::new();
        assert_eq!(status(&Method::GET, "/readyz", &stop), 200);
        stop.next_step();
        assert_eq!(status(&Method::GET, "/readyz", &stop), 503);
        assert_eq!(status(&Method::GET, "/healthz", &stop), 200);
    }

    #[test]
    fn metrics_and_shapes_are_told_in_their_own_media_types() {
        let response = asked(&Method::GET, "/metrics", &Stop::new());
        assert_eq!(response.headers()[CONTENT_TYPE], metrics::CONTENT_TYPE);
        let response = asked(&Method::GET, "/shapes", &Stop::new());
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn nothing_else_is_here() {
        let stop = Stop::new();
        assert_eq!(status(&Method::GET, "/", &stop), 404);
        assert_eq!(status(&Method::GET, "/metrics/", &stop), 404);
        assert_eq!(status(&Method::POST, "/metrics", &stop), 405);
    }
}
