//! `privet selftest [ROUTE]`: marked requests of a made-up visitor through the settings as they are, into a sink of its
//! own, and what of them arrived.
//!
//! Knows privet by the doors every command uses; the engine has no part in the judgement. Invariants: no vendor and no
//! store of keys is ever contacted; of a route, nothing is changed but where it leads and what it waits for.

mod expected;
mod free;
mod head;
mod judge;
mod mark;
mod place;
mod probe;
mod recording;
mod report;
mod rules;
mod sender;
mod sink;
mod wrapping;

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use http::uri::{InvalidUri, Scheme};
use ipnet::{IpNet, Ipv4Net};
use rustls::crypto::aws_lc_rs;

use super::choice;
use super::output::{complain, say};
use crate::config::{KeyPlace, Listener, ProxyProtocol, Route, Settings, Spread, Tls};
use crate::downstream::{Server, StartError};
use crate::metrics::Metrics;
use crate::proxy::{Proxy, Shared};
use expected::Word;
use judge::Readings;
use mark::Marks;
use probe::{Letter, Probe};
use report::{Finding, Outcome, Report, RouteReport};
use sink::Sink;

/// EX_DATAERR of sysexits: something would have leaked, or not all could be tried.
const LEAKS: u8 = 65;
/// EX_OSERR of sysexits: a socket or a thread was not to be had.
const NO_RESOURCE: u8 = 71;

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
enum SelftestError {
    #[error("cannot open a sink: {0}")]
    Sink(#[from] io::Error),
    #[error(transparent)]
    Upstream(#[from] InvalidUri),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("privet ended by itself")]
    Ended,
}

pub fn run(config: &Path, name: Option<&str>, json: bool) -> Result<ExitCode, ExitCode> {
    let settings = choice::settings(config)?;
    if let Some(name) = name {
        choice::route(&settings, name)?;
    }
    let _ = aws_lc_rs::default_provider().install_default();
    let report = tried(settings, name).map_err(|error| {
        complain(format_args!("privet selftest: {error}"));
        ExitCode::from(NO_RESOURCE)
    })?;
    if json {
        say(report.json());
    } else {
        say(report.text());
    }
    Ok(if report.is_fine() { ExitCode::SUCCESS } else { ExitCode::from(LEAKS) })
}

/// Runs a whole privet with these settings and tries its routes, or the one of a name.
fn tried(settings: Settings, name: Option<&str>) -> Result<Report, SelftestError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // As they are before they are diverted.
    let told = |route: &Arc<Route>| {
        (
            route.consent.is_some() || route.activate_on_click,
            route.recipients().map(ToString::to_string).collect(),
        )
    };
    let told: Vec<(bool, BTreeSet<String>)> = settings.routes.iter().map(told).collect();
    let (settings, sinks) = runtime.block_on(diverted(settings))?;
    let routes = settings.routes.clone();
    let metrics = Arc::new(Metrics::new());
    let server = Server::bind(&settings, metrics.clone())?;
    let (stop, address) = (server.stop(), server.addresses().first().copied());
    let shared = Shared::new(settings, metrics);
    let never = || Err(vec!["the settings of a self-test stay".to_owned()]);
    thread::scope(|scope| {
        let serving = scope.spawn(|| server.serve(&shared, || Arc::new(Proxy::new(shared.clone())), never));
        // However this ends, privet ends with it.
        let end = stop.drain_on_drop();
        let mut reports = Vec::new();
        for ((route, sink), (held_back, instead_of)) in routes.iter().zip(&sinks).zip(told) {
            if let Some(address) = address.filter(|_| name.is_none_or(|name| *route.name == *name)) {
                let report = runtime.block_on(try_route(route, sink, address));
                reports.push(RouteReport { held_back, instead_of, ..report });
            }
        }
        drop(end);
        serving.join().map_err(|_| SelftestError::Ended)??;
        Ok(Report(reports))
    })
}

/// The same settings, but for where visitors come in and where routes lead: each to a sink of its own.
async fn diverted(mut settings: Settings) -> Result<(Settings, Vec<Sink>), SelftestError> {
    settings.listeners = vec![Listener {
        address: (Ipv4Addr::LOCALHOST, 0).into(),
        tls: Tls::Off,
        trusted_proxies: vec![IpNet::V4(Ipv4Net::from(Ipv4Addr::LOCALHOST))],
        proxy_protocol: ProxyProtocol::Off,
        strict_sni: false,
    }];
    settings.admin = None;
    // The visitors' stand-ins are none of a made-up one's business.
    settings.pseudonyms.keys = KeyPlace::Memory;
    settings.server.workers = 1;
    let mut sinks = Vec::new();
    for route in &mut settings.routes {
        let (sink, address) = Sink::open().await?;
        divert(Arc::make_mut(route), address)?;
        sinks.push(sink);
    }
    Ok((settings, sinks))
}

fn divert(route: &mut Route, sink: SocketAddr) -> Result<(), InvalidUri> {
    // Otherwise the made-up visitor, who agreed to nothing, would be answered here and nothing be shown.
    route.consent = None;
    route.activate_on_click = false;
    if let Some(strict) = &mut route.strict {
        divert(Arc::make_mut(strict), sink)?;
    }
    route.spread = Spread::default();
    route.places = [].into();
    let upstream = &mut route.upstream;
    upstream.scheme = Scheme::HTTP;
    upstream.authority = sink.to_string().parse()?;
    (upstream.ca, upstream.client) = (None, None);
    (upstream.allow_private, upstream.connect_to) = (true, None);
    Ok(())
}

async fn try_route(route: &Route, sink: &Sink, address: SocketAddr) -> RouteReport {
    let plain = Letter::get(format!("/{}", place::ANY));
    sender::send(&plain, route, address).await;
    let arrives = sink.take().requests > 0;
    let mut findings = Vec::new();
    for probe in probes(route) {
        let status = sender::send(&probe.letter, route, address).await;
        findings.extend(judged(&probe, &sink.take(), status));
    }
    let (route, instead_of) = (route.name.to_string(), BTreeSet::new());
    RouteReport { route, instead_of, held_back: false, arrives, findings }
}

/// All that is tried on a route.
fn probes(route: &Route) -> Vec<Probe> {
    let (word, mut marks) = (Word::of(route), Marks::default());
    let mut probes = head::probes(&word, &mut marks);
    probes.extend(rules::probes(route, &word, &mut marks));
    probes.extend(free::probes(&word, &mut marks));
    probes.extend(wrapping::probes(&word, &mut marks));
    probes.extend(recording::probes(&word, &mut marks));
    probes
}

/// What became of each mark of a probe.
fn judged(probe: &Probe, arrived: &sink::Arrived, status: Option<u16>) -> Vec<Finding> {
    let readings: Vec<Readings> = arrived.pieces.iter().map(|piece| Readings::of(piece)).collect();
    let came = if probe.letter.messages.is_empty() { arrived.requests } else { arrived.messages } > 0;
    // A socket is refused a message after it was opened.
    let refused = status.is_some_and(|status| (400..500).contains(&status)) || arrived.requests > 0;
    let finding = |carried: &probe::Carried| {
        let says = carried.mark.tells.iter().any(|tell| readings.iter().any(|reading| reading.say(tell)));
        let outcome = match (says, carried.expected.passes()) {
            (true, true) => Outcome::Passes,
            (true, false) => Outcome::Leaks,
            (false, _) if came => Outcome::Held,
            (false, _) if refused => Outcome::Refused,
            (false, _) => Outcome::Lost,
        };
        Finding {
            surface: probe.surface,
            place: carried.place.clone(),
            category: carried.mark.category.name(),
            action: carried.expected.action,
            outcome,
            status,
        }
    };
    probe.carried.iter().map(finding).collect()
}

#[cfg(test)]
mod tests;
