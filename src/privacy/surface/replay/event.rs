//! Which event of a recording an object is.
//!
//! Knows the shapes of rrweb's events by number; does not know how they are treated. Invariant: an object whose
//! `data` does not fit its number is treated as any other object, but for the number and the time.

/// The numbers of events that may come packed.
pub const PAGE: u64 = 2;
pub const CHANGE: u64 = 3;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happened; what else it says is the site's or vendor's own.
    Plain,
    /// The whole page (2).
    Snapshot,
    /// What changed in the page (3/0).
    Mutation,
    /// What was typed, and whether into an element that holds a secret (3/5).
    Input(bool),
    /// The window's new size (3/4), or the part of the page it shows (8, Datadog's).
    Resize,
    /// Rules of style sheets (3/8, 3/13, 3/15) and fonts (3/10).
    Style,
    /// What was drawn (3/9).
    Canvas,
    /// What was written to the console (3/11, and a plugin's).
    Console,
    /// An element of the page's own making (3/16).
    Definition,
    /// Pointer, scroll, media, selection: numbers. What a later recorder adds is taken for one of them.
    Motion,
    /// The page's address and the window's size (4).
    Meta,
    /// The site's or vendor's own (5).
    Custom,
    /// Requests the page made, by a plugin (6).
    Network,
    /// Another plugin's (6).
    Plugin,
    /// A picture or sheet of the page (7).
    Asset,
    /// Words put on the recording (8).
    Annotation,
    /// A change, in a string.
    Packed,
    /// A page or what changed in it, as a list of numbered changes (2 and 12, Datadog's).
    Compact,
}

/// The number of an element, and where in the document it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    pub number: u64,
    pub at: usize,
}

/// What was seen of an event's `data`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Data {
    pub source: Option<u64>,
    pub id: Option<Id>,
    /// It has a page's root, or the frames that stand for one.
    pub page: bool,
    pub href: bool,
    pub url: bool,
    pub text: bool,
    /// The sides of a window.
    pub sides: bool,
    pub tag: bool,
    pub plugin: Option<Plugin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    Console,
    Network,
    Other,
}

impl Plugin {
    /// Plugins sign with a name and a version: `rrweb/console@1`.
    pub fn named(name: &str) -> Self {
        match name.split_once('@').map_or(name, |(name, _)| name) {
            "rrweb/console" => Self::Console,
            "rrweb/network" => Self::Network,
            _ => Self::Other,
        }
    }
}

impl Event {
    /// The event of a number with these data; `None` when recorders have no such number.
    pub const fn of(number: u64, data: &Data) -> Option<Self> {
        Some(match (number, data) {
            (2, Data { page: true, .. }) => Self::Snapshot,
            (3, Data { source: Some(source), .. }) => match source {
                0 => Self::Mutation,
                4 => Self::Resize,
                5 => Self::Input(false),
                8 | 10 | 13 | 15 => Self::Style,
                9 => Self::Canvas,
                11 => Self::Console,
                16 => Self::Definition,
                _ => Self::Motion,
            },
            (4, Data { href: true, .. }) => Self::Meta,
            (5, Data { tag: true, .. }) => Self::Custom,
            (6, Data { plugin: Some(Plugin::Console), .. }) => Self::Console,
            (6, Data { plugin: Some(Plugin::Network), .. }) => Self::Network,
            (6, Data { plugin: Some(Plugin::Other), .. }) => Self::Plugin,
            (7, Data { url: true, .. }) => Self::Asset,
            (8, Data { text: true, .. }) => Self::Annotation,
            (8, Data { sides: true, .. }) => Self::Resize,
            (0..=8, _) => Self::Plain,
            _ => return None,
        })
    }
}
