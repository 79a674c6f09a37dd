//! `collision` as written, for all routes or for one.
//!
//! Does not know which numbers make sense. Invariant: it is a table of two numbers or the word `off`, and nothing
//! else.

use toml::de::DeValue;

use super::super::section::{Section, Written};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CollisionEntry {
    Off,
    Shared {
        visitors: Option<u64>,
        rate: Option<f64>,
    },
    /// Told already.
    Wrong,
}

impl CollisionEntry {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Written<Self>> {
        let (value, line) = section.value("collision")?;
        let value = match value.get_ref() {
            DeValue::String(word) if word == "off" => Self::Off,
            DeValue::Table(table) => {
                let place = format!("{}, collision", section.place);
                section.inner(table, line, place).read(|s| {
                    let (visitors, rate) = (s.count("visitors"), s.fraction("rate"));
                    s.need(&["visitors"], "write visitors = 50000, how many come in an epoch");
                    s.need(&["rate"], "write rate = 0.05, the share of them that collide");
                    Self::Shared {
                        visitors: visitors.map(|written| written.value),
                        rate: rate.map(|written| written.value),
                    }
                })
            }
            other => {
                let right = "{ visitors = 50000, rate = 0.05 } or \"off\"";
                section.wrong(line, "collision", right, other);
                Self::Wrong
            }
        };
        Some(Written { value, line })
    }
}
