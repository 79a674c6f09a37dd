//! What a service is used for, as a visitor is told.
//!
//! Knows the words that are spoken in every language, and the operator's own. Invariant: there is always something
//! to say.

use super::texts::Texts;

/// Why a route is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    Measurement,
    Chat,
    Recording,
    Errors,
    /// The operator's own words, by language; never empty.
    Own(Vec<(String, String)>),
    #[default]
    Unsaid,
}

impl Purpose {
    pub const WORDS: [&str; 4] = ["measurement", "chat", "recording", "errors"];

    /// The purpose of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "measurement" => Self::Measurement,
            "chat" => Self::Chat,
            "recording" => Self::Recording,
            "errors" => Self::Errors,
            _ => return None,
        })
    }

    /// The purpose in some language; the operator's first words where there are none in it.
    pub fn told<'a>(&'a self, tag: &str, texts: &'a Texts) -> &'a str {
        let words = &texts.purpose;
        match self {
            Self::Measurement => &words.measurement,
            Self::Chat => &words.chat,
            Self::Recording => &words.recording,
            Self::Errors => &words.errors,
            Self::Unsaid => &words.unsaid,
            Self::Own(own) => own
                .iter()
                .find(|(language, _)| language == tag)
                .or(own.first())
                .map_or(&words.unsaid, |(_, text)| text),
        }
    }
}
