//! Who asks too often: `[route.limit]`, RFC 6585 §4.

use std::net::Ipv4Addr;

use http::Request;

use crate::house::House;
use crate::support::{Answer, Backend, Frames};

const LIMIT: &str = "site_origins = [\"https://www.example.com\"]\n[route.limit]\nrequests = 60\nburst = 5";

async fn house(name: &str, listener: &str) -> House {
    House::new(name, Backend::start().await, listener, "", LIMIT).await
}

async fn get(house: &House, target: &str, head: &str) -> Answer {
    house.visitor().ask(&format!("GET {target}\n{head}"), "").await
}

#[tokio::test]
async fn beyond_the_limit_a_visitor_waits_and_another_does_not() {
    let house = house("rates", "").await;
    for number in 0..5 {
        assert_eq!(get(&house, "/e", "").await.status, 200, "{number}");
    }
    let refused = get(&house, "/e", "").await;
    assert_eq!((refused.status, &*refused.text()), (429, "too many requests from here\n"));
    let wait: u64 = refused.field("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    let by_h2 = Request::get("https://vendor.test/e").body(Frames::new(b"", 1, None)).unwrap();
    assert_eq!(house.visitor().h2().await.send(by_h2).await.unwrap().status, 429, "over any version");
    assert_eq!(house.backend.requests().len(), 5 + 1, "the vendor hears no more");
    assert_eq!(house.counted("privet_refusals_total", "reason=\"too_many\"").await, 2);
    house.stands().await;
}

#[tokio::test]
async fn what_privet_answers_by_itself_is_not_counted() {
    let house = house("rates-own", "").await;
    let preflight = "OPTIONS /e\nOrigin: https://www.example.com\nAccess-Control-Request-Method: POST";
    for _ in 0..10 {
        assert_eq!(get(&house, "/.privet/privacy", "").await.status, 200);
        assert_eq!(house.visitor().ask(preflight, "").await.status, 204);
    }
    assert_eq!(get(&house, "/e", "").await.status, 200);
}

#[tokio::test]
async fn a_limit_is_the_visitors_and_not_the_proxys() {
    let house = house("rates-proxy", "trusted_proxies = [\"127.77.77.77\"]").await;
    for visitor in 1..20 {
        let told = format!("X-Forwarded-For: 203.0.113.{visitor}");
        for number in 0..6 {
            let status = get(&house, "/e", &told).await.status;
            assert_eq!(status, if number < 5 { 200 } else { 429 }, "{told}: {number}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_requests_from_many_addresses_does_not_lock_a_stranger_out() {
    let house = house("rates-many", "").await;
    for last in 1..60 {
        let visitor = house.plain_visitor().from(Ipv4Addr::new(127, 66, 66, last));
        for _ in 0..6 {
            visitor.ask("GET /e", "").await;
        }
    }
    house.stands().await;
}
