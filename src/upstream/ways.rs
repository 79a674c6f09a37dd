//! The ways out of one route: to the upstreams of its root, and to the vendor's host at each further place.
//!
//! Knows places; does not know how a request is sent. Invariants: a pattern leads to hosts of the pattern alone; of
//! those, no more than [`MOST_CAPTURED`] have connections at a time, and the one that nobody asked for longest gives
//! way.

use std::iter::once;
use std::sync::{Arc, Mutex, PoisonError};

use super::UpstreamError;
use super::several::Upstreams;
use super::standing::Standing;
use crate::config::{Limits, Place, Route, Spot};

/// More hosts of one pattern than a vendor gives to the visitors of one site.
const MOST_CAPTURED: usize = 16;

/// One worker's, for one route.
pub struct Ways {
    root: Arc<Upstreams>,
    further: Vec<Way>,
}

enum Way {
    One(Arc<Upstreams>),
    Many(Box<Captured>),
}

impl Ways {
    /// `standings` are the root's, then each further place's.
    pub fn new(route: &Route, limits: &Limits, standings: &[Arc<Standing>]) -> Result<Self, UpstreamError> {
        let mut standings = standings.iter().cloned();
        let mut standing = || standings.next().ok_or(UpstreamError::Connect);
        let root = Arc::new(Upstreams::new(route.upstreams(), limits, standing()?)?);
        let further = route.places.iter().map(|place| Way::new(place, limits, standing()?));
        Ok(Self { root, further: further.collect::<Result<_, _>>()? })
    }

    /// The upstreams that a request to one of the route's places goes to.
    pub fn to(&self, spot: &Spot) -> Result<Arc<Upstreams>, UpstreamError> {
        let Spot::Further { number, captured } = spot else { return Ok(Arc::clone(&self.root)) };
        match (self.further.get(*number), captured) {
            (Some(Way::One(upstreams)), _) => Ok(Arc::clone(upstreams)),
            (Some(Way::Many(hosts)), Some(label)) => hosts.of(label),
            _ => Err(UpstreamError::Connect),
        }
    }
}

impl Way {
    fn new(place: &Place, limits: &Limits, standing: Arc<Standing>) -> Result<Self, UpstreamError> {
        if !place.upstream.authority.host().contains('*') {
            let upstreams = Upstreams::new(once(place.upstream.clone()), limits, standing)?;
            return Ok(Self::One(Arc::new(upstreams)));
        }
        let hosts = Captured { place: place.clone(), limits: *limits, standing, recent: Mutex::default() };
        Ok(Self::Many(Box::new(hosts)))
    }
}

/// The hosts of a pattern.
struct Captured {
    place: Place,
    limits: Limits,
    /// Of all of them as one: what visitors ask for is no label of a metric.
    standing: Arc<Standing>,
    /// The one asked for last stands last.
    recent: Mutex<Vec<(Box<str>, Arc<Upstreams>)>>,
}

impl Captured {
    fn of(&self, label: &str) -> Result<Arc<Upstreams>, UpstreamError> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let known = recent.iter().position(|(known, _)| **known == *label);
        let entry = match known {
            Some(index) => recent.remove(index),
            None => (label.into(), Arc::new(self.open(label)?)),
        };
        if recent.len() == MOST_CAPTURED {
            recent.remove(0);
        }
        let upstreams = Arc::clone(&entry.1);
        recent.push(entry);
        Ok(upstreams)
    }

    fn open(&self, label: &str) -> Result<Upstreams, UpstreamError> {
        let upstream = self.place.leading_to(label).ok_or(UpstreamError::Target)?;
        Upstreams::new(once(upstream), &self.limits, Arc::clone(&self.standing))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::metrics::Metrics;
    use std::path::Path;

    /// A route to a vendor that has a host of its own, and hosts of a pattern, beside its first.
    fn ways() -> Ways {
        let text = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
            [[route]]\nname = \"r\"\nhost = \"a.example\"\nupstream = \"https://vendor.example\"\n";
        let settings = parse(text, Path::new("proxy.toml")).unwrap();
        let mut route = Route::clone(&settings.routes[0]);
        let place = |at: &str, host: &str| {
            let upstream = route.upstream.clone();
            let upstream = crate::config::Upstream { authority: host.parse().unwrap(), ..upstream };
            Place { at: at.to_owned(), upstream }
        };
        route.places =
            [place("/_p/cdn/", "cdn.vendor.example"), place("/_p/shard/*/", "*.vendor.example")].into();
        let standings = Standing::all(&route, &Arc::new(Metrics::new()));
        Ways::new(&route, &settings.limits, &standings).unwrap()
    }

    fn shard(label: &str) -> Spot {
        Spot::Further { number: 1, captured: Some(label.into()) }
    }

    #[test]
    fn each_place_has_upstreams_of_its_own_and_keeps_them() {
        let ways = ways();
        let cdn = Spot::Further { number: 0, captured: None };
        let all = [Spot::Root, cdn, shard("k"), shard("l")].map(|spot| (ways.to(&spot).unwrap(), spot));
        for (index, (upstreams, spot)) in all.iter().enumerate() {
            assert!(Arc::ptr_eq(upstreams, &ways.to(spot).unwrap()));
            assert!(all[..index].iter().all(|(other, _)| !Arc::ptr_eq(other, upstreams)));
        }
        let nowhere =
            [Spot::Further { number: 2, captured: None }, Spot::Further { number: 1, captured: None }];
        assert!(nowhere.iter().all(|spot| ways.to(spot).is_err()));
    }

    #[test]
    fn of_the_hosts_of_a_pattern_the_one_nobody_asked_for_longest_gives_way() {
        let ways = ways();
        let first = ways.to(&shard("first")).unwrap();
        let second = ways.to(&shard("second")).unwrap();
        for number in 2..MOST_CAPTURED {
            ways.to(&shard(&number.to_string())).unwrap();
        }
        assert!(Arc::ptr_eq(&first, &ways.to(&shard("first")).unwrap()));
        ways.to(&shard("one-more")).unwrap();
        assert!(Arc::ptr_eq(&first, &ways.to(&shard("first")).unwrap()));
        assert!(!Arc::ptr_eq(&second, &ways.to(&shard("second")).unwrap()));
        assert!(ways.to(&shard("evil.example/")).is_err());
    }
}
