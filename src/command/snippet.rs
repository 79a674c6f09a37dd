//! `privet explain --snippet [ROUTE]`: what the site's pages embed to reach a route, and the policy that keeps them
//! from reaching past it.
//!
//! Knows Content Security Policy (CSP3); does not know a vendor's script. Invariant: every source that the policy
//! names is the site's own or the route's, and none that it adds beside can name a host.

use std::fmt::Write as _;

use http::uri::Authority;
use serde_json::{Value, json};

use crate::config::{Route, vendors};

/// Where the site's pages are, when the settings do not tell.
const UNKNOWN: &str = "https://YOUR-SITE.example";

/// What may be loaded or asked for, and what of it besides contacts no host: a document's own bytes.
const DIRECTIVES: [(&str, &str); 10] = [
    ("default-src", ""),
    ("script-src", ""),
    ("connect-src", ""),
    ("img-src", " data: blob:"),
    ("style-src", " 'unsafe-inline'"),
    ("font-src", " data:"),
    ("media-src", " data: blob:"),
    ("frame-src", ""),
    ("worker-src", " blob:"),
    ("object-src", ""),
];

/// A route as the site's pages see it.
pub struct Embedding<'r> {
    route: &'r Route,
    /// Scheme and host, of the route or of the site it is a path of.
    origin: String,
    /// Whether the settings tell it.
    is_known: bool,
    snippet: String,
    /// The vendor's hosts, which the policy keeps out.
    kept_out: Vec<String>,
}

impl<'r> Embedding<'r> {
    pub fn of(route: &'r Route) -> Self {
        let site = || route.site_origins.first().cloned();
        let known = route.host.as_ref().map(|host| format!("https://{host}")).or_else(site);
        let (is_known, origin) = (known.is_some(), known.unwrap_or_else(|| UNKNOWN.to_owned()));
        let vendor = route.vendor.as_deref().and_then(vendors::find);
        let place = route.path.as_deref().unwrap_or("/").trim_end_matches('/');
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let filled = |text: &str| {
            text.replace("{origin}", &origin)
                .replace("{host}", host)
                .replace("{place}", place)
                .trim()
                .to_owned()
        };
        let mut kept_out: Vec<String> = route.recipients().map(Authority::to_string).collect();
        kept_out.extend(vendor.into_iter().flat_map(|vendor| vendor.hosts.browser.iter().cloned()));
        kept_out.sort_unstable();
        kept_out.dedup();
        let snippet = vendor.map(|vendor| filled(&vendor.snippet)).unwrap_or_default();
        Self { route, origin, is_known, snippet, kept_out }
    }

    pub fn person(&self) -> String {
        let Self { route, origin, .. } = self;
        let mut text = format!("route \"{}\" on {}\n", route.name, self.address());
        if !self.is_known {
            let _ = writeln!(
                text,
                "\n  {origin} stands for the site's own address: the route is a path on any host, and there are no site_origins"
            );
        }
        if self.snippet.is_empty() {
            let _ =
                writeln!(text, "\n  no snippet is known: point the vendor's script at {}", self.address());
        } else {
            let _ = writeln!(text, "\n  the site's pages embed, with the site's own key\n\n{}", self.snippet);
        }
        for note in self.notes() {
            let _ = writeln!(text, "\n  {note}");
        }
        let policy = self.policy();
        let _ = writeln!(
            text,
            "\n  and are sent with this header, joined with what they need besides\n\nContent-Security-Policy: {policy}"
        );
        let _ = writeln!(text, "\n  or begin their head with\n\n{}", self.meta());
        let _ = writeln!(text, "\n  which keeps out\n\n{}", self.kept_out.join("\n"));
        text
    }

    pub fn program(&self) -> Value {
        json!({
            "route": &*self.route.name,
            "address": self.address(),
            "address_is_known": self.is_known,
            "snippet": self.snippet,
            "content_security_policy": self.policy(),
            "meta": self.meta(),
            "keeps_out": self.kept_out,
            "notes": self.notes(),
        })
    }

    /// Where the route is, without a final `/`.
    fn address(&self) -> String {
        format!("{}{}", self.origin, self.route.path.as_deref().unwrap_or("/").trim_end_matches('/'))
    }

    /// CSP3 §6: sources are origins, so that a path on the site's own host is the site itself.
    fn policy(&self) -> String {
        let origin = &self.origin;
        // `'self'` is no `wss:` to every browser, nor to a page whose origin differs.
        let socket = origin.replacen("http", "ws", 1);
        let directive = |(name, besides): &(&str, &str)| match *name {
            "object-src" => "object-src 'none'".to_owned(),
            "connect-src" => format!("connect-src 'self' {origin} {socket}"),
            _ => format!("{name} 'self' {origin}{besides}"),
        };
        DIRECTIVES.iter().map(directive).collect::<Vec<_>>().join("; ")
    }

