//! The docs, checked against the code: every word an operator can write or meet is explained, and nothing that
//! the docs say in tables differs from the data.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use privet::config::vendors::HostName;
use privet::config::{self, vendors};
use privet::logging::FIELDS;
use privet::privacy::policies::POLICIES;
use privet::privacy::{Action, Actions, Category, Kind};

fn page(name: &str) -> String {
    fs::read_to_string(Path::new("docs").join(name)).unwrap()
}

/// A text whose lines may be broken anywhere.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every page for people, with where it stands.
fn pages() -> Vec<(PathBuf, String)> {
    let pages = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let others = ["README.md", "CHANGELOG.md", "certs/README.md"].map(PathBuf::from);
    pages.chain(others).map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The code of a room's files, without their tests.
fn sources(directory: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(path.to_str().unwrap()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = fs::read_to_string(&path).unwrap();
            text.push_str(file.split("#[cfg(test)]").next().unwrap());
        }
    }
    text
}

/// The text literals that follow each occurrence of a mark.
fn literals_after<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let rests = text.match_indices(mark).map(|(at, _)| text[at + mark.len()..].trim_start());
    rests.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).collect()
}

/// The row of a table that begins with a word in code.
fn row<'t>(page: &'t str, word: &str) -> Option<Vec<&'t str>> {
    let start = format!("| `{word}` |");
    let line = page.lines().find(|line| line.starts_with(&start))?;
    Some(line.trim_matches('|').split('|').map(str::trim).collect())
}

#[test]
fn every_key_of_the_settings_is_explained() {
    let code = sources("src/config/file");
    let settings = page("settings.md");
    let readers = [
        "text", "flag", "count", "duration", "size", "texts", "word", "value", "section", "sections", "later",
    ];
    let keys: Vec<&str> =
        readers.iter().flat_map(|reader| literals_after(&code, &format!(".{reader}("))).collect();
    assert!(keys.len() > 40, "the keys were not found");
    for key in keys {
        let told = [format!("`{key}`"), format!("[{key}]"), format!(".{key}]"), format!("{key} =")];
        assert!(told.iter().any(|told| settings.contains(told)), "settings.md does not explain {key}");
    }
}

#[test]
fn every_category_is_told_with_its_meaning_and_the_actions_that_fit() {
    let categories = page("categories.md");
    for category in Category::ALL {
        let row =
            row(&categories, category.name()).unwrap_or_else(|| panic!("categories.md lacks {category}"));
        assert_eq!(row[1], category.meaning(), "{category}");
        assert_eq!(row[2], Action::fitting(category).join(", "), "{category}");
    }
    for action in ["keep", "remove", "replace", "mask", "generalize", "country", "pseudonymize"] {
        assert!(categories.contains(&format!("| `{action}` |")) || action == "replace", "{action}");
    }
}

#[test]
fn the_policies_are_told_as_they_are() {
    let policies = page("policies.md");
    for category in Category::ALL {
        let row = row(&policies, category.name()).unwrap_or_else(|| panic!("policies.md lacks {category}"));
        for ((name, _), told) in POLICIES.iter().zip(&row[1..]) {
            let actions = Actions::builtin(name).unwrap();
            assert_eq!(actions.of(category).name(), *told, "{category} under {name}");
        }
    }
}

