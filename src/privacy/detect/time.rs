//! Times as scripts write them (RFC 3339 §5.6): `2026-03-14T09:26:53.589Z`.
//!
//! Every event says one or two. Does not know calendars. Invariant: in a text that is such a time no detector finds
//! anything, and no part of it reads as another text; the digits of this visitor's address may stand in it.

/// Days of this century and the last.
const DAY: &[u8] = b"0000-00-00T";
const CLOCK: &[u8] = b"00:00:00";
const ZONE: &[u8] = b"00:00";

/// Nanoseconds.
const FINEST: usize = 9;

/// Whether a text is a time, and nothing else.
pub fn is_time(text: &[u8]) -> bool {
    let this_or_last_century = matches!(text, [b'1', b'9', ..] | [b'2', b'0', ..]);
    let rest = || shaped(shaped(text, DAY)?, CLOCK);
    this_or_last_century
        && rest()
            .and_then(|rest| if let [b'.', rest @ ..] = rest { fraction(rest) } else { Some(rest) })
            .is_some_and(is_zone)
}

fn is_zone(rest: &[u8]) -> bool {
    match rest {
        b"" | b"Z" => true,
        [b'+' | b'-', offset @ ..] => shaped(offset, ZONE) == Some(b""),
        _ => false,
    }
}

/// What follows the fraction of a second.
fn fraction(text: &[u8]) -> Option<&[u8]> {
    let length = super::digits(text, 0);
    (1..=FINEST).contains(&length).then(|| &text[length..])
}

/// What follows a beginning that has digits where a shape has noughts, and its other characters.
fn shaped<'t>(text: &'t [u8], shape: &[u8]) -> Option<&'t [u8]> {
    let (beginning, rest) = text.split_at_checked(shape.len())?;
    let alike =
        |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    beginning.iter().zip(shape).all(alike).then_some(rest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::detect;
    use crate::privacy::wrapping::coding::Allowance;
    use crate::privacy::wrapping::{Reading, tokens};

    #[test]
    fn times_are_told_from_what_is_like_them() {
        for time in ["2026-03-14T09:26:53Z", "1999-12-31T23:59:59.999999999+14:00", "2026-03-14T09:26:53.1"] {
            assert!(is_time(time.as_bytes()), "{time}");
        }
        for other in [
            "2026-03-14",
            "2026-03-14T09:26",
            "2026-03-14 09:26:53Z",
            "2026-03-14T09:26:53.Z",
            "2026-03-14T09:26:53.1234567890Z",
            "2026-03-14T09:26:53Z ",
            "2026-03-14T09:26:53+1:00",
            "2456-03-14T09:26:53Z",
            "",
        ] {
            assert!(!is_time(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
        #[test]
        fn in_a_time_nothing_else_stands(time in "(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?") {
            prop_assert!(is_time(time.as_bytes()));
            prop_assert_eq!(detect::find(&time), vec![]);
            let allowance = &mut Allowance::new(1000);
            prop_assert_eq!(tokens(&time, allowance).unwrap(), vec![]);
            for reading in Reading::ALL {
                prop_assert_eq!(reading.open(&time, allowance), Ok(None));
            }
        }
    }
}
