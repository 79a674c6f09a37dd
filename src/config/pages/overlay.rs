//! An operator's own texts, put over the built-in ones or beside them as a further language.
//!
//! Knows TOML with its places; reads no file. Invariant: what comes out has every text of English, none that English
//! has not, and no `{place}` that nobody would fill.

use toml::de::{DeTable, DeValue};

use super::super::words::{nearest, quote};
use super::texts::{BUILT_IN, Texts, places};

/// Longest text, in bytes.
const LONGEST: usize = 4096;

/// What is wrong with an operator's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The byte it stands at; `None` where something is missing.
    pub at: Option<usize>,
    pub what: String,
    pub instead: String,
}

/// One language's texts: the built-in ones of this tag, if there are, with the operator's over them.
pub fn overlay(tag: &str, own: &DeTable<'_>, flaws: &mut Vec<Flaw>) -> Option<Texts> {
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == tag);
    let english: toml::Table = toml::from_str(BUILT_IN[0].1).ok()?;
    let mut texts = match built_in {
        Some((_, text)) => toml::from_str(text).ok()?,
        None => toml::Table::new(),
    };
    let before = flaws.len();
    put(own, &english, &mut texts, "", flaws);
    let missing = missing(&english, &texts);
    if !missing.is_empty() {
        let shown = missing.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if missing.len() > 3 { format!(" and {} more", missing.len() - 3) } else { String::new() };
        let what = format!("{} is no built-in language and lacks {shown}{more}", quote(tag));
        flaws.push(Flaw { at: None, what, instead: "write every text that en.toml has".to_owned() });
    }
    if flaws.len() > before { None } else { texts.try_into().ok() }
}

/// Puts the operator's texts where English has one.
fn put(
    own: &DeTable<'_>,
    english: &toml::Table,
    texts: &mut toml::Table,
    place: &str,
    flaws: &mut Vec<Flaw>,
) {
    for (key, value) in own {
        let (name, at): (&str, _) = (key.get_ref(), key.span().start);
        let full = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        let mut tell = |what: String, instead: String| flaws.push(Flaw { at: Some(at), what, instead });
        match (value.get_ref(), english.get(name)) {
            (DeValue::Table(own), Some(toml::Value::Table(english))) => {
                let inner = texts.entry(name).or_insert_with(|| toml::Table::new().into());
                if let Some(inner) = inner.as_table_mut() {
                    put(own, english, inner, &full, flaws);
                }
            }
            (DeValue::String(text), Some(toml::Value::String(english))) => {
                let known = places(english);
                if let Some(unknown) = places(text).into_iter().find(|name| !known.contains(name)) {
                    let instead = match known[..] {
                        [] => "write it without".to_owned(),
                        _ => format!("use {{{}}}", known.join("}, {")),
                    };
                    tell(format!("{full} has {{{unknown}}}, which nothing fills"), instead);
                } else if text.trim().is_empty() || text.len() > LONGEST {
                    tell(format!("{full} is empty or too long"), format!("write 1 to {LONGEST} bytes"));
                } else {
                    texts.insert(name.to_owned(), toml::Value::String(text.as_ref().to_owned()));
                }
            }
            (_, Some(toml::Value::String(_))) => {
                tell(format!("{full} is no text"), "write a text in quotes".to_owned())
            }
            (_, Some(_)) => tell(format!("{full} is no table"), format!("write [{full}]")),
            (_, None) => {
                let instead = match nearest(name, english.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean {}?", quote(near)),
                    None => "see en.toml for the texts there are".to_owned(),
                };
                tell(format!("unknown text {}", quote(&full)), instead);
            }
        }
    }
}

/// The names of English texts that are not there.
fn missing(english: &toml::Table, texts: &toml::Table) -> Vec<String> {
    let nothing = toml::Table::new();
    english
        .iter()
        .flat_map(|(name, value)| match (value, texts.get(name)) {
            (toml::Value::Table(english), own) => {
                let own = own.and_then(toml::Value::as_table).unwrap_or(&nothing);
                missing(english, own).into_iter().map(|inner| format!("{name}.{inner}")).collect()
            }
            (_, Some(_)) => Vec::new(),
            (_, None) => vec![name.clone()],
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn laid(tag: &str, own: &str) -> Result<Texts, Vec<String>> {
        let table = DeTable::parse(own).unwrap();
        let mut flaws = Vec::new();
        let texts = overlay(tag, table.get_ref(), &mut flaws);
        texts.ok_or_else(|| {
            flaws.into_iter().map(|flaw| format!("{:?} {}; {}", flaw.at, flaw.what, flaw.instead)).collect()
        })
    }

    #[test]
    fn an_operators_text_stands_where_the_built_in_one_stood() {
        let texts = laid("de", "[opt_out]\nsay_no = \"Ohne mich\"\n").unwrap();
        assert_eq!(texts.opt_out.say_no, "Ohne mich");
        assert_eq!(texts.opt_out.title, "Ihre Wahl");
    }

    #[test]
    fn what_is_no_text_of_the_pages_is_told_with_its_place() {
        let told = laid(
            "en",
            "nam = \"x\"\n[opt_out]\nsay_noo = \"x\"\nsay_no = 5\ntitle = \"Hello {visitor}\"\n[privacy]\nreceived = \"{recipent} gets\"\n",
        );
        let mut told = told.unwrap_err();
        told.sort();
        assert_eq!(
            told,
            [
                "Some(0) unknown text \"nam\"; did you mean \"name\"?",
                "Some(20) unknown text \"opt_out.say_noo\"; did you mean \"say_no\"?",
                "Some(34) opt_out.say_no is no text; write a text in quotes",
                "Some(45) opt_out.title has {visitor}, which nothing fills; write it without",
                "Some(81) privacy.received has {recipent}, which nothing fills; use {recipient}",
            ]
        );
    }

    #[test]
    fn a_further_language_is_whole_or_told() {
        let told = laid("pl", "name = \"Polski\"\n").unwrap_err();
        assert!(told[0].contains("\"pl\" is no built-in language and lacks"), "{told:?}");
        let whole = BUILT_IN[5].1.replacen("Nederlands\"", "Frysk\"", 1);
        assert_eq!(laid("fy", &whole).unwrap().name, "Frysk");
    }
}
