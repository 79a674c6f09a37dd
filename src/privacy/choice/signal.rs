//! The words of a choice: what can be chosen, by which sign, and what a no comes to.
//!
//! Does not read a request. Invariant: each word is spelled in one way, in settings, addresses, cookies and metrics.

use std::fmt;

/// What a visitor can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    On,
    Off,
}

/// How a visitor can say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `?privet=off`, for one request.
    Query,
    /// `privet_choice=off`.
    Cookie,
    /// `Sec-GPC: 1`, Global Privacy Control.
    Gpc,
    /// `DNT: 1`, Do Not Track.
    Dnt,
}

/// What a route makes of a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Answers by itself; the vendor hears nothing.
    Block,
    /// Passes on what the strict policy lets pass.
    Strict,
}

impl Choice {
    pub const fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::On, Self::Off].into_iter().find(|choice| choice.name() == word)
    }

    /// Of several words the no, where there is one.
    pub fn strongest(choices: impl Iterator<Item = Self>) -> Option<Self> {
        choices.reduce(|one, other| if one == Self::Off { one } else { other })
    }
}

impl Signal {
    /// Of several that say the same, the first is named.
    pub const ALL: [Self; 4] = [Self::Query, Self::Cookie, Self::Gpc, Self::Dnt];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Cookie => "cookie",
            Self::Gpc => "gpc",
            Self::Dnt => "dnt",
        }
    }
}

impl Effect {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Strict => "strict",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
