//! `[geo]`: the database of countries, and how small a country may be to be told.
//!
//! Knows where the file is; does not know its format. Invariant: a database that cannot be read stops the start.

use http::HeaderName;

use super::super::file::GeoEntry;
use super::super::problem::Findings;
use super::super::words::quote;
use super::Desk;
use crate::privacy::{Geo, Name, Selector};

/// Fewer people than in a city.
const MINIMUM_POPULATION: u64 = 100_000;
const HEADER: &str = "x-country-code";

pub fn geo(entry: &GeoEntry, desk: &Desk<'_>) -> Option<Geo> {
    let Some(database) = &entry.database else {
        let instead = "write database = \"country.mmdb\"";
        desk.findings.missing(entry.line, "[geo]", &["database"], instead);
        return None;
    };
    let bytes = desk.bytes(database, "[geo]")?;
    let minimum = entry.minimum_population.as_ref().map_or(MINIMUM_POPULATION, |written| written.value);
    let smaller = entry.smaller.as_ref().map(|written| written.value).unwrap_or_default();
    Geo::read(bytes, minimum, smaller)
        .map_err(|error| {
            let what = format!("{} {error}", quote(&database.value));
            desk.findings.tell(
                database.line,
                "[geo]",
                what,
                "bring a country database, see docs/settings.md",
            );
        })
        .ok()
}

/// The header for vendors whose map knows no place for a country.
pub fn header(entry: &GeoEntry, findings: &Findings) -> Selector {
    let name = entry.header.as_ref().map_or(HEADER, |written| &written.value);
    if HeaderName::try_from(name).is_err() {
        let line = entry.header.as_ref().map_or(entry.line, |written| written.line);
        findings.tell(
            line,
            "[geo]",
            format!("{} is no header name", quote(name)),
            format!("write {HEADER:?}"),
        );
    }
    Selector::Header(Name { stem: name.to_ascii_lowercase().into(), open: false })
}
