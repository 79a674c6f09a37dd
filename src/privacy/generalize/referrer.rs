//! The page before, as no more than the site it was on, and only if that is the site itself.
//!
//! Does not know which sites are whose: it is told. Invariant: another site's name never comes out.

use super::url;

pub fn generalize(value: &str, site_origins: &[String]) -> Option<String> {
    let origin = url::origin(value)?;
    let own = site_origins.iter().any(|site| url::origin(site).as_deref() == Some(&origin));
    own.then(|| origin + "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sites_own_origin_is_told() {
        let sites = ["https://www.example.com".to_owned(), "https://shop.example:8443/".to_owned()];
        for (value, referrer) in [
            ("https://www.example.com/account/jane?x=1#y", Some("https://www.example.com/")),
            ("HTTPS://WWW.Example.com:443", Some("https://www.example.com/")),
            ("https://www.example.com/", Some("https://www.example.com/")),
            ("https://shop.example:8443/x", Some("https://shop.example:8443/")),
            ("https://shop.example/x", None),
            ("http://www.example.com/", None),
            ("https://www.example.com.evil.example/", None),
            ("https://search.example/?q=jane", None),
            ("/account", None),
            ("android-app://com.example/", None),
            ("", None),
        ] {
            assert_eq!(generalize(value, &sites).as_deref(), referrer, "{value}");
        }
    }
}
