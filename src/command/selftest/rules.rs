//! Every place that a rule or a well-known name speaks of, with a mark at each.
//!
//! Knows selectors; does not know which rule is the first to speak: `expected` does. Invariant: a rule that can be
//! reached by a visitor is reached by a probe.

use std::collections::HashSet;

use serde_json::Value;

use super::expected::{Expected, Word};
use super::mark::Marks;
use super::place::{self, ANY, Filling, Key, Surface};
use super::probe::{Carried, Letter, Probe, pairs, percent};
use super::wrapping::multipart;
use crate::config::Route;
use crate::privacy::{Category, Path, Selector};

/// As many marks stand in one request.
const TOGETHER: usize = 40;

/// Probes for every rule of a route and every well-known name.
pub fn probes(route: &Route, word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let known = word.known();
    let selectors: Vec<&Selector> = route.policy.rules().map(|(rule, _)| &rule.selector).collect();
    let mut probes = Vec::new();
    for surface in Surface::ALL {
        let ruled = selectors.iter().filter_map(|selector| surface.name(selector));
        let ruled = ruled.map(|name| (place::name(name), Category::Unmapped));
        let names = ruled.chain(known.iter().map(|(category, name)| ((*name).to_owned(), *category)));
        together(surface, names, word, marks, &mut probes);
    }
    documents(&selectors, word, marks, &mut probes);
    let paths =
        selectors.iter().filter_map(|it| if let Selector::Path(path) = it { Some(path) } else { None });
    probes.extend(paths.filter_map(|path| self::path(path, word, marks)));
    probes.extend(text(word, marks));
    probes
}

/// Marks at named places, some in each request.
fn together(
    surface: Surface,
    names: impl Iterator<Item = (String, Category)>,
    word: &Word<'_>,
    marks: &mut Marks,
    probes: &mut Vec<Probe>,
) {
    let mut seen = HashSet::new();
    let mut places: Vec<(String, Expected)> = Vec::new();
    for (name, otherwise) in names.filter(|(name, _)| seen.insert(name.clone())) {
        let expected = word.at(surface, &name, otherwise);
        places.extend(tells(&expected).then_some((name, expected)));
    }
    for some in places.chunks(TOGETHER) {
        let mut named = Vec::new();
        let mut carried = Vec::new();
        for (name, expected) in some {
            let mark = marks.next(expected.category);
            named.push((name.as_str(), mark.value.clone()));
            let place = format!("{}:{name}", surface.word());
            carried.push(Carried { mark, place, expected: expected.clone() });
        }
        probes.push(Probe { surface: surface.word(), carried, letter: letter(surface, &named) });
    }
}

/// Named values, sent together.
fn letter(surface: Surface, named: &[(&str, String)]) -> Letter {
    let get = Letter::get(format!("/{ANY}"));
    let listed = || pairs(named.iter().map(|(name, value)| (*name, value.as_str())));
    match surface {
        Surface::Header => named.iter().fold(get, |letter, (name, value)| letter.with(name, value.as_str())),
        Surface::Cookie => {
            let cookies = named.iter().map(|(name, value)| format!("{name}={}", percent(value)));
            get.with("cookie", cookies.collect::<Vec<_>>().join("; "))
        }
        Surface::Query => Letter::get(format!("/{ANY}?{}", listed())),
        Surface::Form => Letter::post("application/x-www-form-urlencoded", listed()),
        Surface::Part => {
            let part = |(name, value): &(&str, String)| {
                (format!("name=\"{name}\""), "text/plain", value.clone().into_bytes())
            };
            multipart(&named.iter().map(part).collect::<Vec<_>>())
        }
    }
}

/// Whether there is anything to be told of a visitor at a place: what the vendor's protocol needs tells nothing.
fn tells(expected: &Expected) -> bool {
    !(expected.passes() && matches!(expected.category, Category::Service | Category::Time))
}

fn documents(selectors: &[&Selector], word: &Word<'_>, marks: &mut Marks, probes: &mut Vec<Probe>) {
    let mut places: Vec<(Vec<Key>, Category)> = Vec::new();
    for filling in [Filling::Near, Filling::Far] {
        let pointers = selectors
            .iter()
            .filter_map(|it| if let Selector::Json(pointer) = it { Some(pointer) } else { None });
        places.extend(pointers.map(|pointer| (place::keys(pointer, filling), Category::Unmapped)));
    }
    places.extend(
        word.known().iter().map(|(category, name)| (vec![Key::Member((*name).to_owned())], *category)),
    );

    let mut open = Sheet::default();
    for (keys, otherwise) in places.into_iter().filter(|(keys, _)| !keys.is_empty()) {
        let expected = word.json(&keys, otherwise);
        if !tells(&expected) {
            continue;
        }
        let mark = marks.next(expected.category);
        if open.carried.len() == TOGETHER || !place::put(&mut open.document, &keys, &mark.value) {
            probes.extend(std::mem::take(&mut open).probe());
            place::put(&mut open.document, &keys, &mark.value);
        }
        open.carried.push(Carried { mark, place: format!("json:{}", place::pointer(&keys)), expected });
    }
    probes.extend(open.probe());
}

/// A document being filled.
#[derive(Default)]
struct Sheet {
    document: Value,
    carried: Vec<Carried>,
}

impl Sheet {
    fn probe(self) -> Option<Probe> {
        let full = !self.carried.is_empty();
        full.then(|| Probe { surface: "json", letter: Letter::json(&self.document), carried: self.carried })
    }
}

fn path(path: &Path, word: &Word<'_>, marks: &mut Marks) -> Option<Probe> {
    let concrete: Vec<String> =
        path.0.iter().map(|segment| segment.as_deref().unwrap_or(ANY).to_owned()).collect();
    let mut segments = concrete.clone();
    let mut carried = Vec::new();
    for index in (0..concrete.len()).filter(|index| path.0[*index].is_none()) {
        let Some(expected) = word.segment(&concrete, index).filter(tells) else { continue };
        let mark = marks.next(expected.category);
        segments[index] = percent(&mark.value);
        carried.push(Carried { mark, place: format!("path:{path}"), expected });
    }
    let letter = Letter::get(format!("/{}", segments.join("/")));
    (!carried.is_empty()).then_some(Probe { surface: "path", carried, letter })
}

fn text(word: &Word<'_>, marks: &mut Marks) -> Option<Probe> {
    let expected = word.text().filter(tells)?;
    let mark = marks.next(expected.category);
    let letter = Letter::post("text/plain", mark.value.clone());
    Some(Probe {
        surface: "text",
        carried: vec![Carried { mark, place: "text:".to_owned(), expected }],
        letter,
    })
}
