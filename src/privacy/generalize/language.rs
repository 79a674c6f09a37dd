//! A language without its region: the primary subtag of the one preferred.
//!
//! Knows Accept-Language (RFC 9110 §12.5.4) and language tags (RFC 5646), with `_` for `-` as systems write
//! it. Does not know which languages exist. Invariant: two or three letters, lower case.

pub fn generalize(value: &str) -> Option<String> {
    let mut best: Option<(u32, &str)> = None;
    for range in value.split(',') {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let Some((weight, primary)) = weight(parameters).zip(primary(tag)) else { continue };
        if weight > best.map_or(0, |(heaviest, _)| heaviest) {
            best = Some((weight, primary));
        }
    }
    best.map(|(_, primary)| primary.to_ascii_lowercase())
}

fn primary(tag: &str) -> Option<&str> {
    let tag = tag.trim();
    let well_formed =
        tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@'));
    let primary = tag.split(['-', '_', '.', '@']).next()?;
    let letters = matches!(primary.len(), 2 | 3) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    (well_formed && letters).then_some(primary)
}

/// In thousandths.
fn weight(parameters: &str) -> Option<u32> {
    match parameters.trim().strip_prefix("q=") {
        None => parameters.trim().is_empty().then_some(1000),
        Some(weight) => {
            let weight: f64 = weight.trim().parse().ok()?;
            (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_loses_its_region() {
        for (value, language) in [
            ("de-CH,de;q=0.7,en;q=0.3", Some("de")),
            ("rm-CH", Some("rm")),
            ("en", Some("en")),
            ("EN-us", Some("en")),
            ("pt_BR.UTF-8", Some("pt")),
            ("zh-Hans-CN", Some("zh")),
            ("gsw-CH", Some("gsw")),
            ("en;q=0.5, fr-CA ;q=0.9", Some("fr")),
            ("*, de;q=0.5", Some("de")),
            ("en;q=0, de;q=0.1", Some("de")),
            ("*", None),
            ("", None),
            ("x", None),
            ("jane@example.org", None),
            ("en US", None),
            ("1337", None),
            ("en;q=2", None),
        ] {
            assert_eq!(generalize(value).as_deref(), language, "{value}");
        }
    }

    #[test]
    fn a_primary_subtag_is_its_own() {
        for value in ["de-CH", "gsw", "EN_us"] {
            let once = generalize(value);
            assert_eq!(once.as_deref().and_then(generalize), once);
        }
    }
}
