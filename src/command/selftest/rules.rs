//! Every place that a rule or a well-known name speaks of, with a mark at each.
//!
//! Knows selectors; does not know which rule is the first to speak: `expected` does. Invariant: a rule that can be
//! reached by a visitor is reached by a probe.

use serde_json::Value;

use super::expected::{Expected, Word};
use super::mark::Marks;
use super::place::{self, ANY, Filling, Key};
use super::probe::{Carried, Letter, Probe, pairs, percent};
use super::wrapping::multipart;
use crate::config::{Route, vendors};
use crate::privacy::{Category, Path, Selector};

/// As many marks stand in one request.
const TOGETHER: usize = 40;

/// Names on one surface, and how they are sent together.
struct Surface {
    name: &'static str,
    send: fn(&[(String, String)]) -> Letter,
}

const QUERY: Surface = Surface { name: "query", send: |named| Letter::get(format!("/{ANY}?{}", listed(named))) };
const FORM: Surface = Surface {
    name: "form",
    send: |named| Letter::post("application/x-www-form-urlencoded", listed(named)),
};
const PART: Surface = Surface { name: "part", send: parts };
const COOKIE: Surface = Surface {
    name: "cookie",
    send: |named| {
        let cookies: Vec<String> = named.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        Letter::get(format!("/{ANY}")).with("cookie", cookies.join("; "))
    },
};
const HEADER: Surface = Surface {
    name: "header",
    send: |named| {
        named.iter().fold(Letter::get(format!("/{ANY}")), |letter, (name, value)| letter.with(name, value.clone()))
    },
};

/// A place and what should become of what stands there.
type Named = (String, Expected);

/// Probes for every rule of a route and every well-known name.
pub fn probes(route: &Route, marks: &mut Marks) -> Vec<Probe> {
    let word = Word::of(route);
    let known: Vec<(Category, &str)> = vendors::general().named().collect();
    let selectors: Vec<&Selector> = route.policy.rules().map(|(rule, _)| &rule.selector).collect();
    let mut probes = Vec::new();
    let names = |pick: fn(&Selector) -> Option<String>| selectors.iter().filter_map(|selector| pick(selector)).collect::<Vec<_>>();
    let rest = |name: String| (name, Category::Unmapped);
    let anywhere = || known.iter().map(|(category, name)| ((*name).to_owned(), *category));

    let ruled = names(|it| if let Selector::Query(name) = it { Some(place::name(name)) } else { None });
    let all = ruled.into_iter().map(rest).chain(anywhere()).map(|(name, or)| (word.query(&name, or), name));
    together(&QUERY, all.map(|(expected, name)| (name, expected)).collect(), marks, &mut probes);

    let ruled = names(|it| if let Selector::Form(name) = it { Some(place::name(name)) } else { None });
    let all = ruled.into_iter().map(rest).chain(anywhere()).map(|(name, or)| (word.form(&name, or), name));
    together(&FORM, all.map(|(expected, name)| (name, expected)).collect(), marks, &mut probes);

    let ruled = names(|it| if let Selector::Part(name) = it { Some(place::name(name)) } else { None });
    let all = ruled.into_iter().map(rest).chain(anywhere()).map(|(name, or)| (word.part(&name, or), name));
    together(&PART, all.map(|(expected, name)| (name, expected)).collect(), marks, &mut probes);

    let ruled = names(|it| if let Selector::Cookie(name) = it { Some(place::name(name)) } else { None });
    let all = ruled.into_iter().chain(anywhere().map(|(name, _)| name)).map(|name| (word.cookie(&name), name));
    together(&COOKIE, all.map(|(expected, name)| (name, expected)).collect(), marks, &mut probes);

    let ruled = names(|it| if let Selector::Header(name) = it { Some(place::name(name)) } else { None });
    let all = ruled.into_iter().map(|name| (word.header(&name), name));
    together(&HEADER, all.map(|(expected, name)| (name, expected)).collect(), marks, &mut probes);

    documents(&selectors, &anywhere().collect::<Vec<_>>(), word, marks, &mut probes);
    let paths = selectors.iter().filter_map(|it| if let Selector::Path(path) = it { Some(path) } else { None });
    probes.extend(paths.filter_map(|path| self::path(path, word, marks)));
    if let Some(probe) = text(word, &selectors, marks) {
        probes.push(probe);
    }
    probes
}

