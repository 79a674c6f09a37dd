//! Why the engine let nothing pass.
//!
//! Knows reasons, not statuses. Invariant: a refusal holds names and counts, never a visitor's value.

/// What the engine could not read, and so did not let leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    #[error("body is not valid {0}")]
    Invalid(Format),
    #[error("body is nested too deeply")]
    TooDeep,
    #[error("body has a content type privet cannot read")]
    UnknownType,
    #[error("body has a content encoding privet cannot undo")]
    UnknownEncoding,
    #[error("body has a content encoding that is broken")]
    BrokenEncoding,
    #[error("body is too large when it is decoded")]
    TooLarge,
    #[error("body has a file privet cannot look into")]
    UnknownFile,
    #[error("body has too many parts")]
    TooManyParts,
    #[error("request target cannot be read")]
    Target,
    #[error("body is a part of a text, and only the whole can be read")]
    Partial,
}

/// A format the engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Json,
    Ndjson,
    Form,
    Text,
    Envelope,
    Multipart,
    Image,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Ndjson => "newline-delimited JSON",
            Self::Form => "form data",
            Self::Text => "text",
            Self::Envelope => "an envelope",
            Self::Multipart => "multipart form data",
            Self::Image => "image data",
        })
    }
}

impl Refusal {
    /// A short word for a metric's label.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::TooDeep => "too_deep",
            Self::UnknownFile => "unknown_file",
            Self::TooManyParts => "too_many_parts",
            Self::UnknownType | Self::Partial => "unknown_type",
            Self::UnknownEncoding => "unknown_encoding",
            Self::BrokenEncoding => "broken_encoding",
            Self::TooLarge => "too_large",
            Self::Target => "target",
        }
    }
}
