//! What stands around every page: the site's name, the way to the other page, languages, the controller.
//!
//! Does not know what a page is about. Invariant: every link leads to a page beside this one.

use super::{Asked, style};
use crate::config::pages::{Contact, Language, Texts};

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 6] = ["ar", "fa", "he", "ps", "ur", "yi"];

pub struct Frame<'a> {
    pub tag: &'a str,
    pub texts: &'a Texts,
    pub direction: &'static str,
    /// What the site is called at the top.
    pub site: &'a str,
    pub contact: Option<&'a Contact>,
    pub languages: Vec<Link<'a>>,
    /// Keeps a language that was picked: `?lang=de`, or nothing.
    pub query: String,
    pub style: String,
}

/// A language to change to.
pub struct Link<'a> {
    pub tag: &'a str,
    pub name: &'a str,
    pub is_current: bool,
}

impl<'a> Frame<'a> {
    pub fn of(asked: &'a Asked<'_>, language: &'a Language) -> Self {
        let pages = asked.pages;
        let site = asked.own.site();
        let link = |other: &'a Language| Link {
            tag: &other.tag,
            name: &other.texts.name,
            is_current: other.tag == language.tag,
        };
        let primary = language.tag.split('-').next().unwrap_or_default();
        Self {
            tag: &language.tag,
            texts: &language.texts,
            direction: if RIGHT_TO_LEFT.contains(&primary) { "rtl" } else { "ltr" },
            site: pages.title.as_deref().unwrap_or(site),
            contact: pages.contact.as_ref(),
            languages: pages.languages.iter().map(link).collect(),
            query: asked.picked().map(|_| format!("?lang={}", language.tag)).unwrap_or_default(),
            style: style::sheet(pages),
        }
    }
}