/// Marks at named places, some in each request. What the vendor's protocol needs says nothing of a visitor.
fn together(surface: &Surface, mut places: Vec<Named>, marks: &mut Marks, probes: &mut Vec<Probe>) {
    places.retain(|(_, expected)| tells(expected));
    let mut seen = std::collections::HashSet::new();
    places.retain(|(name, _)| seen.insert(name.clone()));
    for some in places.chunks(TOGETHER) {
        let mut named = Vec::new();
        let mut carried = Vec::new();
        for (name, expected) in some {
            let mark = marks.next(expected.category);
            named.push((name.clone(), mark.value.clone()));
            carried.push(Carried { mark, place: format!("{}:{name}", surface.name), expected: expected.clone() });
        }
        probes.push(Probe { surface: surface.name, carried, letter: (surface.send)(&named) });
    }
}

/// Whether there is anything to be told of a visitor at a place.
fn tells(expected: &Expected) -> bool {
    !(expected.passes() && matches!(expected.category, Category::Service | Category::Time))
}

fn documents(
    selectors: &[&Selector],
    known: &[(String, Category)],
    word: Word<'_>,
    marks: &mut Marks,
    probes: &mut Vec<Probe>,
) {
    let mut places: Vec<(Vec<Key>, Category)> = Vec::new();
    for filling in [Filling::Near, Filling::Far] {
        let pointers = selectors.iter().filter_map(|it| if let Selector::Json(pointer) = it { Some(pointer) } else { None });
        places.extend(pointers.map(|pointer| (place::keys(pointer, filling), Category::Unmapped)));
    }
    places.extend(known.iter().map(|(name, category)| (vec![Key::Member(name.clone())], *category)));

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

fn path(path: &Path, word: Word<'_>, marks: &mut Marks) -> Option<Probe> {
    let concrete: Vec<String> =
        path.0.iter().map(|segment| segment.as_deref().unwrap_or(ANY).to_owned()).collect();
    let mut segments = concrete.clone();
    let mut carried = Vec::new();
    for (index, segment) in path.0.iter().enumerate().filter(|(_, segment)| segment.is_none()) {
        debug_assert!(segment.is_none());
        let Some(expected) = word.segment(&concrete, index).filter(tells) else { continue };
        let mark = marks.next(expected.category);
        segments[index] = percent(&mark.value);
        carried.push(Carried { mark, place: format!("path:{path}"), expected });
    }
    let letter = Letter::get(format!("/{}", segments.join("/")));
    (!carried.is_empty()).then_some(Probe { surface: "path", carried, letter })
}

fn text(word: Word<'_>, selectors: &[&Selector], marks: &mut Marks) -> Option<Probe> {
    selectors.iter().find(|selector| ***selector == Selector::Text)?;
    let expected = word.text()?;
    let mark = marks.next(expected.category);
    let letter = Letter::post("text/plain", mark.value.clone());
    tells(&expected).then(|| Probe { surface: "text", carried: vec![Carried { mark, place: "text:".to_owned(), expected }], letter })
}

fn listed(named: &[(String, String)]) -> String {
    pairs(named.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn parts(named: &[(String, String)]) -> Letter {
    let parts: Vec<(String, &str, Vec<u8>)> = named
        .iter()
        .map(|(name, value)| (format!("name=\"{name}\""), "text/plain", value.clone().into_bytes()))
        .collect();
    multipart(&parts)
}
