//! The country of a visitor goes on, the address it was looked up by does not.

use crate::support::{Backend, Privet, request};

/// A route to `backend` whose visitors have a country, behind a balancer on this machine.
async fn privet(backend: &Backend, more: &str) -> Privet {
    let database = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/geo/country.mmdb");
    let url = backend.url();
    Privet::start(&format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n\
         trusted_proxies = [\"127.0.0.0/8\"]\n[geo]\ndatabase = \"{database}\"\n\
         [[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nupstream = \"{url}\"\n{more}\n\
         [route.actions]\naddress = \"country\"\n"
    ))
}

async fn says(privet: &Privet, address: &str, body: &str) {
    let head = format!("POST /e\nX-Forwarded-For: {address}\nContent-Type: application/json");
    assert_eq!(privet.visitor().send(&[request(&head, body)]).await.status, 200);
}

#[tokio::test]
async fn the_country_of_the_address_is_told_and_the_address_is_not() {
    let backend = Backend::start().await;
    let privet = privet(&backend, "").await;
    for (address, country) in [
        ("203.0.113.42", Some("DE")),
        ("2001:db8::7", Some("NL")),
        ("198.51.100.7", None),
        ("192.0.2.1", None),
    ] {
        says(&privet, address, &format!("{{\"event\":\"x\",\"text\":\"from {address}\"}}")).await;
        let requests = backend.requests();
        let last = requests.last().unwrap();
        assert_eq!(last.field("x-country-code"), country, "{address}");
        let told = country.unwrap_or("[address]");
        let body = String::from_utf8_lossy(&last.body);
        assert_eq!(body, format!("{{\"event\":\"x\",\"text\":\"from {told}\"}}"));
    }
    let heard = String::from_utf8_lossy(&backend.bytes()).into_owned();
    assert!(!heard.contains("203.0.113.42") && !heard.contains("2001:db8::7") && !heard.contains("LI"));
}

#[tokio::test]
async fn a_vendor_hears_of_the_country_where_it_takes_one() {
    let backend = Backend::start().await;
    let privet = privet(&backend, "vendor = \"posthog\"").await;
    says(&privet, "203.0.113.42", r#"{"api_key":"k","event":"e","properties":{"$ip":"203.0.113.42"}}"#).await;
    let requests = backend.requests();
    let last = requests.last().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
    assert_eq!(body["properties"]["$geoip_country_code"], "DE");
    assert_eq!(last.field("x-country-code"), None);
    assert!(!String::from_utf8_lossy(&last.body).contains("203.0.113"));
}
