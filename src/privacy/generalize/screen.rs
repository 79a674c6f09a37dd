//! A screen or window as a common one of the same form factor.
//!
//! Knows `1337x733`, `1337,733` and single numbers (a side, a pixel ratio, a colour depth); does not know
//! which of these a number is. Invariant: what comes out is one of the few sizes in the tables.

/// Sizes of upright screens by the width up to which they stand: phone, tablet, turned monitor.
const UPRIGHT: [(u32, u32, u32); 3] = [(599, 390, 844), (899, 768, 1024), (u32::MAX, 1080, 1920)];
/// Sizes of wide screens in the same way: turned tablet, laptops, monitors.
const WIDE: [(u32, u32, u32); 5] =
    [(1199, 1024, 768), (1449, 1366, 768), (1727, 1536, 864), (2239, 1920, 1080), (u32::MAX, 2560, 1440)];
/// A turned phone is wide and low.
const TURNED_PHONE: (u32, u32) = (844, 390);
/// Sides that many screens share.
const SIDES: [u32; 10] = [390, 768, 844, 1024, 1080, 1366, 1440, 1536, 1920, 2560];
const COLOUR_DEPTH: u32 = 24;

pub fn generalize(value: &str) -> Option<String> {
    let value = value.trim();
    match value.split_once(['x', 'X', ',', '*', '×']) {
        Some((width, height)) => {
            let separator = &value[width.len()..value.len() - height.len()];
            let (width, height) = size(number(width)?, number(height)?);
            Some(format!("{width}{separator}{height}"))
        }
        None => Some(single(value)?.to_string()),
    }
}

fn size(width: u32, height: u32) -> (u32, u32) {
    if width >= height && width < 1000 && height < 500 {
        return TURNED_PHONE;
    }
    let sizes: &[_] = if height > width { &UPRIGHT } else { &WIDE };
    let fit = sizes.iter().find(|(most, ..)| width <= *most);
    fit.map_or((width, height), |&(_, width, height)| (width, height))
}

/// A number that stands alone: by its magnitude a pixel ratio, a colour depth or a side.
fn single(value: &str) -> Option<u32> {
    if let Some((whole, fraction)) = value.split_once('.') {
        let decimal = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let ratio = number(whole).filter(|&it| decimal && it < 10)?;
        return Some((ratio + u32::from(fraction.as_bytes()[0] >= b'5')).clamp(1, 3));
    }
    Some(match number(value)? {
        ratio @ 0..10 => ratio.clamp(1, 3),
        10..=64 => COLOUR_DEPTH,
        side => SIDES.into_iter().min_by_key(|common| common.abs_diff(side))?,
    })
}

fn number(digits: &str) -> Option<u32> {
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_size_becomes_a_common_one() {
        for (value, common) in [
            ("1337x733", Some("1366x768")),
            ("1337,733", Some("1366,768")),
            ("1920x1080", Some("1920x1080")),
            ("3440X1440", Some("2560X1440")),
            ("412x915", Some("390x844")),
            ("915x412", Some("844x390")),
            ("820x1180", Some("768x1024")),
            ("1337", Some("1366")),
            ("733", Some("768")),
            ("2.625", Some("3")),
            ("1", Some("1")),
            ("30", Some("24")),
            ("1920x1080x24", None),
            ("x", None),
            ("", None),
            ("-5", None),
            ("2.x", None),
            ("100000", None),
        ] {
            assert_eq!(generalize(value).as_deref(), common, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_common_size_is_its_own(width in 1_u32..99_999, height in 1_u32..99_999) {
            for value in [format!("{width}x{height}"), width.to_string(), format!("{}.{height}", width % 10)] {
                let once = generalize(&value);
                prop_assert!(once.is_some());
                prop_assert_eq!(once.as_deref().and_then(generalize), once);
            }
        }
    }
}
