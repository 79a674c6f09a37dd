//! Surfaces: where personal data stands in a request and in an answer.
//!
//! Each reads its own form, asks `Scrub` about every value and puts the outcome back.
//! Invariant: what no rule and no detector touches leaves byte for byte as it came.

pub mod body;
pub mod codings;
pub mod cookie;
pub mod envelope;
pub mod header;
pub mod json;
pub mod label;
pub mod multipart;
pub mod pairs;
pub mod plain;
pub mod replay;
pub mod response;
pub mod target;
pub mod url;
