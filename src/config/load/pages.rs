//! privet's own pages: their texts, colours and the controller's contact.
//!
//! Does not read the files of texts itself. Invariant: colours that are hard to read are noted, and what is shown on
//! a page is one line without control characters.

use http::Uri;

use super::super::file::{ColoursEntry, ContactEntry, PagesEntry};
use super::super::pages::{Colour, Contact, Language, Pages, Palette};
use super::super::section::Written;
use super::super::words::{either, quote};
use super::texts::Reading;
use super::{Desk, place};

pub const PLACE: &str = "[pages]";
const LONGEST: usize = 200;
/// WCAG 2, level AA, for text of ordinary size.
const READABLE: f64 = 4.5;

pub fn pages(entry: &PagesEntry, desk: &Desk<'_>) -> Option<Pages> {
    let title = given(&entry.title, |written| line(written, PLACE, desk));
    let contact = given(&entry.contact, |contact| self::contact(contact, desk));
    let (light, dark) = match &entry.colours {
        Some(colours) => self::colours(colours, desk),
        None => (Some(Palette::LIGHT), Some(Palette::DARK)),
    };
    let mut languages = Language::built_in();
    if let Some(written) = &entry.texts {
        Reading { written, desk }.into(&mut languages);
    }
    if let Some(written) = &entry.language {
        lead(&mut languages, written, desk);
    }
    Some(Pages { title: title?, contact: contact?, light: light?, dark, languages: languages.into() })
}

fn given<T, U>(written: &Option<T>, read: impl FnOnce(&T) -> Option<U>) -> Option<Option<U>> {
    written.as_ref().map_or(Some(None), |written| read(written).map(Some))
}

/// A text of one line.
pub fn line(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<String> {
    let text = written.value.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if !fits {
        let what = "a text for the pages is empty, too long or has control characters";
        desk.findings.tell(
            written.line,
            place,
            what,
            format!("write one line of up to {LONGEST} characters"),
        );
    }
    fits.then(|| text.to_owned())
}

fn contact(entry: &ContactEntry, desk: &Desk<'_>) -> Option<Contact> {
    let at = &entry.place;
    if entry.name.is_none() {
        let instead = "write name = \"…\", who is responsible for the site";
        desk.findings.missing(entry.line, at, &["name"], instead);
    }
    let name = entry.name.as_ref().and_then(|written| line(written, at, desk));
    let email = given(&entry.email, |written| {
        let fits = is_email(&written.value);
        if !fits {
            let what = format!("{} is no email address", quote(&written.value));
            desk.findings.tell(written.line, at, what, "write privacy@example.com");
        }
        fits.then(|| written.value.clone())
    });
    let url = given(&entry.url, |written| {
        let fits = is_url(&written.value);
        if !fits {
            let what = format!("{} is no address of a page", quote(&written.value));
            desk.findings.tell(written.line, at, what, "write https://www.example.com/privacy");
        }
        fits.then(|| written.value.clone())
    });
    Some(Contact { name: name?, email: email?, url: url? })
}

fn is_email(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    text.len() <= LONGEST
        && text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && user.bytes().all(plain) && host.contains('.') && place::is_host(host)
        })
}

fn is_url(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok().filter(|_| text.len() <= LONGEST);
    uri.is_some_and(|uri| {
        let host = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        matches!(uri.scheme_str(), Some("https" | "http")) && host
    })
}

/// The palettes by day and by night; with own colours for the day alone, they hold at night too.
fn colours(entry: &ColoursEntry, desk: &Desk<'_>) -> (Option<Palette>, Option<Palette>) {
    let light = palette(entry, Palette::LIGHT, desk);
    let dark = entry.dark.as_ref().and_then(|dark| palette(dark, Palette::DARK, desk));
    (light, dark)
}

fn palette(entry: &ColoursEntry, base: Palette, desk: &Desk<'_>) -> Option<Palette> {
    let colour = |written: &Option<Written<String>>, base: Colour| match written {
        None => Some(base),
        Some(written) => {
            let read = written.value.parse();
            if read.is_err() {
                let what = format!("{} is no colour", quote(&written.value));
                let instead = "write \"#2c623b\", \"rgb(44 98 59)\" or \"hsl(137 38% 28%)\"";
                desk.findings.tell(written.line, &entry.place, what, instead);
            }
            read.ok()
        }
    };
    let (accent, background, text) = (
        colour(&entry.accent, base.accent),
        colour(&entry.background, base.background),
        colour(&entry.text, base.text),
    );
    let palette = Palette { accent: accent?, background: background?, text: text? };
    for (name, colour) in [("accent", palette.accent), ("text", palette.text)] {
        let contrast = colour.contrast(palette.background);
        if contrast < READABLE {
            let text = format!(
                "{name} on background has a contrast of {contrast:.1} : 1; many people need {READABLE} : 1 to read"
            );
            desk.findings.note(&entry.place, &text);
        }
    }
    Some(palette)
}

/// Puts the language for visitors whose own are not spoken at the front.
fn lead(languages: &mut Vec<Language>, written: &Written<String>, desk: &Desk<'_>) {
    let wanted = written.value.to_ascii_lowercase();
    match languages.iter().position(|language| language.tag == wanted) {
        Some(index) => {
            let language = languages.remove(index);
            languages.insert(0, language);
        }
        None => {
            let known = languages.iter().map(|language| language.tag.as_str()).collect::<Vec<_>>();
            let what = format!("the pages do not speak {}", quote(&written.value));
            desk.findings.tell(written.line, PLACE, what, format!("use {}", either(&known)));
        }
    }
}
