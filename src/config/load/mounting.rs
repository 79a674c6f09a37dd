//! Where a route leads that names its vendor alone: to the hosts that the vendor's file tells, each at a place of its
//! own.
//!
//! Knows regions and accounts; does not know a vendor's name. Invariant: what an operator writes selects among the
//! vendor's hosts or is one label in them, and never names a host of its own.

use std::net::SocketAddr;

use http::uri::Authority;

use super::super::file::RouteEntry;
use super::super::section::Written;
use super::super::vendors::Vendor;
use super::super::words::{either, quote};
use super::{Desk, given};
use crate::privacy::is_label;

/// A host, and the path on it that stands for the place's own.
pub type Host = (Authority, String);

/// The host at the root of a route, and the others with their places.
type Hosts = (Host, Vec<(String, Host)>);

/// The vendor's hosts, in the region and of the account that the route says.
pub fn hosts(entry: &RouteEntry, vendor: Option<&Vendor>, desk: &Desk<'_>) -> Option<Hosts> {
    let place = &entry.place;
    let Some(vendor) = vendor.filter(|vendor| !vendor.hosts.places.is_empty()) else {
        let instead = match vendor {
            Some(vendor) => {
                format!("{} is wherever the site runs it: write upstream = \"https://…\"", vendor.title)
            }
            None => "write upstream = \"https://…\"".to_owned(),
        };
        desk.findings.missing(entry.line, place, &["upstream"], &instead);
        of_no_use(entry, desk);
        return None;
    };
    if let Some(keep) = &entry.keep_path {
        let what = "keep_path, and the vendor's hosts are each at a place of their own";
        desk.findings.tell(keep.line, place, what, "remove keep_path, or write upstream = \"https://…\"");
    }
    let region = given(&entry.upstream.region, |written| region(written, vendor, place, desk))?;
    if region.is_none() && vendor.hosts.regions.len() > 1 {
        let (first, all) = (&vendor.hosts.regions[0], either(&vendor.hosts.regions));
        desk.findings
            .note(place, &format!("region is {}, as it is not written; there is {all}", quote(first)));
    }
    let region = region.or(vendor.hosts.regions.first().map(String::as_str));
    let account = account(entry, vendor, region, desk)?;
    let read = |(at, host): (&str, String)| {
        let (authority, base_path) = host.split_at(host.find('/').unwrap_or(host.len()));
        Some((at.to_owned(), (authority.parse().ok()?, base_path.to_owned())))
    };
    let mut hosts =
        vendor.hosts.mounted(region, account).into_iter().map(read).collect::<Option<Vec<_>>>()?;
    let (_, root) = hosts.remove(0);
    Some((root, hosts))
}

/// Tells what only a vendor's own hosts could heed.
pub fn of_no_use(entry: &RouteEntry, desk: &Desk<'_>) {
    let written = [("region", &entry.upstream.region), ("account", &entry.upstream.account)];
    for (key, written) in written {
        if let Some(written) = written {
            let what = format!("{key} says nothing where an upstream is written");
            let instead = format!("remove {key}, or remove upstream and let the vendor say where it is");
            desk.findings.tell(written.line, &entry.place, what, instead);
        }
    }
}

/// An address that every connection of a route goes to.
pub fn connect_to(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<SocketAddr> {
    let address: Option<SocketAddr> = written.value.parse().ok();
    let address = address.filter(|address| address.port() != 0 && !address.ip().is_unspecified());
    match address {
        Some(address) => {
            let note = format!(
                "connect_to: every connection of the route goes to {address}, whatever its hosts' names lead to"
            );
            desk.findings.note(place, &note);
        }
        None => {
            let what = format!("connect_to {} is no address with a port", quote(&written.value));
            desk.findings.tell(written.line, place, what, "write connect_to = \"127.0.0.1:9443\"");
        }
    }
    address
}

fn region<'v>(
    written: &Written<String>,
    vendor: &'v Vendor,
    place: &str,
    desk: &Desk<'_>,
) -> Option<&'v str> {
    let regions = &vendor.hosts.regions;
    let region = regions.iter().find(|region| **region == written.value);
    if region.is_none() {
        let (what, instead) = if regions.is_empty() {
            (format!("{} has no regions", vendor.title), "remove region".to_owned())
        } else {
            let what = format!("{} has no region {}", vendor.title, quote(&written.value));
            (what, format!("use {}", either(regions)))
        };
        desk.findings.tell(written.line, place, what, instead);
    }
    region.map(String::as_str)
}

/// The name of the account, where a host cannot be told without.
fn account<'e>(
    entry: &'e RouteEntry,
    vendor: &Vendor,
    region: Option<&str>,
    desk: &Desk<'_>,
) -> Option<&'e str> {
    let (written, title, found) = (&entry.upstream.account, &vendor.title, &vendor.hosts.account);
    match (written, vendor.hosts.wants_account(region)) {
        (None, false) => Some(""),
        (None, true) => {
            let instead = format!("write account = \"…\": {found}");
            desk.findings.missing(entry.line, &entry.place, &["account"], &instead);
            None
        }
        (Some(written), false) => {
            let what = format!("{title} has no hosts of an account");
            desk.findings.tell(written.line, &entry.place, what, "remove account");
            None
        }
        (Some(Written { value, line }), true) if !is_label(value) => {
            let what = format!("account {} is no part of a host's name", quote(value));
            desk.findings.tell(
                *line,
                &entry.place,
                what,
                format!("write small letters, digits and -: {found}"),
            );
            None
        }
        (Some(written), true) => Some(&written.value),
    }
}
