//! The vendor's hosts as they stand in texts, and where each is found on the visitor's side.
//!
//! Knows what may stand before and behind a host's name; does not know streams. Invariants: half a name is none, and
//! neither is the host of an email address; a port that is another server's stays with its name.

use std::borrow::Cow;

use super::super::mount::{Mount, climbs};
use super::spelling::{Next, ahead, behind};

/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;
/// How far back a link's `user@` is looked for.
const LONGEST_USER: usize = 100;
const MOST_DIGITS: usize = 5;

/// All mounts of one host, or of one pattern.
#[derive(Debug)]
pub struct Host {
    /// Lower case; with `*` where the pattern captures.
    name: String,
    mounts: Vec<usize>,
    longest_path: usize,
}

/// A host's name in a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Found<'m> {
    pub mount: Cow<'m, Mount>,
    /// Where the host begins, and where ends what it is replaced with: port and base path included.
    pub start: usize,
    pub end: usize,
    /// A slash as it is written beside the host.
    pub slash: Vec<u8>,
    /// `//host`, so a scheme may stand before it.
    pub is_link: bool,
    pub has_port: bool,
}

/// What a name in a text comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict<T> {
    Found(T),
    Not,
    /// More of the text is needed; this much of it may belong to the name.
    Unknown {
        from: usize,
    },
}

/// What stands before a name.
enum Before {
    /// A slash of the two, as it is written.
    Slashes(Vec<u8>),
    Bare,
}

impl Host {
    /// The hosts of all mounts, each once.
    pub fn of(mounts: &[Mount]) -> Vec<Self> {
        let mut hosts: Vec<Self> = Vec::new();
        for (number, mount) in mounts.iter().enumerate() {
            let name = mount.upstream.host().to_ascii_lowercase();
            let path = mount.base_path.len().max(if mount.keep_path { mount.place.len() } else { 0 });
            match hosts.iter_mut().find(|host| host.name == name) {
                Some(host) => {
                    host.mounts.push(number);
                    host.longest_path = host.longest_path.max(path);
                }
                None => hosts.push(Self { name, mounts: vec![number], longest_path: path }),
            }
        }
        hosts
    }

    /// What of the name is the same in all texts: what follows the `*`.
    pub fn literal(&self) -> &str {
        self.name.split_once('*').map_or(&self.name, |(_, literal)| literal)
    }

    pub fn is_pattern(&self) -> bool {
        self.name.contains('*')
    }

    /// What the literal that ends in a text belongs to.
    pub fn read<'m>(&self, mounts: &'m [Mount], text: &[u8], at: usize, ended: bool) -> Verdict<Found<'m>> {
        let literal = at - self.literal().len();
        let start = if self.is_pattern() { label_start(text, literal) } else { literal };
        let Some(before) = before(&text[..start]) else { return Verdict::Not };
        let is_link = matches!(before, Before::Slashes(_));
        // `http://chat:3000` names a server of one's own network, and `chat` is a word.
        if !is_link && !self.name.contains(['.', ':']) {
            return Verdict::Not;
        }
        let mut reader = Reader { text, at, ended };
        match self.behind(mounts, &mut reader, &text[start..at], is_link) {
            Ok(Some((mount, has_port))) => {
                let slash = match before {
                    Before::Slashes(slash) => slash,
                    Before::Bare => reader.slash().unwrap_or_else(|| b"/".to_vec()),
                };
                Verdict::Found(Found { mount, start, end: reader.at, slash, is_link, has_port })
            }
            Ok(None) => Verdict::Not,
            Err(Short) => Verdict::Unknown { from: start },
        }
    }

    /// Whose the name is, by its port and path, which are read over.
    fn behind<'m>(
        &self,
        mounts: &'m [Mount],
        reader: &mut Reader<'_>,
        name: &[u8],
        is_link: bool,
    ) -> Result<Option<(Cow<'m, Mount>, bool)>, Short> {
        if !reader.ends_name()? {
            return Ok(None);
        }
        let Some(port) = reader.port()? else { return Ok(None) };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let own =
            |number: &usize| mounts[*number].for_host(&name).filter(|mount| has_port(mount, port, is_link));
        let mut mounts: Vec<Cow<'m, Mount>> = self.mounts.iter().filter_map(own).collect();
        // The one that says this port knows better than one that says none.
        mounts.sort_by_key(|mount| port.is_none() || mount.upstream.port_u16() != port);
        let path = if self.longest_path > 0 { reader.path(self.longest_path)? } else { Vec::new() };
        let fits = |mount: &Cow<'_, Mount>| beyond_base(mount, &path);
        let found = mounts.iter().find_map(|mount| Some((mount.clone(), fits(mount)?)));
        // Better a request that finds nothing here than one that finds the vendor.
        let found = found.or_else(|| mounts.into_iter().next().map(|mount| (mount, 0)));
        Ok(found.map(|(mount, base)| {
            reader.at = path[..base].last().map_or(reader.at, |(_, end)| *end);
            (mount, port.is_some())
        }))
    }
}

/// Whether a name with such a port is a mount's. Ports that a scheme implies are no difference, and neither is any
/// other where the mount names none.
fn has_port(mount: &Mount, port: Option<u16>, is_link: bool) -> bool {
    let own = mount.upstream.port_u16().filter(|port| !matches!(port, 80 | 443));
    match (own, port) {
        (None, _) => true,
        (Some(own), Some(port)) => own == port,
        // A bare host says nothing of the port.
        (Some(_), None) => !is_link,
    }
}

