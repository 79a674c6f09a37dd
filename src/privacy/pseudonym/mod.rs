//! Keyed stand-ins for identifiers: same value, epoch, site and vendor, same stand-in, in the same shape.
//!
//! Knows the shapes that vendors' parsers expect, not where a value stood. Values come decoded. Invariant:
//! without the key, which is forgotten with its epoch, a stand-in tells nothing of the value but its shape.

mod collision;
mod dice;
mod number;
mod prefix;
mod shape;
#[cfg(test)]
mod tests;
mod visits;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

pub use collision::Collision;
pub use visits::Visits;

use super::category::Category;
use super::epoch::{Epoch, Key};
use dice::{Dice, Seed};
use shape::{Hex, Shape};
use visits::Tag;

/// Length of the stand-in of what has no shape worth keeping.
const OPAQUE: usize = 32;
/// How often a stand-in that happens to hold the value is thrown again.
const THROWS: u32 = 8;
/// From so many digits on a number of a row, where stand-ins are to collide, has as many as all others.
const LONG_NUMBER: usize = 6;
/// Where nobody says when the epoch began, made-up times lie before this one of 2020.
const LONG_AGO: u64 = 1_600_000_000;

/// The stand-ins of one site's visitors for one vendor in one epoch.
#[derive(Clone)]
pub struct Pseudonyms {
    key: Key,
    /// Of which site, for which vendor.
    whose: Arc<[Box<str>; 2]>,
    /// When the epoch began, in seconds since 1970.
    begins: u64,
    /// How many stand-ins the visitors share.
    space: Option<u64>,
    recollection: Option<Recollection>,
}

/// What was seen before the epoch turned, for as long as the visits last.
#[derive(Clone)]
struct Recollection {
    visits: Arc<Mutex<Visits>>,
    now: u64,
    /// Whether what is seen now is to be known after the turn, and until when.
    until: Option<u64>,
}

impl Pseudonyms {
    pub fn new(key: &Key, epoch: u64, site: &str, vendor: &str) -> Self {
        let key = key.taking(&[&epoch.to_be_bytes(), site.as_bytes(), vendor.as_bytes()]);
        let whose = Arc::new([site.into(), vendor.into()]);
        Self { key, whose, begins: LONG_AGO, space: None, recollection: None }
    }

    /// The same, knowing when the epoch began, which is the time that made-up times lie before.
    pub fn of(key: &Key, epoch: Epoch, site: &str, vendor: &str) -> Self {
        Self { begins: epoch.begins(), ..Self::new(key, epoch.number(), site, vendor) }
    }

    /// Makes visitors share stand-ins.
    pub fn colliding(self, collision: Option<Collision>) -> Self {
        Self { space: collision.map(Collision::stand_ins), ..self }
    }

    /// Knows again who was here before the epoch turned; `closing` until when, if it turns soon.
    pub fn recalling(self, visits: &Arc<Mutex<Visits>>, now: u64, closing: Option<u64>) -> Self {
        let recollection = Recollection { visits: Arc::clone(visits), now, until: closing };
        Self { recollection: Some(recollection), ..self }
    }

    /// What stands in for a value. Nothing stands in for nothing.
    pub fn stand_in(&self, category: Category, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        if is_person(category, value) {
            let seed = self.seed(category, value);
            let opaque = |dice: &mut Dice| (0..OPAQUE).map(|_| dice.of(b"0123456789abcdef")).collect();
            return throw(value, &seed, 0, opaque);
        }
        let (prefix, rest) = prefix::split(value);
        let session = prefix.starts_with("GS");
        let made = if session || is_row(rest) {
            self.row(category, rest, session)
        } else {
            let shape = Shape::of(rest);
            throw(rest, &self.seed(category, &shape.said(rest)), 0, |dice| shape.made(dice))
        };
        if prefix.is_empty() { made } else { prefix.to_owned() + &made }
    }

    /// Each part of a row by itself, so that an id is the same in a cookie that holds more than the id. Where
    /// visitors share stand-ins the id decides on the other parts too, since together they would tell visitors apart.
    fn row(&self, category: Category, value: &str, session: bool) -> String {
        let shared = self.shares(category).then(|| {
            let id = id_of_row(value);
            self.seed(category, &Shape::of(id).said(id))
        });
        let mut made = String::with_capacity(value.len());
        for (index, part) in (0..).zip(value.split_inclusive(is_separator)) {
            let (part, separator) = part.split_at(part.trim_end_matches(is_separator).len());
            // `s1795321900`: a letter that says what the number is.
            let name = usize::from(session && part.starts_with(|first: char| first.is_ascii_lowercase()));
            let (name, part) = part.split_at(name);
            made.push_str(name);
            if !part.is_empty() {
                let shape = Shape::of(part);
                made.push_str(&match &shared {
                    Some(seed) => throw(part, seed, index, |dice| evened(part, index).made(dice)),
                    None => throw(part, &self.seed(category, &shape.said(part)), 0, |dice| shape.made(dice)),
                });
            }
            made.push_str(separator);
        }
        made
    }

