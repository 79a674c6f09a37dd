//! From the file as written to the settings as meant, or every problem at once.
//!
//! Reads the files that the settings name; does not open a socket or resolve a name. Invariant: [`Settings`]
//! come out only when nothing is wrong, and nothing unclear is guessed.

mod certificate;
mod choice;
mod geo;
mod limits;
mod listener;
mod mounting;
mod notes;
mod pages;
mod place;
mod process;
mod pseudonyms;
mod route;
mod routes;
mod rules;
#[cfg(test)]
mod tests;
mod texts;
mod upstream;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::file::{AdminEntry, File, ServerEntry};
use super::problem::{Findings, Problems};
use super::section::Written;
use super::settings::{Admin, Listener, Route, Server, Settings};
use crate::privacy::Selector;

const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9443);
const MOST_WORKERS: u64 = 1024;

/// Reads a settings file.
pub fn load(path: &Path) -> Result<Settings, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problems::of_file(&path.display().to_string(), &format!("cannot be read: {}", reason(&error)))
    })?;
    parse(&text, path)
}

/// Reads settings from a text that stands in `file`: relative paths begin in its directory.
pub fn parse(text: &str, file: &Path) -> Result<Settings, Problems> {
    let findings = Findings::new(text);
    let name = file.display().to_string();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        findings.syntax(text, error.span().map_or(0, |span| span.start), error.message());
    }
    let meant = if errors.is_empty() {
        let directory = file.parent().unwrap_or(Path::new(""));
        let file = File::read(table.get_ref(), &findings);
        let country = file.geo.as_ref().map(|entry| geo::header(entry, &findings));
        meaning(&file, &Desk { directory, findings: &findings, country, named: RefCell::default() })
    } else {
        None
    };
    let (settings, notes) = findings.conclude(&name, meant)?;
    Ok(Settings { notes, ..settings })
}

/// What every part of the reading has at hand.
struct Desk<'a> {
    /// Where relative paths begin.
    directory: &'a Path,
    findings: &'a Findings,
    /// Where a vendor is told the country that takes it nowhere else; none without `[geo]`.
    country: Option<Selector>,
    /// Every path that was asked for.
    named: RefCell<BTreeSet<PathBuf>>,
}

impl Desk<'_> {
    fn path(&self, written: &str) -> PathBuf {
        let path = self.directory.join(written);
        self.named.borrow_mut().insert(path.clone());
        path
    }

    /// A named file's bytes, or a problem.
    fn bytes(&self, written: &Written<String>, place: &str) -> Option<Vec<u8>> {
        let read = std::fs::read(self.path(&written.value));
        read.map_err(|error| {
            let what = format!("cannot read {}: {}", written.value, reason(&error));
            self.findings.plain(written.line, place, what);
        })
        .ok()
    }
}

fn meaning(file: &File, desk: &Desk<'_>) -> Option<Settings> {
    let listeners: Vec<Option<Listener>> =
        file.listeners.iter().map(|entry| listener::listener(entry, desk)).collect();
    if file.listeners.is_empty() {
        desk.findings.missing(1, "", &["listener"], "add [[listener]] with an address and tls");
    }
    let admin = file.admin.as_ref().and_then(|entry| admin(entry, desk));
    listener::each_alone(&file.listeners, &listeners, file.admin.as_ref().zip(admin.as_ref()), desk);
    let limits = limits::limits(&file.limits, desk);
    let collision = pseudonyms::collision(file.pseudonyms.collision.as_ref(), "[pseudonyms]", desk);
    let site = file.visitor_choice.site.as_ref();
    let site = site.and_then(|written| place::host(written, "[visitor_choice]", desk));
    let shared = route::Shared {
        bounds: &limits,
        site: site.as_deref(),
        choice: &file.visitor_choice.choice,
        collision,
    };
    let geo = file.geo.as_ref().map(|entry| geo::geo(entry, desk));
    let routes: Vec<Option<Route>> =
        file.routes.iter().map(|entry| route::route(entry, &shared, desk)).collect();
    if file.routes.is_empty() {
        desk.findings.missing(
            1,
            "",
            &["route"],
            "add [[route]] with a name, a host or path, and a vendor or an upstream",
        );
    }
    routes::each_alone(&file.routes, &routes, desk);
    limits::each_fits(&file.routes, limits.shared.bodies, desk);
    // Read before anything gives up, so that every problem is told.
    let (server, pseudonyms) = (server(&file.server, desk), pseudonyms::pseudonyms(&file.pseudonyms, desk));
    let pages = pages::pages(&file.pages, desk);
    let process = process::process(&file.process, desk);
    Some(Settings {
        listeners: listeners.into_iter().collect::<Option<_>>()?,
        server,
        process,
        admin,
        limits: limits.shared,
        pseudonyms: pseudonyms?,
        pages: pages?,
        geo: match geo {
            Some(geo) => Some(geo?),
            None => None,
        },
        routes: routes::mounted(routes.into_iter().collect::<Option<_>>()?),
        named: desk.named.borrow().iter().cloned().collect(),
        notes: Vec::new(),
    })
}

fn server(entry: &ServerEntry, desk: &Desk<'_>) -> Server {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = match &entry.workers {
        Some(written) if written.value > MOST_WORKERS => {
            let what = format!("workers is {}", written.value);
            desk.findings.tell(
                written.line,
                "[server]",
                what,
                format!("write 0 (one per core) to {MOST_WORKERS}"),
            );
            1
        }
        Some(Written { value: workers @ 1.., .. }) => *workers as usize,
        _ => cores(),
    };
    Server { workers }
}

fn admin(entry: &AdminEntry, desk: &Desk<'_>) -> Option<Admin> {
    let address = match &entry.address {
        Some(written) => listener::address(written, "[admin]", desk)?,
        None => ADMIN,
    };
    if !address.ip().is_loopback() {
        desk.findings
            .note("[admin]", "health and metrics are plain HTTP and can be reached from other machines");
    }
    Some(Admin { address })
}

/// Tells the second of two that must differ.
fn distinct<'a, K, I>(items: I, mut tell: impl FnMut(usize, usize))
where
    K: std::hash::Hash + Eq,
    I: Iterator<Item = Option<K>> + 'a,
{
    let mut seen = HashMap::new();
    for (index, key) in items.enumerate() {
        if let Some(key) = key {
            match seen.get(&key) {
                Some(first) => tell(*first, index),
                None => {
                    seen.insert(key, index);
                }
            }
        }
    }
}

/// What a key says: nothing where it is not written, and none where it was told to be wrong.
fn given<T, U>(written: &Option<T>, read: impl FnOnce(&T) -> Option<U>) -> Option<Option<U>> {
    written.as_ref().map_or(Some(None), |written| read(written).map(Some))
}

/// The system's words for a file that cannot be read.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        other => other.to_string(),
    }
}
