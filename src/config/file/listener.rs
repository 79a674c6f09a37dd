//! `[[listener]]` as written.
//!
//! Does not know which addresses or files make sense. Invariant: the three forms of `tls` are told apart, and what is
//! none of them is told with all three.

use toml::de::DeValue;

use super::super::section::{Section, Written};
use super::super::settings::ProxyProtocol;

#[derive(Debug)]
pub struct ListenerEntry {
    pub line: usize,
    pub place: String,
    pub address: Option<Written<String>>,
    pub tls: Option<Written<TlsEntry>>,
    pub trusted_proxies: Vec<Written<String>>,
    pub proxy_protocol: Option<Written<ProxyProtocol>>,
    pub strict_sni: Option<Written<bool>>,
}

#[derive(Debug)]
pub enum TlsEntry {
    /// Plain HTTP.
    Off,
    Pairs(Vec<PairEntry>),
    SelfSigned(Vec<Written<String>>),
    /// Told already.
    Wrong,
}

#[derive(Debug)]
pub struct PairEntry {
    pub line: usize,
    pub place: String,
    pub certificate: Option<Written<String>>,
    pub key: Option<Written<String>>,
    pub ocsp: Option<Written<String>>,
}

impl ListenerEntry {
    pub(super) fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            address: s.text("address"),
            tls: TlsEntry::read(s),
            trusted_proxies: s.texts("trusted_proxies").map(|list| list.value).unwrap_or_default(),
            proxy_protocol: s.word(
                "proxy_protocol",
                &[
                    ("off", ProxyProtocol::Off),
                    ("optional", ProxyProtocol::Optional),
                    ("required", ProxyProtocol::Required),
                ],
            ),
            strict_sni: s.flag("strict_sni"),
        })
    }
}

impl TlsEntry {
    /// What `tls` may be, for whoever wrote something else.
    pub const RIGHT: &str =
        "{ certificate = \"…\", key = \"…\" }, a list of these, { self_signed = [\"localhost\"] } or \"off\"";

    fn read(section: &mut Section<'_>) -> Option<Written<Self>> {
        let (written, line) = section.value("tls")?;
        let place = format!("{}, tls", section.place);
        let value = match written.get_ref() {
            DeValue::String(word) if word == "off" => Self::Off,
            DeValue::Table(table) if table.contains_key("self_signed") => {
                let names = section.inner(table, line, place).read(|s| s.texts("self_signed"));
                names.map_or(Self::Wrong, |names| Self::SelfSigned(names.value))
            }
            DeValue::Table(table) => Self::Pairs(vec![PairEntry::read(section.inner(table, line, place))]),
            DeValue::Array(pairs)
                if !pairs.is_empty() && pairs.iter().all(|pair| pair.get_ref().is_table()) =>
            {
                let pair = |(index, pair): (usize, &'_ toml::Spanned<DeValue<'_>>)| {
                    let line = section.findings.line(pair.span().start);
                    let table = pair.get_ref().as_table()?;
                    Some(PairEntry::read(section.inner(table, line, format!("{place}, pair {}", index + 1))))
                };
                Self::Pairs(pairs.iter().enumerate().filter_map(pair).collect())
            }
            other => {
                section.wrong(line, "tls", Self::RIGHT, other);
                Self::Wrong
            }
        };
        Some(Written { value, line })
    }
}

impl PairEntry {
    pub(super) fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            certificate: s.text("certificate"),
            key: s.text("key"),
            ocsp: s.text("ocsp"),
        })
    }
}