/// How many signs of a path are the mount's base, if it lies in the mount at all.
fn beyond_base(mount: &Mount, path: &[(u8, usize)]) -> Option<usize> {
    let signs: Vec<u8> = path.iter().map(|(sign, _)| *sign).collect();
    let base = mount.base_path.as_bytes();
    let inner = signs.strip_prefix(base).filter(|inner| inner.first().is_none_or(|sign| *sign == b'/'))?;
    let lies_within = !mount.keep_path
        || matches!(inner, b"" | b"/")
        || inner == mount.place.trim_end_matches('/').as_bytes()
        || inner.starts_with(mount.place.as_bytes());
    let climbs = climbs(&String::from_utf8_lossy(inner));
    (lies_within && !climbs).then_some(base.len())
}

/// Where the label begins that a pattern's `*` stands for, whatever of it is an escape's last letters.
pub fn label_start(text: &[u8], end: usize) -> usize {
    let mut start = end;
    while end - start < LONGEST_LABEL
        && let Some((sign, 1)) = behind(&text[..start])
        && (sign.is_ascii_alphanumeric() || sign == b'-')
    {
        start -= 1;
    }
    start
}

/// `None`: what stands before a name belongs to it, or it is no host.
fn before(text: &[u8]) -> Option<Before> {
    let Some((sign, length)) = behind(text) else { return Some(Before::Bare) };
    let rest = &text[..text.len() - length];
    match sign {
        b'/' => {
            let slash = text[rest.len()..].to_vec();
            // Browsers take one slash for two where a scheme stands before it.
            let is_link = matches!(behind(rest), Some((b'/' | b':', _)));
            is_link.then_some(Before::Slashes(slash))
        }
        b'@' => user(rest).map(Before::Slashes),
        b'.' | b'-' | b'_' => None,
        sign if sign.is_ascii_alphanumeric() => None,
        _ => Some(Before::Bare),
    }
}

/// The slash before the `user:password` of a link; an email address has none.
fn user(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    while text.len() - rest.len() < LONGEST_USER {
        let (sign, length) = behind(rest)?;
        let written = &rest[rest.len() - length..];
        rest = &rest[..rest.len() - length];
        match sign {
            b'/' => return matches!(behind(rest), Some((b'/', _))).then(|| written.to_vec()),
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'@' => return None,
            sign if sign.is_ascii_graphic() => {}
            _ => return None,
        }
    }
    None
}

/// What follows a name, sign by sign.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    ended: bool,
}

/// More of the text is needed.
struct Short;

impl Reader<'_> {
    /// The sign at a place, and where the next begins; `None` at the end.
    fn sign(&self, at: usize) -> Result<Option<(u8, usize)>, Short> {
        match ahead(&self.text[at..], self.ended) {
            Next::Sign(sign, length) => Ok(Some((sign, at + length))),
            Next::End => Ok(None),
            Next::Unknown => Err(Short),
        }
    }

    /// Whether nothing follows that would make another name of it. The root's dot before a port or path is read over.
    fn ends_name(&mut self) -> Result<bool, Short> {
        match self.sign(self.at)? {
            None => Ok(true),
            Some((b'.', next)) => match self.sign(next)? {
                Some((b'/' | b':', _)) => {
                    self.at = next;
                    Ok(true)
                }
                Some((sign, _)) => Ok(!is_of_a_name(sign)),
                None => Ok(true),
            },
            Some((sign, _)) => Ok(!is_of_a_name(sign)),
        }
    }

    /// The port, read over; `None`: what follows is no port and no end of a name.
    fn port(&mut self) -> Result<Option<Option<u16>>, Short> {
        let Some((b':', mut at)) = self.sign(self.at)? else { return Ok(Some(None)) };
        let mut digits = String::new();
        loop {
            match self.sign(at)? {
                Some((digit, next)) if digit.is_ascii_digit() && digits.len() < MOST_DIGITS => {
                    digits.push(char::from(digit));
                    at = next;
                }
                Some((sign, _)) if !digits.is_empty() && is_of_a_name(sign) => return Ok(None),
                _ => break,
            }
        }
        Ok(match digits.parse() {
            Ok(port) => {
                self.at = at;
                Some(Some(port))
            }
            Err(_) if digits.is_empty() => Some(None),
            Err(_) => None,
        })
    }

    /// The beginning of the path, sign by sign, each with where it ends: up to one more than `longest`.
    fn path(&self, longest: usize) -> Result<Vec<(u8, usize)>, Short> {
        let (mut path, mut at) = (Vec::new(), self.at);
        while path.len() <= longest
            && let Some((sign, next)) = self.sign(at)?
            && (sign == b'/' || (!path.is_empty() && is_of_a_path(sign)))
        {
            path.push((sign, next));
            at = next;
        }
        Ok(path)
    }

    /// The slash that follows, as it is written.
    fn slash(&self) -> Option<Vec<u8>> {
        match ahead(&self.text[self.at..], true) {
            Next::Sign(b'/', length) => Some(self.text[self.at..self.at + length].to_vec()),
            _ => None,
        }
    }
}

fn is_of_a_name(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_')
}

/// RFC 3986 §3.3, without what ends a link in a script.
fn is_of_a_path(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || b"-._~%!$&*+,;=:@".contains(&sign)
}
