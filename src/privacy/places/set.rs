//! What a place is made to hold, whatever stood there.
//!
//! Invariant: what is set is a vendor's own flag or the visitor's country, nothing else of the visitor.

use std::borrow::Cow;

use crate::privacy::visitor::Visitor;

/// A value that privet writes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// JSON text for a JSON member, plain text otherwise.
    Fixed(Box<str>),
    /// The country of the visitor, where it may be told.
    Country,
}

impl Set {
    /// As a header or a parameter holds it; nothing where there is nothing to tell.
    pub fn text(&self, visitor: &Visitor) -> Option<&str> {
        match self {
            Self::Fixed(text) => Some(text),
            Self::Country => visitor.place(),
        }
    }

    /// As a JSON document holds it.
    pub fn json(&self, visitor: &Visitor) -> Option<Cow<'_, str>> {
        match self {
            Self::Fixed(json) => Some(Cow::Borrowed(json)),
            Self::Country => visitor.place().map(|code| Cow::Owned(format!("\"{code}\""))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::fixture::parts;
    use crate::privacy::{Action, Category, Key, Policy, Pseudonyms, Visitor};

    const SENT: &str = r#"{"a":{"ip":"198.51.100.23","other_ip":"203.0.113.9","country":"XX"},"b":{}}"#;

    /// The target, the header and the body that leave for a visitor of some country.
    fn leaves(action: Action, place: Option<&'static str>) -> (String, Option<String>, String) {
        let mut parts = parts("strict", "json:/*/other_ip -> address");
        parts.actions.set(Category::Address, action);
        let places = ["query:country", "header:x-country-code", "json:/*/country"];
        parts.country = places.iter().map(|place| place.parse().unwrap()).collect();
        let request = Request::post("/e?country=XX&ip=198.51.100.23").header("x-country-code", "XX");
        let request = request.header("content-type", "application/json").body(Bytes::from(SENT)).unwrap();
        let visitor = Visitor::new([198, 51, 100, 23].into()).in_place(place);
        let pseudonyms = Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "shop.example", "vendor");
        let treated = Policy::compile(parts).scrub_request(request, &visitor, &pseudonyms).unwrap();
        let left = treated.request.into_inner();
        let header = left.headers().get("x-country-code").map(|value| value.to_str().unwrap().to_owned());
        (left.uri().to_string(), header, String::from_utf8(left.body().to_vec()).unwrap())
    }

    #[test]
    fn a_country_stands_where_the_vendor_takes_it_and_in_the_place_of_the_visitors_own_address() {
        let (target, header, body) = leaves(Action::Country, Some("DE"));
        assert_eq!((target.as_str(), header.as_deref()), ("/e?country=DE&ip=DE", Some("DE")));
        assert_eq!(body, r#"{"a":{"ip":"DE","country":"DE"},"b":{"country":"DE"}}"#);
    }

    #[test]
    fn a_country_that_may_not_be_told_leaves_nothing_nor_what_the_visitor_wrote_there() {
        for (action, place) in [(Action::Country, None), (Action::Remove, Some("DE"))] {
            let (target, header, body) = leaves(action, place);
            assert_eq!((target.as_str(), header), ("/e", None));
            assert_eq!(body, "{}");
        }
    }
}
