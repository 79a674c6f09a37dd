//! Which country an address belongs to, and whether it may be told.
//!
//! Knows the MaxMind DB format and how many live in each country; does not know where the database comes from.
//! Invariant: what comes out is a code of the table beside this file, and stands for as many people as asked.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use maxminddb::{PathElement, Reader};

/// Country, continent and thousands of inhabitants.
const COUNTRIES: &str = include_str!("countries.txt");

/// The shapes in use: MaxMind's own, and the flat one of other makers.
const COUNTRY: [&[PathElement<'_>]; 2] =
    [&[PathElement::Key("country"), PathElement::Key("iso_code")], &[PathElement::Key("country_code")]];

/// A database of countries, and from which size on they are told.
#[derive(Clone)]
pub struct Geo {
    reader: Arc<Reader<Vec<u8>>>,
    minimum_population: u64,
    smaller: Smaller,
}

/// What is told of a country with fewer inhabitants than asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Smaller {
    #[default]
    Nothing,
    /// The continent's code in UN M.49: no letters, so it is never taken for a country.
    Region,
}

#[derive(Debug, thiserror::Error)]
pub enum NoDatabase {
    #[error("is no MaxMind DB")]
    Unreadable,
    #[error("is a database of {0}, and holds no countries")]
    OtherKind(String),
}

impl Geo {
    /// A database from its bytes.
    pub fn read(bytes: Vec<u8>, minimum_population: u64, smaller: Smaller) -> Result<Self, NoDatabase> {
        let reader = Reader::from_source(bytes).map_err(|_| NoDatabase::Unreadable)?;
        let kind = reader.metadata().database_type.as_str();
        if !["country", "city", "location", "enterprise"]
            .iter()
            .any(|it| kind.to_ascii_lowercase().contains(it))
        {
            return Err(NoDatabase::OtherKind(kind.to_owned()));
        }
        Ok(Self { reader: Arc::new(reader), minimum_population, smaller })
    }

    /// The country's code, its continent's, or nothing.
    pub fn place(&self, address: IpAddr) -> Option<&'static str> {
        let found = self.reader.lookup(address.to_canonical()).ok()?;
        let code = COUNTRY.iter().find_map(|path| found.decode_path::<&str>(path).ok().flatten())?;
        let country = countries().iter().find(|country| country.code == code)?;
        if country.population >= self.minimum_population {
            return Some(country.code);
        }
        match self.smaller {
            Smaller::Nothing => None,
            Smaller::Region => Some(country.continent),
        }
    }
}

impl fmt::Debug for Geo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Geo").field("minimum_population", &self.minimum_population).finish_non_exhaustive()
    }
}

struct Country {
    code: &'static str,
    continent: &'static str,
    population: u64,
}

fn countries() -> &'static [Country] {
    static READ: OnceLock<Vec<Country>> = OnceLock::new();
    READ.get_or_init(|| COUNTRIES.lines().filter_map(country).collect())
}

fn country(line: &'static str) -> Option<Country> {
    let mut words = line.split(' ');
    let (code, continent, thousands) = (words.next()?, words.next()?, words.next()?);
    let population = thousands.parse::<u64>().ok()? * 1000;
    Some(Country { code, continent, population })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NESTED: &[u8] = include_bytes!("../../../tests/geo/country.mmdb");
    const FLAT: &[u8] = include_bytes!("../../../tests/geo/flat.mmdb");

    fn place(bytes: &[u8], minimum: u64, smaller: Smaller, address: &str) -> Option<&'static str> {
        Geo::read(bytes.to_vec(), minimum, smaller).unwrap().place(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_a_country_in_either_shape_and_either_version() {
        for bytes in [NESTED, FLAT] {
            for (address, code) in [
                ("203.0.113.42", Some("DE")),
                ("203.0.113.200", Some("FR")),
                ("::ffff:203.0.113.42", Some("DE")),
                ("2001:db8::7", Some("NL")),
                ("192.0.2.1", None),
                ("127.0.0.1", None),
                ("fe80::1", None),
            ] {
                assert_eq!(place(bytes, 0, Smaller::Nothing, address), code, "{address}");
            }
        }
    }

    #[test]
    fn a_small_country_is_its_continent_or_nothing() {
        let liechtenstein = "198.51.100.7";
        assert_eq!(place(NESTED, 30_000, Smaller::Nothing, liechtenstein), Some("LI"));
        assert_eq!(place(NESTED, 100_000, Smaller::Nothing, liechtenstein), None);
        assert_eq!(place(NESTED, 100_000, Smaller::Region, liechtenstein), Some("150"));
        assert_eq!(place(NESTED, 100_000_000, Smaller::Region, "203.0.113.42"), Some("150"));
    }

    #[test]
    fn what_is_no_database_is_told() {
        assert!(Geo::read(b"nonsense".to_vec(), 0, Smaller::Nothing).is_err());
    }

    #[test]
    fn every_line_of_the_table_is_a_country() {
        let lines = COUNTRIES.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(countries().len(), lines.count());
        for country in countries() {
            assert!(country.code.len() == 2 && country.continent.len() == 3, "{}", country.code);
        }
    }
}