#[test]
fn every_vendor_is_told_with_its_hosts_switches_cookies_sources_and_losses() {
    let (told, policies) = (page("vendors.md"), flowing(&page("policies.md")));
    for vendor in vendors::names().into_iter().filter_map(vendors::find) {
        let name = &vendor.name;
        assert!(told.contains(&format!("`vendor = \"{name}\"`, {} places", vendor.rules().len())), "{name}");
        let switches =
            vendor.off_switch.iter().flat_map(|switch| [switch.set.to_string(), switch.value.clone()]);
        let words = vendor.hosts.browser.iter().chain(&vendor.kept_cookies).chain(&vendor.sentinels).cloned();
        let places = vendor.hosts.handed_out.iter().chain(&vendor.country).map(ToString::to_string);
        for word in words.chain(switches).chain(places) {
            assert!(told.contains(&format!("`{word}`")), "vendors.md lacks {word} of {name}");
        }
        let section = told.split(&format!("`vendor = \"{name}\"`")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        for place in &vendor.hosts.places {
            let hosts: Vec<&String> = match &place.host {
                HostName::Everywhere(host) => vec![host],
                HostName::ByRegion(hosts) => hosts.values().collect(),
            };
            let row =
                section.lines().find(|line| line.starts_with("| places on a route of its own |")).unwrap();
            assert!(row.contains(&format!("`{}`", place.at)), "vendors.md lacks {} of {name}", place.at);
            for host in hosts {
                assert!(row.contains(&format!("`{host}`")), "vendors.md lacks {host} of {name}");
            }
            assert!(section.contains(&vendor.hosts.account), "vendors.md: where is the account of {name}?");
        }
        let sources =
            vendor.off_switch.iter().filter_map(|switch| switch.source.as_ref()).chain(&vendor.sources);
        for source in sources {
            assert!(told.contains(source), "vendors.md lacks {source} of {name}");
        }
        for (what, has, why_not) in vendor.possessions() {
            let row = format!("| {what} | none: {why_not} |");
            assert!(has || section.contains(&row), "vendors.md lacks of {name}: {row}");
        }
        for patch in &vendor.patches {
            assert!(
                section.contains(&format!("`{}`", patch.name)),
                "vendors.md lacks {} of {name}",
                patch.name
            );
        }
        for (policy, _) in POLICIES {
            let loss = vendor.impact.of(policy).unwrap();
            assert!(
                policies.contains(&flowing(&format!("- **{policy}**: {loss}"))),
                "policies.md: {name} under {policy}"
            );
        }
    }
}

#[test]
fn every_kind_of_value_is_told() {
    let told = page("maps.md");
    for kind in Kind::ALL {
        assert!(told.contains(&format!("`{kind}`")), "maps.md lacks {kind}");
    }
}

#[test]
fn every_consent_tool_is_told_with_its_purposes_and_its_source() {
    let told = page("visitor-choice.md");
    for preset in privet::config::consent::presets() {
        let row =
            row(&told, &preset.name).unwrap_or_else(|| panic!("visitor-choice.md lacks {}", preset.name));
        assert!(row[1].contains(&preset.title) && row[3].contains(&preset.source), "{}", preset.name);
        let same = row[2].starts_with("the same") && preset.purposes.len() == 3;
        assert!(same || preset.purposes.keys().all(|purpose| row[2].contains(purpose)), "{}", preset.name);
    }
}

#[test]
fn every_metric_is_told() {
    let told = page("operating.md");
    let code = fs::read_to_string("src/metrics.rs").unwrap();
    let plain = literals_after(&code, "registry.register(");
    let timed = literals_after(&code, "registry.register_with_unit(");
    assert!(plain.len() > 5 && !timed.is_empty(), "the metrics were not found");
    let timed = timed.into_iter().map(|name| format!("{name}_seconds"));
    for name in plain.into_iter().map(str::to_owned).chain(timed) {
        let told_as = [format!("privet_{name}"), format!("privet_{name}_total")];
        assert!(told_as.iter().any(|name| row(&told, name).is_some()), "operating.md lacks {name}");
    }
}

#[test]
fn every_field_and_every_fixed_word_of_the_log_is_told() {
    let told = page("operating.md");
    for (field, _) in FIELDS {
        assert!(row(&told, field).is_some(), "operating.md lacks the field {field}");
    }
    let code = sources("src");
    let reasons = code
        .split("fn reason(")
        .skip(1)
        .flat_map(|rest| literals_after(rest.split("\n    }\n").next().unwrap(), "=>"));
    let cuts = literals_after(&code, "connection_cut(&entrance.name,");
    let words: Vec<&str> = reasons.chain(cuts).collect();
    assert!(words.len() > 20, "the words were not found");
    for word in words {
        assert!(told.contains(&format!("`{word}`")), "operating.md lacks the word {word}");
    }
}

#[test]
fn the_map_of_the_house_names_every_room_and_every_test() {
    let told = page("house.md");
    let entries = ["tests", "src/privacy"].iter().flat_map(|directory| fs::read_dir(directory).unwrap());
    for name in entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let behind_the_door = name == "mod.rs" || name == "fixture.rs";
        let stands = [format!("`{name}`"), format!("`{name}/`"), format!("/{name}`"), format!("/{name}/`")];
        let is_told = stands.iter().any(|word| told.contains(word));
        assert!(behind_the_door || is_told, "house.md lacks {name}");
    }
}

#[test]
fn the_ten_line_example_is_one_that_runs() {
    let readme = fs::read_to_string("README.md").unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(example.lines().filter(|line| !line.is_empty()).count(), 10);

    let directory = std::env::temp_dir().join(format!("privet-docs-{}", std::process::id()));
    fs::create_dir_all(directory.join("certs")).unwrap();
    let made = rcgen::generate_simple_self_signed(["stats.example.com".to_owned()]).unwrap();
    fs::write(directory.join("certs/site.pem"), made.cert.pem()).unwrap();
    fs::write(directory.join("certs/site.key"), made.signing_key.serialize_pem()).unwrap();
    let read = config::parse(example, &directory.join("proxy.toml"));
    fs::remove_dir_all(directory).unwrap();
    assert_eq!(read.unwrap().notes, [""; 0]);
}

#[test]
fn every_link_leads_somewhere() {
    for (file, text) in pages() {
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link} leads nowhere", file.display());
            if !anchor.is_empty() {
                let target = fs::read_to_string(&target).unwrap();
                let found =
                    target.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
                assert!(found, "{}: {link} leads to no heading", file.display());
            }
        }
    }
}

/// A heading as links name it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

#[test]
fn a_pseudonym_is_never_called_more_than_it_is() {
    for (file, text) in pages() {
        assert!(!own_words(&text).to_lowercase().contains("anonym"), "{}", file.display());
    }
}

/// A text without what stands in code and without addresses: those words are their owners'.
fn own_words(text: &str) -> String {
    let prose = text.split('`').step_by(2).flat_map(str::split_whitespace);
    prose.filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ")
}
