//! Objects in an answer that say of the visitor what the vendor has found out: `{"ip":"…","city":"…"}`.
//!
//! Knows objects by their name and by what stands side by side in them; which names say what, the general map knows. A
//! city alone is a field of a form, and a place on a map is a shop's. Invariant: the work is linear in the document.

use super::Walk;
use crate::privacy::category::Category;
use crate::privacy::surface::json::lexer::Lexer;

/// Objects that speak of whoever asks, by their names in small letters without what is between words.
const OF_THE_VISITOR: [&str; 13] = [
    "clientgeo",
    "clientinfo",
    "clientlocation",
    "geobyip",
    "geoip",
    "ipgeolocation",
    "ipinfo",
    "iplocation",
    "visitor",
    "visitordata",
    "visitorgeo",
    "visitorinfo",
    "visitorlocation",
];
/// So far an object is looked into, and no deeper.
const MOST_MEMBERS: usize = 32;

impl Walk<'_, '_, '_> {
    /// Whether the object of such a name that was just entered tells the visitor of the visitor.
    pub(super) fn is_echo(&self, owner: Option<&str>) -> bool {
        let places = self.scrub.places();
        if !places.knows_echoes() {
            return false;
        }
        owner.is_some_and(is_of_the_visitor)
            || says_an_address_and_more(self.lexer.again(0), |name| places.echoed(name))
    }
}

fn is_of_the_visitor(name: &str) -> bool {
    let letters = || name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    OF_THE_VISITOR.iter().any(|known| known.bytes().eq(letters()))
}

/// Whether an address stands among the members, and something beside it that goes with one. What cannot be read is told
/// of by whoever walks there.
fn says_an_address_and_more(mut ahead: Lexer<'_>, category: impl Fn(&str) -> Option<Category>) -> bool {
    let (mut address, mut more) = (false, false);
    for _ in 0..MOST_MEMBERS {
        let (Ok(key), Ok(next)) = (ahead.key(), ahead.peek()) else { return false };
        match category(&key) {
            Some(Category::Address) => address |= ahead.text_here().is_some_and(|text| is_address(&text)),
            Some(_) => more = true,
            None => {}
        }
        if address && more {
            return true;
        }
        let is_container = matches!(next, b'{' | b'[');
        if is_container || ahead.skip().is_err() || !matches!(ahead.separator(b'}'), Ok(Some(_))) {
            return false;
        }
    }
    false
}

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{answer, parts};
    use crate::privacy::{Category, Policy};

    fn home(policy: &str, body: &str) -> String {
        let mut parts = parts(policy, "response-json:/nothing = keep");
        for (name, category) in [
            ("city", Category::Location),
            ("lat", Category::Location),
            ("geo", Category::Location),
            ("user_agent", Category::UserAgent),
            ("time_zone", Category::Timezone),
        ] {
            parts.names.insert(name, category);
        }
        let left = answer(&Policy::compile(parts), &[("content-type", "application/json")], body.as_bytes());
        String::from_utf8(left.unwrap()).unwrap()
    }

    #[test]
    fn what_a_vendor_has_found_out_of_the_visitor_does_not_come_home() {
        for (before, after) in [
            (r#"{"ip":"203.0.113.9","city":"Lyon","lat":45.7,"plan":"a"}"#, r#"{"plan":"a"}"#),
            (r#"{"city":"Lyon","n":1,"ip":"2001:db8::9"}"#, r#"{"n":1}"#),
            (r#"[{"you":{"ip":"203.0.113.9","geo":{"x":1},"id":7}}]"#, r#"[{"you":{"id":7}}]"#),
            (r#"{"visitor":{"id":7,"city":"Lyon","timeZone":"Europe/Paris"}}"#, r#"{"visitor":{"id":7}}"#),
            (
                r#"{"geo_ip":{"city":"Lyon","user_agent":"x"},"geoIP":{"lat":1}}"#,
                r#"{"geo_ip":{},"geoIP":{}}"#,
            ),
            (r#"{"s":"{\"ip\":\"203.0.113.9\",\"city\":\"Lyon\"}"}"#, r#"{"s":"{}"}"#),
        ] {
            assert_eq!(home("strict", before), after, "{before}");
        }
        let told = r#"{"ip":"203.0.113.9","city":"Lyon","time_zone":"Europe/Paris"}"#;
        assert_eq!(home("balanced", told), r#"{"ip":"203.0.113.0","time_zone":"Europe/Paris"}"#);
    }

    #[test]
    fn a_forms_fields_a_shops_place_and_an_address_alone_are_no_echo() {
        for body in [
            r#"{"fields":{"city":"Your city","email":"Your email"}}"#,
            r#"{"stores":[{"name":"A","city":"Lyon","lat":45.7,"geo":{"lat":45.7}}]}"#,
            r#"{"ip":"203.0.113.9","port":443}"#,
            r#"{"ip":"your address","city":"your city"}"#,
            r#"{"agent":{"name":"J","time_zone":"Europe/Paris","city":"Lyon"}}"#,
            r#"{"ip":"203.0.113.9","servers":[{"x":1}],"city":"Lyon"}"#,
            r#"{"visitors":[{"city":"Lyon"}]}"#,
        ] {
            assert_eq!(home("strict", body), body);
        }
    }
}
