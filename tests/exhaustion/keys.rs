//! Who chooses names that collide: no table of privet's is filled so that it becomes a list.
//!
//! CVE-2011-4885 and its kin. Names that collide in the usual hashes without a key cost what other names cost,
//! measured in the time of the process, not of the clock.

use crate::house::House;
use crate::support::Backend;

/// Names are this many pairs long: 16,384 of them.
const PAIRS: u32 = 14;
/// A list would cost thousands of times more.
const TIMES: u64 = 3;

/// All names made of two pairs of letters.
fn names(one: &'static str, other: &'static str) -> impl Iterator<Item = String> {
    (0..1_u32 << PAIRS).map(move |number| {
        (0..PAIRS).map(|bit| if number >> bit & 1 == 0 { one } else { other }).collect::<String>()
    })
}

fn json(names: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", names.map(|name| format!("\"{name}\":1")).collect::<Vec<_>>().join(","))
}

fn form(names: impl Iterator<Item = String>) -> String {
    names.map(|name| format!("{name}=1")).collect::<Vec<_>>().join("&")
}

#[test]
fn the_names_collide_as_they_should() {
    let hash = |times: u32| {
        move |name: String| {
            name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(times).wrapping_add(byte.into()))
        }
    };
    let count = |hashes: Vec<u32>| hashes.into_iter().collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(count(names("Aa", "BB").map(hash(31)).collect()), 1, "Java, and many after it");
    assert_eq!(count(names("Ab", "BA").map(hash(33)).collect()), 1, "Bernstein's, as in PHP and Perl");
    assert!(count(names("Aa", "Ab").map(hash(31)).collect()) > 15_000);
}

#[tokio::test]
async fn names_that_collide_cost_what_other_names_cost() {
    for vendor in ["", "vendor = \"segment\""] {
        let house = House::new("keys", Backend::start().await, "", "", vendor).await;
        for (kind, shape) in [
            ("application/json", json as fn(Box<dyn Iterator<Item = String>>) -> String),
            ("application/x-www-form-urlencoded", |names| form(names)),
        ] {
            let head = format!("POST /e\nContent-Type: {kind}");
            let cost = async |body: &str| {
                let before = house.time();
                for _ in 0..2 {
                    assert_eq!(house.plain_visitor().ask(&head, body).await.status, 200);
                }
                house.time() - before
            };
            let plain = cost(&shape(Box::new(names("Aa", "Ab")))).await;
            for (one, other) in [("Aa", "BB"), ("Ab", "BA")] {
                let colliding = cost(&shape(Box::new(names(one, other)))).await;
                assert!(
                    colliding <= plain * TIMES + 20,
                    "{colliding} beside {plain} ticks: {kind}, {vendor}"
                );
            }
        }
    }
}
