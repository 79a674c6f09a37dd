//! The operator's own texts: a file with a table for each language, or a directory with a file for each.
//!
//! Does not know which texts there are. Invariant: what is wrong in these files is told with its line there, at the
//! line of the settings that names them.

use std::path::Path;

use toml::de::DeTable;

use super::super::pages::{Flaw, Language, overlay};
use super::super::problem::Findings;
use super::super::section::Written;
use super::super::words::quote;
use super::pages::PLACE;
use super::{Desk, reason};

const LARGEST_FILE: u64 = 1 << 20;
const MOST_LANGUAGES: usize = 64;

/// The reading of them.
pub struct Reading<'a> {
    /// The path, as it is written.
    pub written: &'a Written<String>,
    pub desk: &'a Desk<'a>,
}

impl Reading<'_> {
    /// Puts what is found over the languages, or beside them.
    pub fn into(self, languages: &mut Vec<Language>) {
        let path = self.desk.path(&self.written.value);
        if !path.is_dir() {
            return self.file(&path, None, languages);
        }
        let files = match std::fs::read_dir(&path) {
            Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())),
            Err(error) => {
                return self.tell(&format!("cannot read {}: {}", self.written.value, reason(&error)), None);
            }
        };
        let mut files: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect();
        files.sort();
        if files.is_empty() {
            self.tell(
                &format!("{} holds no texts", self.written.value),
                Some("write de.toml for German, and so on"),
            );
        }
        for file in files {
            let tag = file.file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase());
            self.file(&file, tag.as_deref(), languages);
        }
    }

    /// A file of one language, or of several where `tag` does not say which.
    fn file(&self, path: &Path, tag: Option<&str>, languages: &mut Vec<Language>) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let large = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST_FILE);
        let text = match std::fs::read_to_string(path) {
            Ok(text) if !large => text,
            Ok(_) => {
                return self.tell(&format!("{name} is larger than 1 MiB"), Some("write the texts alone"));
            }
            Err(error) => return self.tell(&format!("cannot read {name}: {}", reason(&error)), None),
        };
        let lines = Findings::new(&text);
        let (table, errors) = DeTable::parse_recoverable(&text);
        if let Some(error) = errors.first() {
            let line = lines.line(error.span().map_or(0, |span| span.start));
            return self.tell(&format!("{name}, line {line}: {}", error.message()), None);
        }
        match tag {
            Some(tag) => self.language(tag, table.get_ref(), &name, &lines, languages),
            None => {
                for (key, value) in table.get_ref() {
                    match value.get_ref().as_table() {
                        Some(own) => self.language(key.get_ref(), own, &name, &lines, languages),
                        None => {
                            let line = lines.line(key.span().start);
                            let what = format!("{name}, line {line}: {} is no table", quote(key.get_ref()));
                            self.tell(&what, Some("write [de.opt_out] for German texts of the opt-out page"));
                        }
                    }
                }
            }
        }
    }

    fn language(
        &self,
        tag: &str,
        own: &DeTable<'_>,
        name: &str,
        lines: &Findings,
        languages: &mut Vec<Language>,
    ) {
        let tag = tag.to_ascii_lowercase();
        if !is_tag(&tag) || languages.len() >= MOST_LANGUAGES {
            let what = format!("{name}: {} is no language", quote(&tag));
            return self.tell(&what, Some("write a tag such as de or pt-br"));
        }
        let mut flaws = Vec::new();
        let texts = overlay(&tag, own, &mut flaws);
        for Flaw { at, what, instead } in flaws {
            let what = match at {
                Some(at) => format!("{name}, line {}: {what}", lines.line(at)),
                None => format!("{name}: {what}"),
            };
            self.tell(&what, Some(&instead));
        }
        if let Some(texts) = texts {
            match languages.iter_mut().find(|language| language.tag == tag) {
                Some(language) => language.texts = texts,
                None => languages.push(Language { tag, texts }),
            }
        }
    }

    fn tell(&self, what: &str, instead: Option<&str>) {
        match instead {
            Some(instead) => self.desk.findings.tell(self.written.line, PLACE, what, instead),
            None => self.desk.findings.plain(self.written.line, PLACE, what),
        }
    }
}

/// A language tag (RFC 5646) as far as it is needed here: letters and digits in short pieces.
pub fn is_tag(tag: &str) -> bool {
    let piece =
        |piece: &str| (1..=8).contains(&piece.len()) && piece.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= 35 && tag.starts_with(|first: char| first.is_ascii_alphabetic()) && tag.split('-').all(piece)
}
