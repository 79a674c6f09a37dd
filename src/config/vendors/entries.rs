//! The shape of a vendor's file.
//!
//! Does not know which vendors there are. Invariant: an unknown key, category or selector does not parse.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::super::units;
use crate::privacy::surface::response::Patch;
use crate::privacy::{Action, Category, OffSwitch, Rule, Selector};

/// What stands in a host for the name of the site's account.
pub const ACCOUNT: &str = "{account}";

/// One vendor, as its file describes it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    pub name: String,
    /// The name as the vendor writes it.
    pub title: String,
    /// What sites use it for, in one of the words of [`crate::config::pages::Purpose`].
    #[serde(default)]
    pub purpose: String,
    /// Public documentation the file was written from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Texts that mean "take the address yourself", neutralized wherever they stand.
    #[serde(default)]
    pub sentinels: Vec<String>,
    /// What a page embeds, with `{origin}`, `{place}` and `{host}` for where the route is.
    #[serde(default)]
    pub snippet: String,
    /// The vendor's own opt-out and consent cookies: they pass both ways as they are.
    #[serde(default)]
    pub kept_cookies: Vec<String>,
    /// Where the vendor takes a country's code that the sender knows.
    #[serde(default, deserialize_with = "spelled_all")]
    pub country: Vec<Selector>,
    #[serde(default)]
    pub hosts: Hosts,
    #[serde(default)]
    pub map: Vec<MapEntry>,
    /// Well-known field names, anywhere and in any spelling.
    #[serde(default)]
    pub names: Vec<NamesEntry>,
    #[serde(default)]
    pub off_switch: Vec<OffSwitchEntry>,
    /// Changes to the vendor's scripts, without which they would not work from here.
    #[serde(default, rename = "patch")]
    pub patches: Vec<PatchEntry>,
    #[serde(default)]
    pub lacks: Lacks,
    #[serde(default)]
    pub impact: Impact,
    #[serde(default, rename = "test")]
    pub tests: Vec<Pair>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// The ones a browser talks to unprompted, served or not.
    #[serde(default)]
    pub browser: Vec<String>,
    /// Where the vendor keeps data; the first, where a route does not say.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Where an operator finds what stands for `{account}` in hosts.
    #[serde(default)]
    pub account: String,
    /// What a route serves that names no upstream, the root first; none: everybody runs the vendor's server himself.
    #[serde(default, rename = "place")]
    pub places: Vec<HostPlace>,
    /// Where answers hand out further hosts.
    #[serde(default, deserialize_with = "spelled_all")]
    pub handed_out: Vec<Selector>,
}

/// A host of the vendor's, and where the route serves it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPlace {
    /// Begins and ends with `/`; `*` is what `*` is in the host.
    pub at: String,
    /// A path behind it stands for `at` on the vendor's side.
    pub host: HostName,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum HostName {
    Everywhere(String),
    ByRegion(BTreeMap<String, String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapEntry {
    #[serde(deserialize_with = "spelled")]
    pub category: Category,
    #[serde(deserialize_with = "spelled_all")]
    pub select: Vec<Selector>,
    /// How long cookies may live that the vendor sets here, at `set-cookie:` alone.
    #[serde(default, deserialize_with = "span")]
    pub max_age: Option<Duration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesEntry {
    #[serde(deserialize_with = "spelled")]
    pub category: Category,
    pub names: Vec<String>,
}

/// One of the vendor's own privacy flags.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffSwitchEntry {
    #[serde(deserialize_with = "spelled")]
    pub set: Selector,
    /// A JSON literal for `json:`, text otherwise.
    pub value: String,
    #[serde(default)]
    pub source: Option<String>,
}

/// A text in a script that is found, and the one that is put in its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchEntry {
    /// As `explain` and the metrics tell it.
    pub name: String,
    /// One of the vendor's hosts, or a pattern of them with one `*`; any, if it is not written.
    #[serde(default)]
    pub host: Option<String>,
    /// The path there; each `*` is anything.
    pub path: String,
    pub find: String,
    pub replace: String,
    /// Why.
    pub source: String,
    /// A piece of the vendor's script as it was published, in which the text is found.
    pub excerpt: String,
}

/// Why there is nothing of what other vendors have; empty, where there is something.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lacks {
    pub sentinels: String,
    pub kept_cookies: String,
    pub off_switches: String,
    pub handed_out: String,
    pub patches: String,
}

/// What stops working under each policy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    #[serde(default)]
    pub strict: String,
    #[serde(default)]
    pub cnil: String,
    #[serde(default)]
    pub balanced: String,
    #[serde(default, rename = "address-only")]
    pub address_only: String,
}

/// A request before and after, under a policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub name: String,
    pub policy: String,
    pub before: String,
    pub after: String,
}

impl Vendor {
    /// The map, one rule a selector, in the order written, and the places where answers hand out hosts.
    pub fn rules(&self) -> Vec<Rule> {
        let rule = |entry: &MapEntry, selector: &Selector| Rule {
            selector: selector.clone(),
            category: entry.category,
            action: None,
            max_age: entry.max_age,
        };
        self.map
            .iter()
            .flat_map(|entry| entry.select.iter().map(move |selector| rule(entry, selector)))
            .chain(self.hosts.handed_out.iter().map(handed_out))
            .collect()
    }

    /// Every well-known name with its category.
    pub fn named(&self) -> impl Iterator<Item = (Category, &str)> {
        self.names.iter().flat_map(|entry| entry.names.iter().map(|name| (entry.category, name.as_str())))
    }

