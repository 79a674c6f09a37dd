//! Shapes of what visitors send on routes with `observe`, for who writes their rules.
//!
//! Knows routes and keeps each one's shapes; floor 1 knows what a shape is. Invariants: all of it is in memory and
//! gone with the process; one route's are never another's; a route that is not observed costs one look at its
//! settings.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};

use crate::config::Route;
use crate::privacy::{Gathering, Message, Shapes, Visitor};

/// The shapes of all routes, shared by all workers.
#[derive(Default)]
pub struct Observations {
    routes: Mutex<HashMap<Arc<str>, Observed>>,
    hasher: RandomState,
}

#[derive(Default)]
struct Observed {
    shapes: Gathering,
    requests: u64,
    messages: u64,
}

/// What operators are told of a route, as `/shapes` and `privet suggest` write it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ObservedRoute {
    pub route: String,
    pub requests: u64,
    pub messages: u64,
    /// Places that too few visitors have shown.
    pub withheld: usize,
    /// Values there was no room for.
    pub overlooked: u64,
    pub places: Vec<ObservedPlace>,
}

/// One place of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ObservedPlace {
    /// As a rule selects it.
    pub place: String,
    /// How often each kind was seen.
    pub kinds: BTreeMap<String, u64>,
    /// What the route's rules say of the place; none: nothing.
    pub category: Option<String>,
    pub action: Option<String>,
}

impl Observations {
    /// Notes a request on a route that is observed.
    pub fn request(&self, route: &Route, request: &Request<Bytes>, visitor: &Visitor) {
        let note = |observed: &mut Observed| observed.requests += 1;
        self.add(route, visitor, || route.policy.shapes_of_request(request), note);
    }

    /// The same of a visitor's message on a socket.
    pub fn message(&self, route: &Route, message: &Message, visitor: &Visitor) {
        let note = |observed: &mut Observed| observed.messages += 1;
        self.add(route, visitor, || route.policy.shapes_of_message(message), note);
    }

    fn add(&self, route: &Route, visitor: &Visitor, read: impl FnOnce() -> Shapes, note: fn(&mut Observed)) {
        let Some(enough) = route.observe else { return };
        let shapes = read();
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let observed = routes.entry(Arc::clone(&route.name)).or_default();
        observed.shapes.add(&shapes, visitor.mark(&self.hasher), enough);
        note(observed);
    }

    /// What may be told of each route, and what its rules say of it now.
    pub fn told(&self, routes: &[Arc<Route>]) -> Vec<ObservedRoute> {
        let observed = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = Observed::default();
        let told = |route: &Arc<Route>| observed.get(&route.name).unwrap_or(&nothing).told(route);
        routes.iter().filter(|route| route.observe.is_some()).map(told).collect()
    }

    /// Forgets the shapes of routes that are not observed any more.
    pub fn keep(&self, routes: &[Arc<Route>]) {
        let is_observed =
            |name: &Arc<str>| routes.iter().any(|route| route.name == *name && route.observe.is_some());
        let mut observed = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        observed.retain(|name, _| is_observed(name));
    }
}

impl Observed {
    fn told(&self, route: &Route) -> ObservedRoute {
        let places = self.shapes.told().into_iter().map(|told| {
            let said = route.policy.says(told.place);
            ObservedPlace {
                place: told.place.to_string(),
                kinds: told.kinds.iter().map(|(kind, count)| (kind.to_string(), *count)).collect(),
                category: said.map(|treatment| treatment.category.to_string()),
                action: said.map(|treatment| treatment.action.name().to_owned()),
            }
        });
        ObservedRoute {
            route: route.name.to_string(),
            requests: self.requests,
            messages: self.messages,
            withheld: self.shapes.withheld(),
            overlooked: self.shapes.overlooked(),
            places: places.collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proxy::shared::tests::route;

    fn observed(name: &str, observe: Option<usize>) -> Arc<Route> {
        Arc::new(Route { observe, ..route(name, "http://127.0.0.1:1") })
    }

    fn visit(observations: &Observations, route: &Route, last: u8) {
        let request = Request::post("/e?v=1").body(Bytes::from_static(b"{\"plan\":\"gold\"}")).unwrap();
        observations.request(route, &request, &Visitor::new([192, 0, 2, last].into()));
    }

    #[test]
    fn only_observed_routes_are_and_each_by_itself() {
        let (one, two, off) = (observed("one", Some(2)), observed("two", Some(1)), observed("off", None));
        let observations = Observations::default();
        for route in [&one, &two, &off] {
            visit(&observations, route, 1);
        }
        let told = observations.told(&[one.clone(), two.clone(), off.clone()]);
        let counts: Vec<_> =
            told.iter().map(|told| (&*told.route, told.requests, told.withheld, told.places.len())).collect();
        assert_eq!(counts, [("one", 1, 2, 0), ("two", 1, 0, 2)]);
        assert_eq!(observations.routes.lock().unwrap().len(), 2);
        visit(&observations, &one, 2);
        let told = &observations.told(&[one])[0];
        let text = serde_json::to_string(&told.places).unwrap();
        assert_eq!(
            text,
            r#"[{"place":"json:/plan","kinds":{"word":2},"category":null,"action":null},{"place":"query:v","kinds":{"integer":2},"category":null,"action":null}]"#
        );
    }

    #[test]
    fn shapes_outlive_a_reload_and_not_the_setting() {
        let (on, off) = (observed("r", Some(1)), observed("r", None));
        let observations = Observations::default();
        visit(&observations, &on, 1);
        observations.keep(std::slice::from_ref(&on));
        assert_eq!(observations.told(std::slice::from_ref(&on))[0].requests, 1);
        observations.keep(&[off]);
        assert_eq!(observations.told(&[on])[0].requests, 0);
    }
}
