//! `multipart/form-data` (RFC 7578): fields and files of a form.
//!
//! Knows how parts are put together again; `split` takes a body apart, `head` reads what a part says of itself,
//! `part` decides about one. Invariants: parts leave in their order, under heads that hold a name, a kind of file and
//! a type and nothing else; the boundary that leaves is privet's own, for a browser's tells it from others.

mod head;
mod parameters;
mod part;
mod split;

use std::borrow::Cow;

use http::header::HeaderValue;

use super::super::refusal::{Format, Refusal};
use super::super::scrub::Scrub;
use head::Head;

/// What stands between the parts of every body that leaves.
const BOUNDARY: &str = "----privet";

/// How many boundaries are tried before a body that holds them all is refused.
const MOST_BOUNDARIES: usize = 16;

/// A body fit to leave, and the boundary it leaves with.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub boundary: String,
    pub bytes: Vec<u8>,
}

/// The boundary that a `Content-Type` names; `None` when it is no `multipart/form-data`.
pub fn boundary(content_type: &str) -> Option<Result<String, Refusal>> {
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let boundary = || {
        let mut found =
            parameters::parameters(parameters)?.into_iter().filter(|(name, _)| name == "boundary");
        match (found.next(), found.next()) {
            (Some((_, boundary)), None) if split::is_boundary(&boundary) => Some(boundary),
            _ => None,
        }
    };
    let is_form = essence.trim().eq_ignore_ascii_case("multipart/form-data");
    is_form.then(|| boundary().ok_or(Refusal::Invalid(Format::Multipart)))
}

/// Rewrites a body.
pub fn scrub(scrub: &mut Scrub<'_>, input: &[u8], boundary: &str) -> Result<Rewritten, Refusal> {
    let mut parts = Vec::new();
    for part in split::split(input, boundary)? {
        let head = Head::read(part.head)?;
        if let Some(content) = part::scrub(scrub, &head, part.content)? {
            parts.push((head.write(), content));
        }
    }
    let boundary = free_boundary(&parts).ok_or(Refusal::Invalid(Format::Multipart))?;
    Ok(Rewritten { bytes: join(&parts, &boundary), boundary })
}

/// One field or file of a form.
pub struct Field<'b> {
    pub name: String,
    /// Its media type, if it says one.
    pub label: Option<String>,
    pub content: &'b [u8],
}

/// What a body holds, part by part.
pub fn fields<'b>(input: &'b [u8], boundary: &str) -> Result<Vec<Field<'b>>, Refusal> {
    let field = |part: split::Part<'b>| {
        let head = Head::read(part.head)?;
        let [_, name] = head.names();
        let label = head.essence.is_some().then(|| head.label());
        Ok(Field { name: name.into_owned(), label, content: part.content })
    };
    split::split(input, boundary)?.into_iter().map(field).collect()
}

impl Rewritten {
    pub fn content_type(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary)).ok()
    }
}

/// A boundary that no part holds.
fn free_boundary(parts: &[(Vec<u8>, Cow<'_, [u8]>)]) -> Option<String> {
    let word = |count: usize| if count == 0 { BOUNDARY.to_owned() } else { format!("{BOUNDARY}{count}") };
    (0..MOST_BOUNDARIES).map(word).find(|boundary| {
        let finder = memchr::memmem::Finder::new(boundary);
        parts.iter().all(|(head, content)| finder.find(head).is_none() && finder.find(content).is_none())
    })
}

fn join(parts: &[(Vec<u8>, Cow<'_, [u8]>)], boundary: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (head, content) in parts {
        for piece in [b"--", boundary.as_bytes(), b"\r\n", head, b"\r\n", content, b"\r\n"] {
            bytes.extend_from_slice(piece);
        }
    }
    for piece in ["--", boundary, "--\r\n"] {
        bytes.extend_from_slice(piece.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests;
