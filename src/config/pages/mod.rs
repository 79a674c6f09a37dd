//! What privet's own pages say and how they look, as the settings mean it.
//!
//! Knows texts, colours and the controller's contact; does not know how a page is built. Invariant: every language
//! has every text, and a colour is three numbers, never a piece of somebody's style sheet.

mod colour;
mod overlay;
mod purpose;
mod texts;

use std::sync::Arc;

pub use colour::Colour;
pub use overlay::{Flaw, overlay};
pub use purpose::Purpose;
pub use texts::{OptOutTexts, PrivacyTexts, Texts, fill};

/// `[pages]`.
#[derive(Clone, Debug)]
pub struct Pages {
    /// What stands at the top of each page; the site's name where there is none.
    pub title: Option<String>,
    pub contact: Option<Contact>,
    pub light: Palette,
    /// `None`: the light one at night too, because the operator gave one and no other.
    pub dark: Option<Palette>,
    /// The first is the one for visitors whose languages are not spoken here; never empty.
    pub languages: Arc<[Language]>,
}

/// Who is responsible for the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub email: Option<String>,
    pub url: Option<String>,
}

/// Three colours; everything else is mixed from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    pub accent: Colour,
    pub background: Colour,
    pub text: Colour,
}

#[derive(Clone, Debug)]
pub struct Language {
    /// Lower case, as in `de` or `pt-br`.
    pub tag: String,
    pub texts: Texts,
}

impl Palette {
    pub const LIGHT: Self = Self {
        accent: Colour([0x2c, 0x62, 0x3b]),
        background: Colour([0xf7, 0xf5, 0xee]),
        text: Colour([0x1f, 0x2a, 0x23]),
    };
    pub const DARK: Self = Self {
        accent: Colour([0x8c, 0xcb, 0x98]),
        background: Colour([0x12, 0x17, 0x14]),
        text: Colour([0xe6, 0xeb, 0xe4]),
    };
}

impl Language {
    /// The built-in languages, English first.
    pub fn built_in() -> Vec<Self> {
        let read =
            |(tag, text): (&str, &str)| Some(Self { tag: tag.to_owned(), texts: Texts::read(text).ok()? });
        texts::BUILT_IN.into_iter().filter_map(read).collect()
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            title: None,
            contact: None,
            light: Palette::LIGHT,
            dark: Some(Palette::DARK),
            languages: Language::built_in().into(),
        }
    }
}
