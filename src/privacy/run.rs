//! Runs of bytes of one kind that are long enough to be something.
//!
//! Knows no kind. Invariant: it is found whole; of most bytes that are in none nothing is asked.

use std::ops::Range;

/// The first run of at least so many bytes of a kind, one or more, from a place on that is not inside such a run.
pub fn next(bytes: &[u8], mut from: usize, least: usize, is: impl Fn(u8) -> bool) -> Option<Range<usize>> {
    // Each run that is long enough and begins here holds the last of the next bytes.
    while let Some(block) = bytes.get(from..from + least) {
        match block.iter().rposition(|byte| !is(*byte)) {
            Some(other) => from += other + 1,
            None => {
                let end = from + least;
                let more = bytes[end..].iter().take_while(|byte| is(**byte)).count();
                return Some(from..end + more);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_run_that_is_long_enough_is_found_whole(text in "[ab]{0,40}", least in 1..5_usize) {
            let bytes = text.as_bytes();
            let (mut found, mut from) = (Vec::new(), 0);
            while let Some(run) = next(bytes, from, least, |byte| byte == b'a') {
                from = run.end;
                found.push(run);
            }
            let mut runs: Vec<Range<usize>> = Vec::new();
            for (at, _) in text.match_indices('a') {
                match runs.last_mut().filter(|run| run.end == at) {
                    Some(run) => run.end = at + 1,
                    None => runs.push(at..at + 1),
                }
            }
            runs.retain(|run| run.len() >= least);
            prop_assert_eq!(found, runs);
        }
    }
}
