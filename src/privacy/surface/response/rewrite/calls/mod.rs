//! Calls, which show the visitor's address past privet, as they stand in texts: what is made unreachable.
//!
//! Knows what may begin such a thing; `ice` knows what browsers are told to ask and try, `ability` what vendors'
//! settings say of calls. Does not know streams. Invariant: at what is written instead no browser's script fails.

mod ability;
mod ice;
mod signs;

use signs::{Short, Signs};

use super::host::Verdict;

/// What may begin something to be made unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `stun:`, and the host behind it.
    Scheme,
    /// `iceServers`, and the list behind it.
    List,
    /// `candidate:`, and the address among what follows (RFC 8839 §5.1).
    Candidate,
    /// `IN IP4`, and the address (RFC 8866 §5.2, §5.7; RFC 3605 §2.1).
    Connection,
    /// `canCall`, and that it is so.
    Ability,
}

/// What is written in the place of a stretch of the text.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreachable {
    pub start: usize,
    pub end: usize,
    pub new: &'static str,
}

impl Word {
    /// What is looked for, and what it begins.
    pub fn texts() -> impl Iterator<Item = (String, Self)> {
        let schemes = ice::SCHEMES.iter().map(|scheme| ((*scheme).to_owned(), Self::Scheme));
        let lists = ice::LISTS.iter().flat_map(|kind| {
            ice::BETWEEN.iter().map(move |between| (format!("{kind}{between}servers"), Self::List))
        });
        let lines = ["in ip4 ", "in ip6 "].map(|line| (line.to_owned(), Self::Connection));
        let abilities = ability::STEMS.iter().map(|stem| ((*stem).to_owned(), Self::Ability));
        schemes.chain(lists).chain(lines).chain(abilities).chain([("candidate:".to_owned(), Self::Candidate)])
    }

    /// What there is to be written, if this stands between two places of a text as what it may be.
    pub fn read(self, text: &[u8], start: usize, at: usize, ended: bool) -> Verdict<Unreachable> {
        let signs = Signs { text, at, ended };
        let found = match self {
            Self::Scheme => signs.host(start),
            Self::List => signs.list(),
            Self::Candidate => signs.candidate(),
            Self::Connection => signs.connection(),
            Self::Ability => signs.ability(start),
        };
        match found {
            Ok(Some(found)) => Verdict::Found(found),
            Ok(None) => Verdict::Not,
            Err(Short) => Verdict::Unknown { from: at },
        }
    }
}
