//! `proxy.toml` and the vendors' maps, read once: text in, valid [`Settings`] out, or every problem at once.

pub mod certificate;
pub mod consent;
mod file;
mod load;
pub mod pages;
mod parts;
mod problem;
pub mod raw;
mod section;
mod settings;
pub mod units;
mod upstream;
pub mod vendors;
mod words;

pub use load::{load, parse};
pub use parts::Choice;
pub use problem::{Problem, Problems};
pub use settings::{
    Admin, CertificatePair, Frequency, Identity, KeyPlace, Limits, Listener, Password, Process,
    ProxyProtocol, PseudonymSettings, Route, RouteLimit, Server, Settings, StoreAddress, Tls,
};
pub use upstream::{Ejection, Health, Place, Spot, Spread, Upstream};