    /// Whether visitors share the stand-ins of a category: those of persons do, those of one visit do not.
    fn shares(&self, category: Category) -> bool {
        self.space.is_some() && matches!(category, Category::VisitorId | Category::AccountId)
    }

    /// What all stand-ins of an identifier are made from.
    fn seed(&self, category: Category, said: &str) -> Seed {
        let Some(Recollection { visits, now, until }) = &self.recollection else {
            return self.fresh_seed(category, said);
        };
        let locked = || visits.lock().unwrap_or_else(PoisonError::into_inner);
        let table = locked().key();
        let tag = self.tag(&table, category, said);
        let mut visits = locked();
        visits.recall(tag, *now).unwrap_or_else(|| {
            let seed = self.fresh_seed(category, said);
            if let Some(until) = until {
                visits.remember(tag, seed.clone(), *now, *until);
            }
            seed
        })
    }

    /// What an identifier is remembered by in a table with such a key.
    fn tag(&self, table: &Key, category: Category, said: &str) -> Tag {
        let ([site, vendor], space) = (&*self.whose, self.space.unwrap_or_default().to_be_bytes());
        let name = kind(category).name();
        let fields: [&[u8]; 5] =
            [site.as_bytes(), vendor.as_bytes(), &space, name.as_bytes(), said.as_bytes()];
        Tag::of(table.hash(&fields))
    }

    fn fresh_seed(&self, category: Category, said: &str) -> Seed {
        let name = kind(category).name().as_bytes();
        let own = Seed::new(self.key.hash(&[name, said.as_bytes()]), self.begins);
        match self.space.filter(|_| self.shares(category)) {
            Some(space) => {
                let place = own.place(space).to_be_bytes();
                Seed::new(self.key.hash(&[name, b"", &place]), self.begins)
            }
            None => own,
        }
    }
}

/// Whose names are told apart. Vendors join the id of a browser with the login that it becomes, by its being the same.
const fn kind(category: Category) -> Category {
    match category {
        Category::AccountId => Category::VisitorId,
        other => other,
    }
}

/// A person's name, address or number never becomes somebody else's.
fn is_person(category: Category, value: &str) -> bool {
    let letters = value.bytes().any(|byte| byte.is_ascii_alphanumeric());
    let dialed =
        value.strip_prefix('+').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    category == Category::Contact || !value.is_ascii() || value.contains('@') || !letters || dialed
}

/// Numbers and hex identifiers in a row, like `1830572291.1795321900`.
fn is_row(value: &str) -> bool {
    let id = |part: &str| is_number(part) || (part.len() >= 8 && Hex::of(part).is_some());
    value.bytes().any(|byte| is_separator(byte.into())) && value.split(is_separator).all(id)
}

/// The part of a row that says who it is: two numbers together, else the first part.
fn id_of_row(value: &str) -> &str {
    let mut parts = value.split(is_separator);
    let first = parts.next().unwrap_or(value);
    let two_numbers = is_number(first) && parts.next().is_some_and(is_number) && parts.next().is_none();
    if two_numbers { value } else { first }
}

/// A part of a row as all visitors have it: long numbers have ten digits, or thirteen, and behind the first are times.
fn evened(part: &str, index: u32) -> Shape<'_> {
    match part.len() {
        _ if !is_number(part) => Shape::of(part),
        13 => Shape::Words("1000000000000"),
        LONG_NUMBER.. if index == 0 => Shape::Words("2000000000"),
        LONG_NUMBER.. => Shape::Words("1000000000"),
        _ => Shape::of(part),
    }
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_separator(char: char) -> bool {
    matches!(char, '.' | '$' | '|' | '~' | ':' | '!')
}

/// A stand-in that does not hold the value it stands for.
fn throw(value: &str, seed: &Seed, part: u32, make: impl Fn(&mut Dice) -> String) -> String {
    let thrown = |number| make(&mut Dice::new(seed, part, number));
    (0..THROWS).map(thrown).find(|made| !made.contains(value)).unwrap_or_else(|| thrown(THROWS))
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(..)")
    }
}