    pub fn patches(&self) -> Vec<Patch> {
        let patch = |entry: &PatchEntry| Patch {
            name: entry.name.as_str().into(),
            host: entry.host.as_deref().map(Into::into),
            path: entry.path.as_str().into(),
            find: entry.find.as_str().into(),
            replace: entry.replace.as_str().into(),
        };
        self.patches.iter().map(patch).collect()
    }

    /// What a vendor may have, as the docs call it: whether this one has it, and if not, why.
    pub fn possessions(&self) -> [(&'static str, bool, &str); 5] {
        let Lacks { sentinels, kept_cookies, off_switches, handed_out, patches } = &self.lacks;
        [
            ("sentinels", !self.sentinels.is_empty(), sentinels),
            ("kept cookies", !self.kept_cookies.is_empty(), kept_cookies),
            ("off-switches", !self.off_switch.is_empty(), off_switches),
            ("where answers hand out further hosts", !self.hosts.handed_out.is_empty(), handed_out),
            ("patches", !self.patches.is_empty(), patches),
        ]
    }

    pub fn off_switches(&self) -> impl Iterator<Item = OffSwitch> {
        self.off_switch
            .iter()
            .map(|switch| OffSwitch { place: switch.set.clone(), value: switch.value.clone() })
    }
}

impl Hosts {
    /// Where each place begins and the host that stands there, in a region and for an account.
    pub fn mounted(&self, region: Option<&str>, account: &str) -> Vec<(&str, String)> {
        let host = |place: &HostPlace| Some(place.host.in_region(region)?.replace(ACCOUNT, account));
        self.places.iter().filter_map(|place| Some((place.at.as_str(), host(place)?))).collect()
    }

    /// Whether a host cannot be told without the name of an account.
    pub fn wants_account(&self, region: Option<&str>) -> bool {
        self.places.iter().filter_map(|place| place.host.in_region(region)).any(|host| host.contains(ACCOUNT))
    }
}

impl HostName {
    /// The host there, if the vendor has one there.
    fn in_region(&self, region: Option<&str>) -> Option<&str> {
        match self {
            Self::Everywhere(host) => Some(host),
            Self::ByRegion(hosts) => hosts.get(region?).map(String::as_str),
        }
    }
}

fn handed_out(selector: &Selector) -> Rule {
    let (selector, category) = (selector.clone(), Category::Service);
    Rule { selector, category, action: Some(Action::Route), max_age: None }
}

impl Impact {
    pub fn of(&self, policy: &str) -> Option<&str> {
        Some(match policy {
            "strict" => &self.strict,
            "cnil" => &self.cnil,
            "balanced" => &self.balanced,
            "address-only" => &self.address_only,
            _ => return None,
        })
    }
}

/// A word of floor 1, read by its own rules.
fn spelled<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    parse(&String::deserialize(deserializer)?)
}

fn spelled_all<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| parse(text)).collect()
}

/// A span of time, written.
fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    units::duration(&text).map(Some).ok_or_else(|| de::Error::custom(format_args!("{text:?} is no time")))
}

fn parse<T: FromStr<Err: Display>, E: de::Error>(text: &str) -> Result<T, E> {
    text.parse().map_err(|error| E::custom(format_args!("{text:?}: {error}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        title = "Small"
        [[map]]
        category = "service"
        select = ["json:/key", "query:v"]
        [[map]]
        category = "screen"
        select = ["query:res"]
        [[names]]
        category = "address"
        names = ["ip", "client_ip"]
        [[off_switch]]
        set = "query:ip"
        value = "0"
    "#;

    #[test]
    fn a_map_becomes_rules_in_the_order_written() {
        let vendor: Vendor = toml::from_str(SMALL).unwrap();
        let rules: Vec<String> =
            vendor.rules().iter().map(|rule| format!("{} {}", rule.selector, rule.category)).collect();
        assert_eq!(rules, ["json:/key service", "query:v service", "query:res screen"]);
        let named: Vec<_> = vendor.named().collect();
        assert_eq!(named, [(Category::Address, "ip"), (Category::Address, "client_ip")]);
        assert_eq!(
            vendor.off_switches().map(|switch| switch.place.to_string()).collect::<Vec<_>>(),
            ["query:ip"]
        );
    }

    #[test]
    fn a_place_has_a_host_for_all_regions_or_for_some_of_them_and_an_account_stands_in_it() {
        let hosts: Hosts = toml::from_str(
            r#"
            regions = ["eu", "us"]
            [[place]]
            at = "/"
            host = { eu = "{account}.eu.vendor.example", us = "us.vendor.example" }
            [[place]]
            at = "/_p/cdn/"
            host = "cdn.vendor.example"
            [[place]]
            at = "/_p/replay/"
            host = { us = "replay.vendor.example" }
        "#,
        )
        .unwrap();
        let told = |region| hosts.mounted(Some(region), "acme");
        let cdn = ("/_p/cdn/", "cdn.vendor.example".to_owned());
        assert_eq!(told("eu"), [("/", "acme.eu.vendor.example".to_owned()), cdn.clone()]);
        let replay = ("/_p/replay/", "replay.vendor.example".to_owned());
        assert_eq!(told("us"), [("/", "us.vendor.example".to_owned()), cdn, replay]);
        assert!(hosts.wants_account(Some("eu")) && !hosts.wants_account(Some("us")));
    }

    #[test]
    fn an_unknown_key_category_or_selector_does_not_parse() {
        for (right, wrong) in [("title", "titel"), ("service", "servce"), ("json:/key", "jsn:/key")] {
            let error = toml::from_str::<Vendor>(&SMALL.replacen(right, wrong, 1)).unwrap_err();
            assert!(error.message().contains(wrong), "{error}");
        }
    }
}