    fn meta(&self) -> String {
        format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", self.policy())
    }

    /// What does not go without saying.
    fn notes(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if has_inline_script(&self.snippet) {
            notes.push(
                "a script between its tags needs a nonce in script-src ('nonce-…'), or a file of the site's own to stand in",
            );
        }
        if self.snippet.contains("/_p/") && self.route.places.is_empty() {
            notes.push(
                "the route has an upstream of its own, so what the snippet asks for below /_p/ is not served: remove upstream",
            );
        }
        notes
    }
}

/// Whether a script of a page stands in the page itself.
fn has_inline_script(html: &str) -> bool {
    let tags = html.split("<script").skip(1).filter_map(|rest| rest.split_once('>'));
    tags.into_iter().any(|(tag, _)| !tag.contains(" src="))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::{Settings, parse};
    use std::path::Path;

    fn settings(route: &str) -> Settings {
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"r\"\n{route}"
        );
        parse(&text, Path::new("proxy.toml")).unwrap()
    }

    #[test]
    fn a_snippet_points_at_the_route_wherever_it_is() {
        for (route, address, known) in [
            ("host = \"stats.example.com\"", "https://stats.example.com", true),
            ("host = \"stats.example.com\"\npath = \"/a/\"", "https://stats.example.com/a", true),
            (
                "path = \"/a/\"\nsite_origins = [\"https://www.example.com\"]",
                "https://www.example.com/a",
                true,
            ),
            ("path = \"/a/\"", "https://YOUR-SITE.example/a", false),
        ] {
            let settings = settings(&format!("{route}\nvendor = \"plausible\"\n"));
            let told = Embedding::of(&settings.routes[0]).program();
            assert_eq!((&told["address"], &told["address_is_known"]), (&json!(address), &json!(known)));
            let snippet = told["snippet"].as_str().unwrap();
            assert!(snippet.contains(&format!("src=\"{address}/js/script.js\"")), "{snippet}");
            assert!(!snippet.contains(['{', '}']), "{snippet}");
            let person = Embedding::of(&settings.routes[0]).person();
            assert_eq!(person.contains("stands for the site's own address"), !known, "{person}");
        }
    }

    #[test]
    fn the_policy_names_nobody_but_the_site_and_the_route() {
        for vendor in vendors::names() {
            let more = if vendors::find(vendor).unwrap().hosts.places.is_empty() {
                "upstream = \"https://vendor.example\"\n"
            } else if vendors::find(vendor).unwrap().hosts.account.is_empty() {
                ""
            } else {
                "account = \"acme\"\n"
            };
            let route = format!("host = \"stats.example.com\"\nvendor = \"{vendor}\"\n{more}");
            let settings = settings(&route);
            let embedding = Embedding::of(&settings.routes[0]);
            let policy = embedding.policy();
            for directive in policy.split("; ") {
                let mut sources = directive.split(' ');
                let name = sources.next().unwrap();
                let own = ["'self'", "https://stats.example.com", "wss://stats.example.com"];
                let nobody = ["'none'", "'unsafe-inline'", "data:", "blob:"];
                let is_fine = |source: &str| own.contains(&source) || nobody.contains(&source);
                assert!(sources.all(is_fine), "{vendor}: {name}");
            }
            for name in ["default-src", "script-src", "connect-src", "img-src", "frame-src", "worker-src"] {
                assert_eq!(
                    policy.split("; ").filter(|it| it.starts_with(&format!("{name} "))).count(),
                    1,
                    "{name}"
                );
            }
            // What names no host anywhere.
            for name in ["script-src", "connect-src", "frame-src", "default-src", "style-src"] {
                let directive = policy.split("; ").find(|it| it.starts_with(name)).unwrap();
                assert!(!directive.contains("data:") && !directive.contains("blob:"), "{directive}");
                assert!(name == "style-src" || !directive.contains("unsafe"), "{directive}");
            }
            assert!(!embedding.kept_out.is_empty(), "{vendor}");
            assert!(embedding.kept_out.iter().all(|host| !policy.contains(&**host)), "{vendor}");
            assert!(embedding.meta().contains(&policy) && !policy.contains('"'), "{vendor}");
        }
    }

    #[test]
    fn what_the_snippet_needs_besides_is_told() {
        let notes = |more: &str| {
            let settings = settings(&format!("host = \"stats.example.com\"\nvendor = \"posthog\"\n{more}"));
            Embedding::of(&settings.routes[0]).notes().join(" ")
        };
        assert!(notes("").contains("nonce") && !notes("").contains("/_p/"));
        assert!(!has_inline_script("<script defer src=\"a\"></script>"));
        let alone = settings(
            "host = \"a.example\"\nvendor = \"mixpanel\"\nupstream = \"https://api-eu.mixpanel.com\"\n",
        );
        assert!(Embedding::of(&alone.routes[0]).notes().join(" ").contains("remove upstream"));
    }
}
