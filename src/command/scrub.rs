//! `privet scrub --route NAME < request`: one raw HTTP request in, what would leave out.
//!
//! Opens no socket. Invariant: what it prints went through the same engine, by the same settings, as live traffic.

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_LENGTH;
use serde_json::json;

use super::choice;
use super::output::{complain, say};
use crate::config::{Route, Spot, raw};
use crate::privacy::{Key, Pseudonyms, Tally, Visitor};
use crate::proxy;

/// EX_DATAERR of sysexits: the request cannot be read, or nothing of it may leave.
const REFUSED: u8 = 65;

/// More than any body limit lets through.
const MOST: u64 = 1 << 30;

pub fn run(config: &Path, name: &str, visitor: IpAddr, as_json: bool) -> Result<ExitCode, ExitCode> {
    let settings = choice::settings(config)?;
    let route = choice::route(&settings, name)?;
    let mut text = Vec::new();
    std::io::stdin()
        .lock()
        .take(MOST)
        .read_to_end(&mut text)
        .map_err(|error| refused(format_args!("cannot read standard input: {error}")))?;
    let request = measured(raw::read(&text).map_err(refused)?);
    let place = settings.geo.as_ref().and_then(|geo| geo.place(visitor));
    let visitor = Visitor::new(visitor).in_place(place);
    let (treated, spot) = proxy::rehearse(route, request, &visitor, &pseudonyms(route))
        .map_err(|failure| refused(format_args!("refused with {}: {failure}", failure.status().as_u16())))?;
    let leaves = written(route, &spot, &treated.request.into_inner());
    if as_json {
        say(program(&leaves, &treated.tally))
    } else {
        say(leaves)
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(why: impl std::fmt::Display) -> ExitCode {
    complain(why);
    ExitCode::from(REFUSED)
}

/// A request that says its body's length means it: a shell adds a line end that is no part of it.
fn measured(mut request: Request<Bytes>) -> Request<Bytes> {
    let told = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = request.body_mut();
    match told {
        Some(length) => body.truncate(length),
        None => {
            let end = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).map(<[u8]>::len);
            body.truncate(end.unwrap_or(body.len()));
        }
    }
    request
}

/// Stand-ins of a key that exists for this one call only.
fn pseudonyms(route: &Route) -> Pseudonyms {
    let mut key = [0; 32];
    // Without randomness the stand-ins are the same every time; nothing is sent, so nothing is lost.
    let _ = getrandom::fill(&mut key);
    Pseudonyms::new(&Key::from_bytes(key), 0, &route.site, route.vendor.as_deref().unwrap_or(&route.name))
        .colliding(route.collision)
}

/// The request with the lines that the connection would write.
fn written(route: &Route, spot: &Spot, request: &Request<Bytes>) -> String {
    let text = raw::write(request);
    let (line, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mount = route.mount(spot);
    let (base, host) = mount.as_ref().map_or(("", ""), |mount| (&mount.base_path, mount.upstream.as_str()));
    let line = if base.is_empty() { line.to_owned() } else { line.replacen(' ', &format!(" {base}"), 1) };
    format!("{line}\nhost: {host}\n{rest}")
}

fn program(leaves: &str, tally: &Tally) -> serde_json::Value {
    let values: Vec<_> = tally
        .counts()
        .map(|(category, action, count)| json!({ "category": category.name(), "action": action, "count": count }))
        .collect();
    json!({ "leaves": leaves, "values": values, "unmapped": tally.unmapped() })
}
