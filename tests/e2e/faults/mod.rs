//! What goes wrong outside of privet: vendors, names, certificates, visitors who leave, a machine that runs out.
//!
//! A module per kind; each test names its fault, or the section of the RFC it stands for. Nothing is timed: deadlines
//! come from the settings, and what takes a while is waited for.

mod again;
mod breaks;
mod health;
mod http2;
mod leaving;
mod scarcity;
mod spread;
mod trust;

use std::time::Duration;

use crate::support::{Backend, Privet};

/// Waits for something that comes about by itself.
async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what}");
}

/// A route to several backends; `more` is more of the route's settings, `others` of the whole file.
fn before(urls: &[String], more: &str, others: &str) -> Privet {
    Privet::start(&format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = {{ self_signed = [\"vendor.test\"] }}\n\
         [[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
         [server]\nworkers = 1\n{others}\n\
         [[route]]\nname = \"vendor\"\nhost = \"vendor.test\"\nupstream = {urls:?}\n{more}\n"
    ))
}

/// A URL at which nobody listens.
async fn nobody() -> String {
    format!("http://{}", tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap())
}

async fn two() -> [Backend; 2] {
    [Backend::start().await, Backend::start().await]
}

fn place(url: &str) -> &str {
    url.split("//").last().unwrap()
}

/// The line of a metric of one upstream, up to its value.
fn line(metric: &str, upstream: &str, more: &str) -> String {
    format!("privet_{metric}{{route=\"vendor\",upstream=\"{}\"{more}}}", place(upstream))
}
