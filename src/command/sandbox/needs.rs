//! What a privet with these settings needs of the machine once its doors are open.
//!
//! Knows the settings; does not know how anything is denied. Invariant: whatever a reload of the same settings, an
//! exchange or the turn of an epoch touches is named here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use http::uri::{Authority, Scheme};

use crate::config::{KeyPlace, Settings, Tls};

/// Where names are looked up beside UDP.
const DNS: u16 = 53;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Directories, since what is renewed is a new file in the old one's place; a file where its directory is `/`.
    pub read: BTreeSet<PathBuf>,
    pub write: BTreeSet<PathBuf>,
    /// TCP ports.
    pub connect: BTreeSet<u16>,
}

impl Needs {
    /// Of these settings, which stand in `file`.
    pub fn of(settings: &Settings, file: &Path) -> Self {
        let named = settings.named.iter().map(PathBuf::as_path).chain([file]);
        let kept = match &settings.pseudonyms.keys {
            KeyPlace::File(path) => Some(directory(path)),
            KeyPlace::Memory | KeyPlace::Store(_) => None,
        };
        let made = settings.listeners.iter().filter_map(|listener| match &listener.tls {
            Tls::SelfSigned { directory, .. } => Some(directory.clone()),
            Tls::Off | Tls::Certificates(_) => None,
        });
        let store = match &settings.pseudonyms.keys {
            KeyPlace::Store(address) => Some(address.port),
            KeyPlace::Memory | KeyPlace::File(_) => None,
        };
        let upstreams = settings.routes.iter().flat_map(|route| {
            let usual = if route.upstream.scheme == Scheme::HTTPS { 443 } else { 80 };
            let fixed = route.upstream.connect_to.map(|address| address.port());
            let port = move |authority: &Authority| fixed.or(authority.port_u16()).unwrap_or(usual);
            route.recipients().map(port)
        });
        Self {
            read: named.flat_map(places).collect(),
            write: kept.into_iter().chain(made).collect(),
            connect: upstreams.chain(store).chain([DNS]).collect(),
        }
    }

    /// What of these needs others do not cover, in words.
    pub fn beyond(&self, granted: &Self) -> Vec<String> {
        let covered =
            |within: &BTreeSet<PathBuf>, path: &Path| within.iter().any(|one| path.starts_with(one));
        let read =
            self.read.iter().filter(|path| !covered(&granted.read, path) && !covered(&granted.write, path));
        let write = self.write.iter().filter(|path| !covered(&granted.write, path));
        let ports = self.connect.difference(&granted.connect);
        let outside = |what: String| format!("{what} is outside of the sandbox; restart to use it");
        (read.map(|path| outside(path.display().to_string())))
            .chain(write.map(|path| outside(format!("writing to {}", path.display()))))
            .chain(ports.map(|port| outside(format!("port {port}"))))
            .collect()
    }
}

/// Where a named file is found now and after it was replaced: its directory, and that of what a link points to.
fn places(named: &Path) -> BTreeSet<PathBuf> {
    let real = std::fs::canonicalize(named).ok();
    [Some(named), real.as_deref()].into_iter().flatten().map(place).collect()
}

fn place(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let directory = directory(path);
    // To read one file in `/` must not be to read everything.
    if directory.parent().is_none() { path.to_owned() } else { directory }
}

/// A file's directory, absolute, so that it means the same later.
fn directory(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    absolute.parent().map_or(absolute.clone(), Path::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config;

    fn settings(more: &str, upstream: &str) -> Settings {
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"a\"\nhost = \"h\"\n\
             upstream = \"{upstream}\"\n{more}"
        );
        config::parse(&text, Path::new("/etc/privet/proxy.toml")).unwrap()
    }

    fn needs(more: &str, upstream: &str) -> Needs {
        Needs::of(&settings(more, upstream), Path::new("/etc/privet/proxy.toml"))
    }

    #[test]
    fn the_settings_say_what_is_needed() {
        let plain = needs("", "https://vendor.example");
        assert_eq!(plain.read, BTreeSet::from(["/etc/privet".into()]));
        assert_eq!((plain.write.len(), plain.connect), (0, BTreeSet::from([53, 443])));
        let store = needs("[pseudonyms]\nkeys = \"redis://127.0.0.1\"", "http://127.0.0.1");
        assert_eq!(store.connect, BTreeSet::from([53, 80, 6379]));
        let elsewhere = needs("connect_to = \"127.0.0.1:9443\"", "https://vendor.example:8443");
        assert_eq!(elsewhere.connect, BTreeSet::from([53, 9443]));
        let kept = needs("[pseudonyms]\nkeys = \"file:/run/key\"", "http://127.0.0.1:8080");
        assert_eq!(kept.write, BTreeSet::from(["/run".into()]));
        assert_eq!(kept.connect, BTreeSet::from([53, 8080]));
    }

    #[test]
    fn what_new_settings_need_beyond_the_old_is_told() {
        let granted = needs("[pseudonyms]\nkeys = \"file:/run/key\"", "https://vendor.example");
        assert_eq!(needs("", "https://other.example").beyond(&granted), [""; 0]);
        let told =
            needs("[pseudonyms]\nkeys = \"file:/tmp/key\"", "https://vendor.example:8443").beyond(&granted);
        assert_eq!(
            told,
            [
                "/tmp is outside of the sandbox; restart to use it",
                "writing to /tmp is outside of the sandbox; restart to use it",
                "port 8443 is outside of the sandbox; restart to use it",
            ]
        );
    }

    #[test]
    fn a_link_is_followed_and_the_root_is_not_opened() {
        let parent = std::env::temp_dir().join(format!("privet-needs-{}", std::process::id()));
        std::fs::create_dir_all(parent.join("archive")).unwrap();
        std::fs::write(parent.join("archive/site1.pem"), "").unwrap();
        let _ = std::os::unix::fs::symlink("archive/site1.pem", parent.join("site.pem"));
        let real = std::fs::canonicalize(&parent).unwrap();
        assert_eq!(places(&parent.join("site.pem")), BTreeSet::from([parent.clone(), real.join("archive")]));
        assert_eq!(places(Path::new("/absent.toml")), BTreeSet::from(["/absent.toml".into()]));
        std::fs::remove_dir_all(parent).unwrap();
    }
}
