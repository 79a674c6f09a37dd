//! What a value says of a person: the words of a record of processing.
//!
//! Knows nothing of where a value stands or what happens to it. Invariant: the names here are the names
//! in settings, maps, metrics and docs; each is spelled once, in [`Category::name`].

use std::fmt;
use std::str::FromStr;

/// The kind of personal (or not personal) data a place in a vendor's traffic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    Address,
    Location,
    UserAgent,
    Device,
    Screen,
    Language,
    Timezone,
    Fingerprint,
    Referrer,
    PageUrl,
    PageTitle,
    Campaign,
    ClickId,
    VisitorId,
    SessionId,
    AccountId,
    Contact,
    Message,
    TypedText,
    PageText,
    Secret,
    Time,
    Service,
    Unmapped,
}

impl Category {
    pub const ALL: [Self; 24] = [
        Self::Address,
        Self::Location,
        Self::UserAgent,
        Self::Device,
        Self::Screen,
        Self::Language,
        Self::Timezone,
        Self::Fingerprint,
        Self::Referrer,
        Self::PageUrl,
        Self::PageTitle,
        Self::Campaign,
        Self::ClickId,
        Self::VisitorId,
        Self::SessionId,
        Self::AccountId,
        Self::Contact,
        Self::Message,
        Self::TypedText,
        Self::PageText,
        Self::Secret,
        Self::Time,
        Self::Service,
        Self::Unmapped,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Location => "location",
            Self::UserAgent => "user_agent",
            Self::Device => "device",
            Self::Screen => "screen",
            Self::Language => "language",
            Self::Timezone => "timezone",
            Self::Fingerprint => "fingerprint",
            Self::Referrer => "referrer",
            Self::PageUrl => "page_url",
            Self::PageTitle => "page_title",
            Self::Campaign => "campaign",
            Self::ClickId => "click_id",
            Self::VisitorId => "visitor_id",
            Self::SessionId => "session_id",
            Self::AccountId => "account_id",
            Self::Contact => "contact",
            Self::Message => "message",
            Self::TypedText => "typed_text",
            Self::PageText => "page_text",
            Self::Secret => "secret",
            Self::Time => "time",
            Self::Service => "service",
            Self::Unmapped => "unmapped",
        }
    }

    /// What the category holds, in words a privacy officer can copy.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Address => "the visitor's IP address, in any form",
            Self::Location => "city, region, coordinates",
            Self::UserAgent => "browser and system: the header, client hints, copies in bodies",
            Self::Device => "hardware, memory, network, battery, plugins, fonts",
            Self::Screen => "screen and window size, pixel ratio, colour depth",
            Self::Language => "the visitor's languages",
            Self::Timezone => "time zone and offset",
            Self::Fingerprint => "values made to tell one browser from another",
            Self::Referrer => "the page before",
            Self::PageUrl => "the page's address",
            Self::PageTitle => "the page's title",
            Self::Campaign => "campaign parameters (utm_*)",
            Self::ClickId => "advertisers' click identifiers (gclid, fbclid)",
            Self::VisitorId => "a lasting identifier of a browser",
            Self::SessionId => "an identifier of one visit",
            Self::AccountId => "login, customer or order identifiers",
            Self::Contact => "email, name, phone, postal address",
            Self::Message => "what the visitor chose to send",
            Self::TypedText => "input typed and not submitted",
            Self::PageText => "text of the page in a recording",
            Self::Secret => "passwords, payment cards, tokens of the person",
            Self::Time => "when it happened",
            Self::Service => "what the vendor's protocol needs: keys, event names, counters",
            Self::Unmapped => "what no rule names",
        }
    }

    /// A made-up visitor's value.
    pub const fn sample(self) -> &'static str {
        match self {
            Self::Address => "203.0.113.77",
            Self::Location => "Lyon",
            Self::UserAgent => {
                "Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.122 Mobile Safari/537.36"
            }
            Self::Device => "16 GB",
            Self::Screen => "1337x733",
            Self::Language => "de-CH,de;q=0.8",
            Self::Timezone => "Europe/Zurich",
            Self::Fingerprint => "f1ng3rpr1nt",
            Self::Referrer => "https://search.example/?q=red+shoes",
            Self::PageUrl => "https://shop.example/order/77123?email=jane@example.org",
            Self::PageTitle => "Checkout for Jane",
            Self::Campaign => "spring-sale",
            Self::ClickId => "CjwKCAjw1234",
            Self::VisitorId => "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            Self::SessionId => "0192f0c1-5b7e-7cc3-98c4-dc0c0c07398f",
            Self::AccountId => "customer-20931",
            Self::Contact => "jane@example.org",
            Self::Message => "Where is my parcel?",
            Self::TypedText => "jane@exa",
            Self::PageText => "Hello Jane",
            Self::Secret => "hunter2",
            Self::Time => "2026-11-22T10:42:31.123Z",
            Self::Service => "page_view",
            Self::Unmapped => "anything",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Category {
    type Err = UnknownCategory;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|category| category.name() == name).ok_or(UnknownCategory)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown category")]
pub struct UnknownCategory;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_category() {
        for (index, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category.name().parse(), Ok(category));
            assert_eq!(category.index(), index);
        }
        assert_eq!("ip".parse::<Category>(), Err(UnknownCategory));
    }
}
