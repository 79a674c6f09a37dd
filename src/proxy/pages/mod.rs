//! What privet says to visitors by itself: what leaves here and to whom, and their choice.
//!
//! Knows settings, texts and the request; does not know sockets or vendors' answers. Invariants: a page is made from
//! the settings as they run and is kept by nobody; all that is shown is escaped; nothing here is sent upstream.

mod account;
mod answer;
mod comparison;
mod frame;
pub mod negotiation;
mod opt_out;
mod privacy;
mod style;

use std::net::IpAddr;
use std::time::Duration;

use http::request::Parts;
use http::{Method, Response, StatusCode};

use super::ResponseBody;
use super::crowds::Crowds;
use super::keys::Keys;
use super::own::Own;
use crate::config::pages::{Language, Pages};
use crate::privacy::{Geo, Visitor};

/// A request for a page, and what the page is made from.
pub struct Asked<'a> {
    /// As it came.
    pub head: &'a Parts,
    pub own: &'a Own,
    /// The page's name below the base of `own`.
    pub page: &'a str,
    pub pages: &'a Pages,
    pub address: IpAddr,
    pub geo: Option<&'a Geo>,
    pub keys: &'a Keys,
    pub crowds: &'a Crowds,
    /// How long a stand-in stays the same.
    pub epoch: Duration,
}

/// The answer to a request for a page, and to a form that was sent from one.
pub fn answer(asked: &Asked<'_>, form: &[u8]) -> Response<ResponseBody> {
    let is_read = matches!(asked.head.method, Method::GET | Method::HEAD);
    match asked.page {
        "" if !asked.head.uri.path().ends_with('/') => answer::elsewhere(&asked.own.base),
        "" | "privacy" if is_read => privacy::page(asked),
        "opt-out" if is_read => opt_out::page(asked, StatusCode::OK),
        "opt-out" if asked.head.method == Method::POST => opt_out::choose(asked, form),
        "" | "privacy" => answer::not_allowed("GET, HEAD"),
        "opt-out" => answer::not_allowed("GET, HEAD, POST"),
        _ => answer::missing(),
    }
}

impl Asked<'_> {
    /// The language to speak: the one that was picked, else what the browser prefers.
    fn language(&self) -> &Language {
        negotiation::language(self.picked(), &self.head.headers, &self.pages.languages)
    }

    /// The visitor as the engine knows one.
    fn visitor(&self) -> Visitor {
        Visitor::new(self.address).in_place(self.geo.and_then(|geo| geo.place(self.address)))
    }

    /// What the address says of a language.
    fn picked(&self) -> Option<&str> {
        let pairs = self.head.uri.query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.strip_prefix("lang=")).next()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use http::Request;
    use http_body_util::BodyExt;

    use super::*;
    use crate::config::{KeyPlace, PseudonymSettings};
    use crate::proxy::own;
    use crate::proxy::shared::tests::route;

    /// What a visitor is shown at a host with one route.
    async fn shown(target: &str, pages: &Pages, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = Request::get(target).header("host", "site.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let head = request.body(()).unwrap().into_parts().0;
        let routes = [Arc::new(route("vendor", "http://vendor.example"))];
        let own = own::find(&routes, &head, true).unwrap();
        let own::Thing::Page(page) = &own.thing else { panic!("{target} is no page") };
        let epoch = Duration::from_hours(24);
        let keys = Keys::new(&PseudonymSettings { epoch, keys: KeyPlace::Memory });
        let (crowds, address) = (Crowds::default(), "203.0.113.77".parse().unwrap());
        let (own, keys, crowds) = (&own, &keys, &crowds);
        let asked = Asked { head: &head, own, page, pages, address, geo: None, keys, crowds, epoch };
        let response = answer(&asked, b"");
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_page_is_whole_in_every_language() {
        let pages = Pages::default();
        for language in pages.languages.iter() {
            for (page, title) in [
                ("privacy", &language.texts.privacy.title),
                ("opt-out", &language.texts.opt_out.title),
                ("", &language.texts.privacy.title),
            ] {
                let target = format!("/.privet/{page}?lang={}", language.tag);
                let (status, page) = shown(&target, &pages, &[]).await;
                assert_eq!(status, StatusCode::OK);
                assert!(page.contains(&format!("<h1>{title}</h1>")), "{}: {target}", language.tag);
                assert!(
                    page.trim_end().ends_with("</html>")
                        && !page.contains("{recipient}")
                        && !page.contains("{period}")
                );
            }
        }
    }

    #[tokio::test]
    async fn what_a_visitor_or_an_operator_wrote_is_shown_as_text() {
        let pages = Pages { title: Some("<b>&\"'".to_owned()), ..Pages::default() };
        let said = "\"><script>alert(1)</script>";
        let target = "/.privet/privacy?q=%3Cscript%3E&lang=%22%3E%3Cscript%3E";
        let (_, page) = shown(target, &pages, &[("user-agent", said), ("cookie", "a=<script>")]).await;
        assert!(!page.contains("<script") && !page.contains("<b>&"), "{page}");
        assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
    }

    #[tokio::test]
    async fn a_picked_language_stays_on_every_way_from_the_page() {
        let (_, page) = shown("/.privet/opt-out?lang=de", &Pages::default(), &[]).await;
        for way in ["href=\"privacy?lang=de\"", "href=\"opt-out?lang=de\"", "action=\"opt-out?lang=de\""] {
            assert!(page.contains(way), "{way}");
        }
        let (_, page) = shown("/.privet/opt-out", &Pages::default(), &[("accept-language", "de")]).await;
        assert!(page.contains("action=\"opt-out\"") && page.contains("Ihre Wahl"));
    }

    #[tokio::test]
    async fn the_style_on_the_page_is_the_one_that_its_policy_allows() {
        use base64::Engine as _;
        use sha2::{Digest, Sha256};
        let pages = Pages::default();
        let (_, page) = shown("/.privet/opt-out", &pages, &[]).await;
        let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert_eq!(style, style::sheet(&pages));
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
        let answer = answer::html(String::new(), style, "en", StatusCode::OK);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("style-src 'sha256-{digest}'")));
    }
}
