//! `proxy.toml` and the vendors' maps, read once: text in, valid [`Settings`] out, or every problem at once.

mod settings;

pub use settings::{
    Admin, CertificatePair, Limits, Listener, ProxyProtocol, PseudonymSettings, Route, Server, Settings, Tls,
    Upstream,
};
