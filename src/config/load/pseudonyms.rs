//! Where the keys of pseudonyms are, and of how many visitors how many share a stand-in.
//!
//! Looks into a file of a key, and opens no connection. Invariant: no part of a place of keys is shown again, since it
//! may hold a password.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use super::super::file::{CollisionEntry, PseudonymsEntry};
use super::super::section::Written;
use super::super::settings::{KeyPlace, Password, PseudonymSettings, StoreAddress};
use super::{Desk, limits, place, reason};
use crate::privacy::{Collision, Kept};

const PLACE: &str = "[pseudonyms]";
const PORT: u16 = 6379;
const MOST_DATABASES: u32 = 65_535;

pub fn pseudonyms(entry: &PseudonymsEntry, desk: &Desk<'_>) -> Option<PseudonymSettings> {
    let epoch = limits::epoch(entry.epoch.as_ref(), desk);
    let keys = match &entry.keys {
        None => Some(KeyPlace::Memory),
        Some(written) => keys(written, entry.keys_ca.as_ref(), desk),
    };
    if let Some(ca) = &entry.keys_ca
        && !matches!(&keys, None | Some(KeyPlace::Store(StoreAddress { tls: true, .. })))
    {
        let instead = "write keys = \"rediss://…\" or remove keys_ca";
        desk.findings.tell(ca.line, PLACE, "keys_ca is of no use without TLS to a store", instead);
    }
    Some(PseudonymSettings { epoch, keys: keys? })
}

fn keys(written: &Written<String>, ca: Option<&Written<String>>, desk: &Desk<'_>) -> Option<KeyPlace> {
    let text = written.value.as_str();
    if text == "memory" {
        return Some(KeyPlace::Memory);
    }
    if let Some(path) = text.strip_prefix("file:") {
        return file(path, written.line, desk).map(KeyPlace::File);
    }
    let ca = match ca {
        Some(ca) => Some(desk.bytes(ca, PLACE).map(|_| desk.path(&ca.value))?),
        None => None,
    };
    let store = text
        .strip_prefix("redis://")
        .map(|rest| (false, rest))
        .or_else(|| text.strip_prefix("rediss://").map(|rest| (true, rest)));
    let Some((tls, rest)) = store else {
        let instead = "use \"memory\", \"file:PATH\" or \"redis://HOST\"";
        desk.findings.tell(written.line, PLACE, "keys is no place of keys", instead);
        return None;
    };
    let Some(address) = address(tls, rest, ca) else {
        let instead = "write redis://HOST, redis://USER:PASSWORD@HOST:PORT/DATABASE or rediss://… for TLS";
        desk.findings.tell(written.line, PLACE, "the address of the store of keys cannot be read", instead);
        return None;
    };
    if !tls && !matches!(&*address.host, "localhost" | "127.0.0.1" | "::1") {
        desk.findings.note(PLACE, "keys travel to their store as plain text; rediss:// is TLS");
    }
    Some(KeyPlace::Store(address))
}

/// What was said about collisions, in a place.
pub fn collision(entry: Option<&Written<CollisionEntry>>, at: &str, desk: &Desk<'_>) -> Collides {
    let Some(Written { value, line }) = entry else { return Collides::Unsaid };
    let CollisionEntry::Shared { visitors, rate } = *value else { return Collides::Off };
    let at = format!("{at}, collision");
    let (least, most) = (Collision::LEAST_VISITORS, Collision::MOST_VISITORS);
    if let Some(visitors) = visitors.filter(|visitors| !(least..=most).contains(visitors)) {
        let what = format!("visitors is {visitors}");
        desk.findings.tell(*line, &at, what, format!("write {least} to {most}"));
    }
    let (least, most) = (Collision::LEAST_RATE, Collision::MOST_RATE);
    if let Some(rate) = rate.filter(|rate| !(least..=most).contains(rate)) {
        desk.findings.tell(*line, &at, format!("rate is {rate}"), format!("write {least} to {most}"));
    }
    let collision = visitors.zip(rate).and_then(|(visitors, rate)| Collision::new(visitors, rate));
    collision.map_or(Collides::Off, Collides::Shared)
}

/// The file may be missing; if it is there it must be a key's, and nobody else's to read.
fn file(path: &str, line: usize, desk: &Desk<'_>) -> Option<PathBuf> {
    let told = |what: &str, instead: &str| {
        desk.findings.tell(line, PLACE, what, instead);
        None
    };
    if path.is_empty() {
        return told("the file of keys has no name", "write keys = \"file:/var/lib/privet/key\"");
    }
    let path = desk.path(path);
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    if !directory.is_none_or(|directory| directory.is_dir()) {
        return told("the directory of the file of keys is not there", "make it, for privet alone to read");
    }
    let text = match std::fs::read_to_string(&path).map(zeroize::Zeroizing::new) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(path),
        Err(error) => {
            desk.findings.plain(line, PLACE, format!("cannot read the file of keys: {}", reason(&error)));
            return None;
        }
    };
    let mode = std::fs::metadata(&path).map_or(0o777, |file| file.permissions().mode());
    if mode & 0o077 != 0 {
        return told(
            "others can read the file of keys",
            "remove it, or let only its owner read it (chmod 600)",
        );
    }
    if Kept::read(&text).is_none() {
        return told("the file of keys holds no key", "name another file, or remove this one to begin anew");
    }
    Some(path)
}

/// `USER:PASSWORD@HOST:PORT/DATABASE`, of which only the host must be there.
fn address(tls: bool, rest: &str, ca: Option<PathBuf>) -> Option<StoreAddress> {
    let (before, place) = rest.rsplit_once('@').map_or((None, rest), |(before, place)| (Some(before), place));
    let (place, database) = place.split_once('/').unwrap_or((place, ""));
    let database = if database.is_empty() { 0 } else { number(database)? };
    let port_at = place.rfind(':').filter(|at| !place[*at..].contains(']'));
    let (host, port) = match port_at {
        Some(at) => (&place[..at], u16::try_from(number(&place[at + 1..])?).ok()?),
        None => (place, PORT),
    };
    let (user, password) = match before.map(|before| before.split_once(':').unwrap_or(("", before))) {
        Some((user, password)) => (decoded(user)?, Some(Password::new(decoded(password)?))),
        None => (String::new(), None),
    };
    let fits = place::is_host(host) && database <= MOST_DATABASES && port > 0;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let user = (!user.is_empty()).then_some(user);
    fits.then_some(StoreAddress { tls, host, port, user, password, database, ca })
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

/// What was said about collisions, for one route or for all.
#[derive(Clone, Copy, Debug)]
pub enum Collides {
    Unsaid,
    Off,
    Shared(Collision),
}

impl Collides {
    /// This, or where nothing is said the other.
    pub fn or(self, other: Self) -> Self {
        if let Self::Unsaid = self { other } else { self }
    }

    /// What it comes to under a policy: `cnil` asks for collisions, the others do not.
    pub fn settled(self, policy: &str, at: &str, desk: &Desk<'_>) -> Option<Collision> {
        let is_asked = policy == "cnil";
        match self {
            Self::Shared(collision) => Some(collision),
            Self::Unsaid if is_asked => Some(Collision::CNIL),
            Self::Off if is_asked => {
                desk.findings.note(at, "collision is off, and the CNIL asks that stand-ins collide");
                None
            }
            Self::Unsaid | Self::Off => None,
        }
    }
}
