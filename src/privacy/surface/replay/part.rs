//! What stands where in an event: from a part to the part below it.
//!
//! Knows rrweb's names; does not know values. Invariant: what no line here names is text of the page, but
//! where what no rule names is removed, the site's and vendor's own is, too.

use super::attribute;
use super::event::Event;
use super::holder::Holder;

/// The numbers of Datadog's changes that hold words, by their roles, and the window's size.
const NEW_WORDS: u64 = 11;
const PANE: u64 = 10;

/// What a value is by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No part of a recording, or one's own: other rules and names decide.
    Outside,
    /// Holds the site's or vendor's own, and stays when nothing of it does.
    Own,
    /// The site's or vendor's own: rules and names decide first.
    Foreign,
    Event(Event),
    /// `data` of an event.
    Data(Event),
    /// What was typed into such an element.
    Typing(Holder),
    /// Nodes put into the page, and where.
    Adds,
    /// Texts changed in the page.
    Texts,
    /// Attributes changed, of such an element.
    Changes(Holder),
    /// A node, or nodes, inside such an element.
    Node(Holder),
    Attributes(Holder),
    /// Requests the page made.
    Requests,
    /// Numbers and words the player needs, with all that is below.
    Kept,
    Time,
    Width,
    Height,
    /// Text of the page; numbers below it stay.
    Page,
    /// A text that such an element holds.
    Text(Holder),
    /// An attribute with text of the page.
    Label(Holder),
    /// What is in a field.
    Typed(Holder),
    Secret,
    Url,
    /// The address of what a page loads, or a reference inside it.
    Source,
    /// Addresses with sizes: `a.png 1x, b.png 2x`.
    Urls,
    Css,
    /// Changes, each a list that begins with its number.
    Numbered,
    /// One of them.
    Change,
    /// Words of one kind, which a number before them tells.
    Words,
    /// The window's place and size, by their order.
    Pane,
}

impl Part {
    /// The part a member is.
    pub fn member(self, name: &str) -> Self {
        match self {
            Self::Event(event) => of_event(event, name),
            Self::Data(event) => of_data(event, name),
            Self::Typing(holder) => match name {
                "text" => Self::Typed(holder),
                "isChecked" | "id" | "source" | "userTriggered" => Self::Kept,
                _ => Self::Page,
            },
            Self::Adds if name == "node" => Self::Node(Holder::default()),
            Self::Texts if name == "value" => Self::Text(Holder::default()),
            Self::Changes(holder) if name == "attributes" => Self::Attributes(holder),
            Self::Adds | Self::Texts | Self::Changes(_) => Self::Page,
            Self::Node(holder) => match name {
                "attributes" => Self::Attributes(holder),
                "childNodes" => Self::Node(holder),
                "textContent" => Self::Text(holder),
                "tagName" | "name" | "publicId" | "systemId" | "compatMode" => Self::Kept,
                _ => Self::Page,
            },
            Self::Attributes(holder) => attribute::part(holder, name),
            // A console's levels, a canvas's methods.
            Self::Page if matches!(name, "level" | "property" | "rr_type") => Self::Kept,
            Self::Requests => of_request(name),
            Self::Own => Self::Foreign,
            below => below,
        }
    }

    /// The part an element of a list is, by its place and the number the list begins with.
    pub fn element(self, index: usize, first: Option<u64>) -> Self {
        match (self, first) {
            (Self::Numbered, _) => Self::Change,
            (Self::Change | Self::Words, Some(_)) if index == 0 => Self::Kept,
            (Self::Change, Some(NEW_WORDS)) => Self::Words,
            (Self::Change, Some(PANE)) => Self::Pane,
            (Self::Change, _) => Self::Page,
            (Self::Words, Some(role)) => of_role(role),
            (Self::Words, None) => Self::Page,
            (Self::Pane, _) => match index {
                4 => Self::Width,
                5 => Self::Height,
                _ => Self::Kept,
            },
            (part, _) => part,
        }
    }

    /// Whether the number that a list begins with decides about what follows.
    pub const fn is_numbered(self) -> bool {
        matches!(self, Self::Change | Self::Words)
    }

    /// Whether rules and well-known names decide here, and not the recording's own.
    pub const fn is_foreign(self) -> bool {
        matches!(self, Self::Outside | Self::Foreign)
    }

    /// Whether a text here may be what the part holds, put into a string.
    pub const fn is_structure(self) -> bool {
        matches!(
            self,
            Self::Data(_)
                | Self::Adds
                | Self::Texts
                | Self::Changes(_)
                | Self::Node(_)
                | Self::Attributes(_)
                | Self::Requests
        )
    }
}

fn of_event(event: Event, name: &str) -> Part {
    match name {
        // `cv`, `v`: how the event is packed.
        "type" | "format" | "delay" | "cv" | "v" => Part::Kept,
        "timestamp" => Part::Time,
        "data" => match event {
            Event::Definition => Part::Kept,
            Event::Motion | Event::Canvas | Event::Annotation => Part::Page,
            Event::Style => Part::Css,
            Event::Compact => Part::Numbered,
            event => Part::Data(event),
        },
        _ => Part::Outside,
    }
}

fn of_data(event: Event, name: &str) -> Part {
    match (event, name) {
        (Event::Custom, "tag") | (Event::Plugin, "plugin") => Part::Kept,
        (Event::Custom | Event::Plugin, "payload") => Part::Own,
        (Event::Plain, _) => Part::Outside,
        (Event::Custom | Event::Plugin, _) => Part::Foreign,
        (_, "source" | "type" | "id" | "level" | "plugin") => Part::Kept,
        (Event::Snapshot, "node") => Part::Node(Holder::default()),
        (Event::Snapshot, "initialOffset") | (Event::Mutation, "removes" | "isAttachIframe") => Part::Kept,
        (Event::Mutation, "adds") => Part::Adds,
        (Event::Mutation, "texts") => Part::Texts,
        (Event::Mutation, "attributes") => Part::Changes(Holder::default()),
        (Event::Meta, "href") | (Event::Asset, "url") => Part::Url,
        (Event::Meta | Event::Resize, "width") => Part::Width,
        (Event::Meta | Event::Resize, "height") => Part::Height,
        (Event::Network, "payload") => Part::Requests,
        _ => Part::Page,
    }
}

/// Datadog's roles of words. Which attribute a value belongs to, other changes tell, perhaps of another request.
fn of_role(role: u64) -> Part {
    match role {
        // Names of elements and attributes, and of what was loaded.
        1 | 2 | 8 => Part::Kept,
        3 => Part::Label(Holder::default()),
        5 => Part::Typed(Holder::default()),
        6 => Part::Css,
        7 => Part::Url,
        _ => Part::Page,
    }
}

/// Of a request that the page made: timings are numbers, headers tell sessions, bodies tell all.
fn of_request(name: &str) -> Part {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "requests" => Part::Requests,
        "name" | "url" => Part::Url,
        "method"
        | "entrytype"
        | "initiatortype"
        | "deliverytype"
        | "nexthopprotocol"
        | "renderblockingstatus"
        | "contenttype"
        | "contentencoding"
        | "type"
        | "timestamp"
        | "timeorigin" => Part::Kept,
        _ if lower.ends_with("headers") || lower.ends_with("cookies") => Part::Secret,
        _ => Part::Page,
    }
}
