//! The made-up visitor: one telling value for each category, as many as there are places.
//!
//! Knows the shapes that vendors send; does not know where a value will stand. Invariants: no two marks share a tell,
//! and no coarser form, mask or stand-in of a value holds the word that tells it.

use std::net::Ipv4Addr;

use crate::privacy::Category;

/// Who the made-up visitor is on the network: an address nobody there would be served from (RFC 5737).
pub const VISITOR: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 177);

/// The first serial: all have as many digits, so that none is the beginning of another.
const FIRST: u16 = 10_000;

/// A value of the made-up visitor, and the words that tell it wherever they arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub category: Category,
    pub value: String,
    pub tells: Vec<String>,
}

/// Hands out marks, each once.
#[derive(Debug)]
pub struct Marks(u16);

impl Default for Marks {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Marks {
    pub fn next(&mut self, category: Category) -> Mark {
        let serial = self.0;
        self.0 = serial.checked_add(1).unwrap_or(FIRST);
        Mark::of(category, serial)
    }
}

impl Mark {
    fn of(category: Category, n: u16) -> Self {
        let (value, tell) = match category {
            Category::Address => {
                let address = format!("91.{}.{}.177", n >> 8, n & 0xff);
                (address.clone(), address)
            }
            Category::UserAgent => (
                format!(
                    "Mozilla/5.0 (Linux; Android 14; SM-Q{n}) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/126.0.6478.122 Mobile Safari/537.36"
                ),
                format!("SM-Q{n}"),
            ),
            Category::Screen => (format!("{n}x733"), format!("{n}x733")),
            Category::Language => (format!("de-CH-x-qu{n}"), format!("x-qu{n}")),
            Category::Timezone => (format!("Antarctica/Quay{n}"), format!("Quay{n}")),
            Category::Fingerprint => (format!("f1e57a{n}c0ffee77"), format!("a{n}c0ffee")),
            Category::Referrer => {
                (format!("https://search.example/find?q=quetzal{n}"), format!("quetzal{n}"))
            }
            Category::PageUrl => {
                (format!("https://shop.example/order?voucher=quince{n}"), format!("quince{n}"))
            }
            Category::VisitorId => {
                (format!("7c9e6679-7425-40de-944b-e07fc1f{n}"), format!("944b-e07fc1f{n}"))
            }
            Category::SessionId => {
                (format!("0192f0c1-5b7e-7cc3-98c4-dc0c0c0{n}"), format!("98c4-dc0c0c0{n}"))
            }
            Category::Contact => (format!("quentin{n}@mail.example"), format!("quentin{n}")),
            Category::Time => {
                let told = format!("{:02}:{:02}.{n}", n % 60, n / 60 % 60);
                (format!("2031-05-17T10:{told}Z"), told)
            }
            other => Self::word(other, n),
        };
        Self { category, value, tells: vec![tell] }
    }

    /// Values whose shape says nothing: all of one is what tells it.
    fn word(category: Category, n: u16) -> (String, String) {
        let stem = match category {
            Category::Location => "Quellheim",
            Category::Device => "quartz-gpu-",
            Category::PageTitle => "Basket of Quinn",
            Category::Campaign => "quagga-spring-",
            Category::ClickId => "CjwKCAquoll",
            Category::AccountId => "customer-quail-",
            Category::Message => "Where is my quilt",
            Category::TypedText => "my secret quaver",
            Category::PageText => "Hello Quenby",
            Category::Secret => "hunter-quoin-",
            Category::Service => "quorum",
            _ => "quixotic",
        };
        let value = format!("{stem}{n}");
        (value.clone(), value)
    }

    /// The visitor's own address, told in every spelling that says all of it.
    pub fn own_address(value: String) -> Self {
        let number = u32::from(VISITOR);
        let tells = vec![
            VISITOR.to_string(),
            number.to_string(),
            format!("{number:08x}"),
            VISITOR.to_string().replace('.', "-"),
        ];
        Self { category: Category::Address, value, tells }
    }

    /// A value with a tell of its own.
    pub fn told(category: Category, value: impl Into<String>, tell: impl Into<String>) -> Self {
        Self { category, value: value.into(), tells: vec![tell.into()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::generalize;

    #[test]
    fn every_value_holds_its_tell_and_no_tell_is_in_another_value() {
        let mut marks = Marks::default();
        let all: Vec<Mark> = Category::ALL
            .into_iter()
            .flat_map(|category| [marks.next(category), marks.next(category)])
            .collect();
        for (index, mark) in all.iter().enumerate() {
            for (other, holder) in all.iter().enumerate() {
                let holds = holder.value.contains(&mark.tells[0]);
                assert_eq!(holds, index == other, "{} in {}", mark.tells[0], holder.value);
            }
        }
    }

    #[test]
    fn a_coarser_form_does_not_tell() {
        let mut marks = Marks::default();
        for (category, coarser) in [
            (Category::Address, generalize::address::generalize as fn(&str) -> Option<String>),
            (Category::UserAgent, generalize::user_agent::generalize),
            (Category::Screen, generalize::screen::generalize),
            (Category::Language, generalize::language::generalize),
            (Category::PageUrl, generalize::url::page),
            (Category::Time, generalize::time::generalize),
        ] {
            let mark = marks.next(category);
            let coarse = coarser(&mark.value);
            assert!(coarse.is_some(), "{category} has the right shape");
            assert!(!coarse.unwrap_or_default().contains(&mark.tells[0]), "{category}");
        }
    }
}
