//! What privet asks an upstream by itself: a path of the settings, and nothing of anybody.
//!
//! Invariant: no argument comes from a visitor, so there is nothing to scrub.

use bytes::Bytes;
use http::header::{ACCEPT, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Uri};

use super::scrubbed::Scrubbed;

/// A question about an upstream's health.
pub fn question(path: &PathAndQuery) -> Scrubbed<Request<Bytes>> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = Uri::from(path.clone());
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
    Scrubbed::seal(request)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_a_path_and_nothing_else() {
        let request = question(&"/health?deep=1".parse().unwrap()).into_inner();
        assert_eq!(
            (request.method(), request.uri().to_string().as_str()),
            (&http::Method::GET, "/health?deep=1")
        );
        assert_eq!(request.headers().keys().collect::<Vec<_>>(), ["accept"]);
        assert!(request.body().is_empty());
    }
}
