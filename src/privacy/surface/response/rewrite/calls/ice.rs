//! How two browsers find each other (ICE, RFC 8445), as it stands in texts: servers to be asked, and addresses to be
//! tried. Whoever is asked or tried learns the visitor's address past privet.
//!
//! Knows the URIs of RFC 7064 and RFC 7065, lists of servers in scripts and documents, and the lines of SDP (RFC 8866,
//! RFC 8839); does not know streams. Invariant: what is written instead is reached by nobody, and no browser's script
//! fails at it.

use super::super::spelling::behind;
use super::Unreachable;
use super::signs::{Short, Signs};

/// RFC 7064 §3.1, RFC 7065 §3.1.
pub const SCHEMES: [&str; 4] = ["stun:", "stuns:", "turn:", "turns:"];
/// `iceServers` is what browsers call it (WebRTC §4.2.1); each also with an underscore or a hyphen.
pub const LISTS: [&str; 3] = ["ice", "stun", "turn"];
pub const BETWEEN: [&str; 3] = ["", "_", "-"];
/// A name that never leads anywhere (RFC 6761 §6.4).
const NOWHERE: &str = "none.invalid";
/// The same where a script puts more behind it: no label may be so long (RFC 1035 §2.3.4), so nobody is asked for it.
const NOWHERE_YET: &str = "unreachable-unreachable-unreachable-unreachable-unreachable-unreachable.invalid";
/// RFC 1035 §2.3.4.
const LONGEST_NAME: usize = 255;
/// A longer list passes with its hosts unreachable.
const LONGEST_LIST: usize = 4096;
/// What stands between a list's name and the list.
const JOINTS: &[u8] = b":=|?,";
const MOST_BETWEEN: usize = 16;
/// Four fields before the address of a candidate, 32 characters at most each.
const FIELDS: usize = 4;
const LONGEST_FIELD: usize = 32;
/// What stands before a scheme that is looked for, and not put before a host.
const COMPARED: [&[u8]; 6] = [b"indexOf(", b"startsWith(", b"includes(", b"==", b"case", b"case "];

/// What follows the host of a URI.
#[derive(PartialEq, Eq)]
enum After {
    /// The end of the string.
    End,
    /// More, which a script puts behind it.
    More,
    Other,
}

