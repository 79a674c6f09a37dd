//! How many stand-ins there may be, so that a chosen share of visitors share theirs.
//!
//! The CNIL asks of a proxy's stand-in for the user "a sufficient level of collision (i.e. a sufficient probability
//! that two different identifiers will give an identical result after a hash)"; it names no number. Knows the
//! arithmetic; does not know identifiers. Invariant: there are always two stand-ins at least.

/// Of so many visitors in an epoch, the share that has its stand-in together with somebody else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collision {
    visitors: u64,
    rate: f64,
}

impl Collision {
    pub const LEAST_VISITORS: u64 = 2;
    pub const MOST_VISITORS: u64 = 1_000_000_000;
    pub const LEAST_RATE: f64 = 0.001;
    pub const MOST_RATE: f64 = 0.9;

    /// Under `cnil`, where nobody says otherwise.
    pub const CNIL: Self = Self { visitors: 50_000, rate: 0.05 };

    /// Numbers within the bounds, or nothing.
    pub fn new(visitors: u64, rate: f64) -> Option<Self> {
        let fits = (Self::LEAST_VISITORS..=Self::MOST_VISITORS).contains(&visitors)
            && (Self::LEAST_RATE..=Self::MOST_RATE).contains(&rate);
        fits.then_some(Self { visitors, rate })
    }

    pub fn visitors(self) -> u64 {
        self.visitors
    }

    pub fn rate(self) -> f64 {
        self.rate
    }

    /// How many stand-ins there are. Each of `n` visitors has one of `m`, drawn evenly; it has it alone with the
    /// probability (1 − 1/m)^(n−1), so that `rate` = 1 − (1 − 1/m)^(n−1), and m = 1 / (1 − (1 − rate)^(1/(n−1))).
    #[allow(clippy::cast_precision_loss)]
    pub fn stand_ins(self) -> u64 {
        let others = (self.visitors - 1) as f64;
        // 1 − (1 − rate)^(1/others), without the loss of a difference of nearly equal numbers.
        let shared = -((-self.rate).ln_1p() / others).exp_m1();
        (1.0 / shared).round().max(2.0) as u64
    }

    /// How many bits of an identifier remain.
    #[allow(clippy::cast_precision_loss)]
    pub fn bits(self) -> f64 {
        (self.stand_ins() as f64).log2()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_stand_ins_follows_from_visitors_and_rate() {
        for (visitors, rate, stand_ins) in [
            (50_000, 0.05, 974_767),
            (2, 0.5, 2),
            (2, 0.001, 1000),
            (1000, 0.9, 434),
            (1_000_000_000, 0.001, 999_499_916_708),
        ] {
            let made = Collision::new(visitors, rate).unwrap().stand_ins();
            assert!(made.abs_diff(stand_ins) <= stand_ins / 1000 + 1, "{visitors} at {rate}: {made}");
        }
        assert!((19.8..20.0).contains(&Collision::CNIL.bits()));
    }

    #[test]
    fn what_is_out_of_bounds_is_none() {
        assert_eq!(Collision::new(1, 0.05), None);
        assert_eq!(Collision::new(50_000, 0.0), None);
        assert_eq!(Collision::new(50_000, f64::NAN), None);
    }
}
