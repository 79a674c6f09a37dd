//! Routes beside each other: what one of them must know of all, and where two of them want the same.
//!
//! Does not read a route's own entry. Invariant: of two routes that could get one request the settings are refused,
//! or a note says which of them it is.

use std::sync::Arc;

use super::super::file::RouteEntry;
use super::super::settings::Route;
use super::super::upstream::Upstream;
use super::super::vendors::{self, Vendor};
use super::super::words::quote;
use super::{Desk, distinct};
use crate::privacy::surface::response::Names;
use crate::privacy::{Mount, Sources};

/// Routes that know where visitors find what the vendor's answers name.
pub fn mounted(routes: Vec<Route>) -> Vec<Arc<Route>> {
    let own: Vec<Vec<Mount>> = routes.iter().map(own_mounts).collect();
    let complete = |(index, route): (usize, Route)| {
        let others = own.iter().enumerate().filter(|(other, _)| *other != index);
        let others = others.flat_map(|(_, mounts)| mounts);
        let vendor = route.vendor.as_deref().and_then(vendors::find);
        let hosts = vendor.into_iter().flat_map(|vendor| &vendor.hosts.browser);
        // Better a request that finds nothing here than one that finds the vendor.
        let stand_in = |host: &String| {
            Some(Mount {
                upstream: host.parse().ok()?,
                base_path: String::new(),
                ..own[index].first()?.clone()
            })
        };
        let mounts = own[index].iter().chain(others).cloned().chain(hosts.filter_map(stand_in));
        let mounts: Arc<[Mount]> = mounts.collect();
        let patches = vendor.map(Vendor::patches).unwrap_or_default();
        let names = Arc::new(Names::new(Arc::clone(&mounts), patches));
        let sources = Sources::new(&own[index], &route.site_origins);
        let strictly = |strict: Arc<Route>| {
            let (mounts, names) = (Arc::clone(&mounts), Arc::clone(&names));
            let policy = strict.policy.clone().from(sources.clone());
            Arc::new(Route { mounts, names, policy, ..Arc::unwrap_or_clone(strict) })
        };
        let strict = route.strict.clone().map(strictly);
        let policy = route.policy.clone().from(sources);
        Arc::new(Route { mounts, names, policy, strict, ..route })
    };
    routes.into_iter().enumerate().map(complete).collect()
}

fn own_mounts(route: &Route) -> Vec<Mount> {
    let root = route.path.as_deref().unwrap_or("/");
    let mount = |upstream: Upstream, place: String| Mount {
        upstream: upstream.authority,
        base_path: upstream.base_path,
        host: route.host.clone(),
        place,
        keep_path: route.keep_path,
    };
    let roots = route.upstreams().map(|upstream| mount(upstream, root.to_owned()));
    let further = route.places.iter().map(|place| mount(place.upstream.clone(), place.below(root)));
    roots.chain(further).collect()
}

/// Tells routes of one name, and routes that want the same requests.
pub fn each_alone(entries: &[RouteEntry], routes: &[Option<Route>], desk: &Desk<'_>) {
    let names = entries.iter().map(|entry| entry.name.as_ref().map(|name| &name.value));
    distinct(names, |_, second| {
        let entry = &entries[second];
        let line = entry.name.as_ref().map_or(entry.line, |name| name.line);
        desk.findings.tell(
            line,
            &entry.place,
            "there is a route of this name already",
            "choose another name",
        );
    });
    let places = routes.iter().map(|route| {
        let route = route.as_ref()?;
        Some((route.host.as_deref(), route.path.as_deref().unwrap_or("/")))
    });
    distinct(places, |first, second| {
        let entry = &entries[second];
        let what = format!("{} has the same host and path", entries[first].place);
        desk.findings.tell(entry.line, &entry.place, what, "give one of them another host or path");
    });
    each_place_alone(entries, routes, desk);
    for named in routes.iter().flatten().filter(|route| route.host.is_some()) {
        for open in routes.iter().flatten().filter(|route| route.host.is_none()) {
            let [ours, theirs] = [named, open].map(|route| route.path.as_deref().unwrap_or("/"));
            if ours.starts_with(theirs) || theirs.starts_with(ours) {
                let text = format!(
                    "shares paths with route {}, which names no host; the named host wins",
                    quote(&open.name)
                );
                desk.findings.note(&format!("route {}", quote(&named.name)), &text);
            }
        }
    }
}

/// Tells routes whose paths lie among the places of another's vendor.
fn each_place_alone(entries: &[RouteEntry], routes: &[Option<Route>], desk: &Desk<'_>) {
    let path = |route: &Route| route.path.clone().unwrap_or_else(|| "/".to_owned());
    for (mounted, first) in routes.iter().zip(entries) {
        let Some(mounted) = mounted else { continue };
        for (other, entry) in routes.iter().zip(entries) {
            let Some(other) = other.as_ref().filter(|other| other.host == mounted.host) else { continue };
            let (ours, theirs) = (path(mounted), path(other));
            let meets = |place: &str| place.starts_with(&theirs) || theirs.starts_with(place);
            // A shorter path than the route's own is asked after it.
            if theirs.len() > ours.len() && mounted.places.iter().any(|place| meets(&place.fixed_part(&ours)))
            {
                let what =
                    format!("path {} lies where {} serves its vendor's hosts", quote(&theirs), first.place);
                desk.findings.tell(entry.line, &entry.place, what, "choose another path");
            }
        }
    }
}