impl Signs<'_> {
    /// The host behind a scheme that begins a string, as scripts and documents write it.
    pub fn host(mut self, start: usize) -> Result<Option<Unreachable>, Short> {
        let quote = match behind(&self.text[..start]) {
            Some((quote @ (b'"' | b'\'' | b'`'), length)) => Some((quote, start - length)),
            None => None,
            Some(_) => return Ok(None),
        };
        let start = self.at;
        let length = match self.text.get(start) {
            Some(b'[') => self.run(LONGEST_NAME, |byte| byte != b']')?.map(|length| length + 1),
            _ => self.run(LONGEST_NAME, |byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))?,
        };
        let Some(end) = length.map(|length| start + length).filter(|end| *end <= self.text.len()) else {
            return Ok(None);
        };
        self.at = end;
        let after = match quote {
            Some((quote, _)) => self.after(quote)?,
            None => After::Other,
        };
        let is_whole = self.text[start..end].iter().any(|byte| matches!(byte, b'.' | b':'));
        let is_compared = || {
            let before = &self.text[..quote.map_or(0, |(_, at)| at)];
            let before = before.strip_suffix(b"\\").unwrap_or(before);
            COMPARED.iter().any(|word| before.ends_with(word))
        };
        let new = match after {
            After::More => NOWHERE_YET,
            After::End if start == end && !is_compared() => NOWHERE_YET,
            _ if is_whole => NOWHERE,
            _ => return Ok(None),
        };
        Ok(Some(Unreachable { start, end, new }))
    }

    /// What follows in a string that such a quote ends.
    fn after(&mut self, quote: u8) -> Result<After, Short> {
        if quote == b'`' && self.text[self.at..].starts_with(b"${") {
            return Ok(After::More);
        }
        self.skip(|sign| sign == b'\\')?;
        match self.peek()? {
            Some((b'$', length)) if quote == b'`' => {
                self.at += length;
                return Ok(if self.peek()?.is_some_and(|(sign, _)| sign == b'{') {
                    After::More
                } else {
                    After::Other
                });
            }
            Some((sign, length)) if sign == quote => self.at += length,
            _ => return Ok(After::Other),
        }
        self.skip(|sign| sign.is_ascii_whitespace())?;
        let concat = b".concat(";
        let rest = &self.text[self.at..];
        let both = rest.len().min(concat.len());
        if self.peek()?.is_some_and(|(sign, _)| sign == b'+') {
            Ok(After::More)
        } else if rest[..both] != concat[..both] || (both < concat.len() && self.ended) {
            Ok(After::End)
        } else if both < concat.len() {
            Err(Short)
        } else {
            Ok(After::More)
        }
    }

    /// What a list holds that has such a name.
    pub fn list(mut self) -> Result<Option<Unreachable>, Short> {
        let (mut joined, mut between) = (false, 0);
        loop {
            match self.peek()? {
                Some((b'[', length)) if joined => {
                    self.at += length;
                    break;
                }
                Some((sign, length)) if between < MOST_BETWEEN && is_between(sign) => {
                    joined |= JOINTS.contains(&sign);
                    self.at += length;
                    between += 1;
                }
                _ => return Ok(None),
            }
        }
        let start = self.at;
        let end = self.end_of_list()?.filter(|end| *end > start);
        Ok(end.map(|end| Unreachable { start, end, new: "" }))
    }

    /// Where the bracket stands that ends the list; `None`: too far away, or nowhere.
    fn end_of_list(&mut self) -> Result<Option<usize>, Short> {
        let (start, mut depth) = (self.at, 1);
        // The quote that a string began with, and how many backslashes stood before it.
        let mut string: Option<(u8, usize)> = None;
        let mut backslashes = 0;
        while self.at - start < LONGEST_LIST
            && let Some((sign, length)) = self.peek()?
        {
            match (sign, string) {
                (b'"' | b'\'' | b'`', None) => string = Some((sign, backslashes)),
                (_, Some((quote, before))) if sign == quote && backslashes <= before => string = None,
                (b'[', None) => depth += 1,
                (b']', None) if depth == 1 => return Ok(Some(self.at)),
                (b']', None) => depth -= 1,
                _ => {}
            }
            backslashes = if sign == b'\\' { backslashes + 1 } else { 0 };
            self.at += length;
        }
        Ok(None)
    }

    /// The address of a candidate: behind foundation, component, transport and priority.
    pub fn candidate(mut self) -> Result<Option<Unreachable>, Short> {
        for _ in 0..FIELDS {
            let Some(length) = self.run(LONGEST_FIELD + 1, |byte| byte.is_ascii_graphic())? else {
                return Ok(None);
            };
            if length == 0 || self.text.get(self.at + length) != Some(&b' ') {
                return Ok(None);
            }
            self.at += length + 1;
        }
        let start = self.at;
        let length =
            self.run(LONGEST_NAME, |byte| byte.is_ascii_alphanumeric() || b".:-_".contains(&byte))?;
        let end = start + length.unwrap_or(0);
        let is_address = end > start && self.text.get(end) == Some(&b' ');
        Ok(is_address.then_some(Unreachable { start, end, new: NOWHERE }))
    }

    /// The address of a line that tells where media or its control is.
    pub fn connection(self) -> Result<Option<Unreachable>, Short> {
        let start = self.at;
        let length = self.run(LONGEST_NAME, |byte| byte.is_ascii_hexdigit() || b".:".contains(&byte))?;
        let end = start + length.unwrap_or(0);
        let address = std::str::from_utf8(&self.text[start..end]).ok();
        // What says that there is none (RFC 9429 §5.2.1) is no address.
        Ok(address
            .and_then(|address| match address.parse().ok()? {
                std::net::IpAddr::V4(address) if !address.is_unspecified() => Some("0.0.0.0"),
                std::net::IpAddr::V6(address) if !address.is_unspecified() => Some("::"),
                _ => None,
            })
            .map(|new| Unreachable { start, end, new }))
    }
}

/// What may stand between a list's name and the list: what ends the name, what joins the two, and space.
fn is_between(sign: u8) -> bool {
    sign.is_ascii_whitespace() || JOINTS.contains(&sign) || b"\"'`\\".contains(&sign)
}
