//! What stands before an identifier and is not of the person: the name of a format, the kind of thing.
//!
//! Knows fixed words alone. Invariant: what it lets stay is one of them, so no name of a person stays.

/// Formats with the level of the domain behind them: `GA1.1.`, `fb.1.`.
const FORMATS: [&str; 4] = ["GA1.", "GS1.", "GS2.", "fb."];
const NAMES: [&str; 3] = ["$device:", "urn:uuid:", "amp-"];
/// Kinds of things, as identifiers begin with them: `user_`, `cus_`, `anon-`.
const KINDS: [&str; 44] = [
    "account",
    "acct",
    "agent",
    "anon",
    "anonymous",
    "browser",
    "client",
    "cid",
    "company",
    "contact",
    "conv",
    "conversation",
    "cus",
    "cust",
    "customer",
    "dev",
    "device",
    "event",
    "guest",
    "id",
    "install",
    "lead",
    "member",
    "org",
    "person",
    "profile",
    "req",
    "sess",
    "session",
    "sid",
    "sub",
    "team",
    "tenant",
    "token",
    "uid",
    "user",
    "usr",
    "uuid",
    "vid",
    "vis",
    "visit",
    "visitor",
    "window",
    "workspace",
];

/// Splits what names the format or the kind from the identifier.
pub fn split(value: &str) -> (&str, &str) {
    let name = |name: &&str| value.starts_with(*name).then_some(name.len());
    let length = FORMATS.iter().find_map(|format| leveled(value, format));
    let length = length.or_else(|| NAMES.iter().find_map(name)).or_else(|| kind(value));
    let (prefix, rest) = value.split_at(length.unwrap_or(0));
    // A word alone is no prefix of anything.
    if rest.bytes().any(|byte| byte.is_ascii_alphanumeric()) { (prefix, rest) } else { ("", value) }
}

fn leveled(value: &str, format: &str) -> Option<usize> {
    let rest = value.strip_prefix(format)?;
    let level = rest.find('.').filter(|&at| at < 4)?;
    let is_level = rest[..level].bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_level.then_some(format.len() + level + 1)
}

fn kind(value: &str) -> Option<usize> {
    let end = value.find(['_', '-', ':', '.', '|'])?;
    KINDS.iter().any(|kind| value[..end].eq_ignore_ascii_case(kind)).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_format_or_kind_stays_apart_and_a_name_of_a_person_does_not() {
        for (value, prefix) in [
            ("GA1.1.12.34", "GA1.1."),
            ("GA1.1-2.12.34", "GA1.1-2."),
            ("GA1.person.12", ""),
            ("fb.1.17.10", "fb.1."),
            ("$device:0a", "$device:"),
            ("amp-XyZ", "amp-"),
            ("user_4711", "user_"),
            ("User-4711", "User-"),
            ("cus_NffrFeUfNV2Hib", "cus_"),
            ("jane_4711", ""),
            ("username_4711", ""),
            ("user_", ""),
            ("amp-", ""),
            ("user", ""),
        ] {
            assert_eq!(split(value).0, prefix, "{value}");
        }
    }
}
