//! A chat that loads nothing before a button is pressed.
//!
//! Knows the script that stands in the vendor's place, and the cookie that says the button was pressed; does not know
//! chats. Invariant: before that nothing of the visitor reaches the vendor, and the cookie holds no id.
//!
//! The stub loads what it stands for by the same address with `privet=open`, which only the site's own pages may ask
//! for. The cookie comes with that answer and lasts as long as the browser is open.

use cookie::{Cookie, SameSite};
use http::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::config::Route;
use crate::config::pages::Language;
use crate::privacy::Name;
use crate::privacy::choice::values;

const STUB: &str = include_str!("click.js");
/// The cookie of a route is this and the route's name.
const COOKIE: &str = "privet_open_";
const PRESSED: &str = "1";

/// Whether the visitor pressed the button in this session.
pub fn is_active(headers: &HeaderMap, route: &Route) -> bool {
    let name = Name { stem: cookie_name(route).into(), open: false };
    values(headers, &name).any(|value| value == PRESSED)
}

/// The cookie that says so, for this host and this session alone.
pub fn marker(route: &Route, secure: bool) -> HeaderValue {
    let cookie = Cookie::build((cookie_name(route), PRESSED))
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(secure);
    // A route's name is letters, digits, `-`, `_` and `.`.
    HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The script in the place of a route's own, with what its button says in each language; the first speaks to whom no
/// other does.
pub fn stub(route: &Route, languages: &[Language]) -> String {
    let words = |language: &Language| {
        let words = &language.texts.click;
        (language.tag.clone(), json!({ "label": words.label, "hint": words.hint }))
    };
    let labels = Value::Object(languages.iter().map(words).collect());
    let first = languages.first().map_or("", |language| &language.tag);
    format!("({})({:?}, {labels}, {first:?});\n", STUB.trim_end(), route.name)
}

fn cookie_name(route: &Route) -> String {
    format!("{COOKIE}{}", route.name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proxy::shared::tests::route;

    #[test]
    fn the_cookie_opens_one_route_for_one_session_and_holds_no_id() {
        let chat = route("chat", "http://127.0.0.1:1");
        assert_eq!(marker(&chat, true), "privet_open_chat=1; HttpOnly; SameSite=Lax; Secure; Path=/");
        let active = |cookies: &str| {
            is_active(&[(http::header::COOKIE, cookies.parse().unwrap())].into_iter().collect(), &chat)
        };
        assert!(active("a=b; privet_open_chat=1"));
        assert!(
            !active("privet_open_chat=0") && !active("privet_open_cha=1") && !active("privet_open_chat2=1")
        );
    }

    #[test]
    fn the_stub_holds_a_label_and_a_hint_in_every_language_of_the_pages() {
        let mut languages = Language::built_in();
        languages[1].texts.click.label = "Frag \"uns\"".to_owned();
        languages.swap(0, 1);
        let stub = stub(&route("chat", "http://127.0.0.1:1"), &languages);
        let (script, told) = stub.rsplit_once("})(\"chat\", ").unwrap();
        assert!(script.starts_with("(function (name, labels, first) {"));
        let (labels, first) = told.rsplit_once(", ").unwrap();
        assert_eq!(first, "\"de\");\n");
        let labels: Value = serde_json::from_str(labels).unwrap();
        assert_eq!(labels["de"]["label"], "Frag \"uns\"");
        for Language { tag, texts } in languages {
            assert_eq!(labels[&tag]["label"], texts.click.label);
            assert_eq!(labels[&tag]["hint"], texts.click.hint);
        }
    }
}
