//! Spans of time and sizes as people write them: `"10s"`, `"8MiB"`.
//!
//! Does not know which are sensible where. Invariant: a number without a unit is never taken for a time.

use std::time::Duration;

/// Reads `500ms`, `10s`, `5m`, `24h`, `30d`, and a bare `0`.
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let seconds = match unit {
        "" if number == 0 => 1,
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// Reads `8MiB`, `64KiB`, `1MB`, `512B` and plain bytes.
pub fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bytes = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

/// A span of time as it would be written.
pub fn written(span: Duration) -> String {
    const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    largest(span.as_millis(), &UNITS, "ms")
}

/// A size as it would be written.
pub fn written_size(bytes: u64) -> String {
    const UNITS: [(u128, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    largest(bytes.into(), &UNITS, "")
}

/// A number in the largest unit that leaves nothing over.
fn largest(number: u128, units: &[(u128, &str)], smallest: &str) -> String {
    match units.iter().find(|(unit, _)| number != 0 && number.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", number / unit),
        None if number == 0 => "0".to_owned(),
        None => format!("{number}{smallest}"),
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_a_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(duration("5m"), Some(Duration::from_secs(300)));
        assert_eq!(duration("24h"), Some(Duration::from_secs(86_400)));
        assert_eq!(duration("0"), Some(Duration::ZERO));
        for wrong in
            ["", "10", "s", "-1s", "1.5s", "10 parsecs", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_know_both_kinds_of_prefix() {
        assert_eq!(size("8MiB"), Some(8 << 20));
        assert_eq!(size("64 KiB"), Some(64 << 10));
        assert_eq!(size("1MB"), Some(1_000_000));
        assert_eq!(size("512"), Some(512));
        for wrong in ["", "MiB", "8mib", "8Mi", "-1", "1.5MiB", "18446744073709551615GiB"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for span in ["0", "500ms", "61s", "5m", "23h", "30d"] {
            assert_eq!(duration(span).map(written).as_deref(), Some(span));
        }
        for bytes in ["0", "8MiB", "3KiB", "1GiB"] {
            assert_eq!(size(bytes).map(written_size).as_deref(), Some(bytes));
        }
    }
}
