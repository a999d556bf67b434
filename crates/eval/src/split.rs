//! Percentages as integer bounds.
//!
//! PostHog compares `hash01 = f64(n) · 2⁻⁶⁰` with `percentage / 100` in binary64. Both sides are
//! monotone in `n`, so each percentage is one bound: how many of the 2⁶⁰ hashes it admits, found
//! once, at compile time, by the floating-point rule itself (spec: engine §1.1 to §1.3). Evaluating
//! is then one comparison of integers and bit for bit the same answer.

use crate::hash::HASH_BITS;

/// How many different hashes there are.
const HASH_COUNT: u64 = 1 << HASH_BITS;

/// The hashes below this bound are admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bound(u64);

impl Bound {
    /// Hashes `n` with `hash01(n) <= percentage / 100`. Not a number admits nobody.
    pub(crate) fn at_most(percentage: f64) -> Self {
        let threshold = percentage / 100.0;
        Self(count_leading(|hash01| hash01 <= threshold))
    }

    /// Hashes `n` with `hash01(n) < boundary`; `boundary` is a fraction, not a percentage.
    pub(crate) fn below(boundary: f64) -> Self {
        Self(count_leading(|hash01| hash01 < boundary))
    }

    /// Whether `hash` is admitted.
    pub(crate) fn admits(self, hash: u64) -> bool {
        hash < self.0
    }
}

/// A condition's percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rollout {
    /// Exactly 100: everybody, without a hash.
    Everyone,
    /// Everybody below the bound.
    Below(Bound),
}

impl Rollout {
    /// From percent; `None` is 100.
    pub(crate) fn from_percentage(percentage: Option<f64>) -> Self {
        match percentage {
            None => Self::Everyone,
            #[expect(clippy::float_cmp, reason = "exactly 100 is the rule")]
            Some(percentage) if percentage == 100.0 => Self::Everyone,
            Some(percentage) => Self::Below(Bound::at_most(percentage)),
        }
    }
}

/// How many hashes from 0 on satisfy a predicate that once false stays false.
fn count_leading(holds: impl Fn(f64) -> bool) -> u64 {
    let (mut low, mut high) = (0, HASH_COUNT);
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(hash01(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// `n` as a fraction of 2⁶⁰. The range is closed: the last 64 hashes round to exactly 1.0.
#[expect(
    clippy::cast_precision_loss,
    reason = "rounding to binary64 is the rule"
)]
fn hash01(hash: u64) -> f64 {
    hash as f64 / HASH_COUNT as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_division_rounds_both_operands_first() {
        assert_eq!(
            hash01(10_492_988_951_066_325).to_bits(),
            0x3f82_a3a8_af87_bb6a
        );
        assert_eq!(hash01(HASH_COUNT - 1).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn edges_of_a_percentage() {
        assert_eq!(Bound::at_most(0.0), Bound(1), "only the hash 0");
        assert_eq!(Bound::at_most(-1.0), Bound(0));
        assert_eq!(Bound::at_most(f64::NAN), Bound(0));
        assert_eq!(Bound::at_most(150.0), Bound(HASH_COUNT));
        assert_eq!(Bound::below(0.0), Bound(0));
        assert!(
            !Bound::below(1.0).admits(HASH_COUNT - 1),
            "1.0 is not below 1.0"
        );
        assert_eq!(Rollout::from_percentage(None), Rollout::Everyone);
        assert_eq!(Rollout::from_percentage(Some(100.0)), Rollout::Everyone);
    }

    proptest! {
        #[test]
        fn a_bound_is_the_floating_point_rule(
            hash in 0..HASH_COUNT,
            percentage in prop_oneof![0.0..=100.0_f64, -5.0..105.0_f64],
        ) {
            prop_assert_eq!(
                Bound::at_most(percentage).admits(hash),
                hash01(hash) <= percentage / 100.0
            );
            prop_assert_eq!(
                Bound::below(percentage / 100.0).admits(hash),
                hash01(hash) < percentage / 100.0
            );
        }

        #[test]
        fn a_bound_turns_at_the_rule_s_own_edge(percentage in 0.0..=100.0_f64) {
            let Bound(bound) = Bound::at_most(percentage);
            if bound < HASH_COUNT {
                prop_assert!(hash01(bound) > percentage / 100.0);
            }
            prop_assert!(hash01(bound - 1) <= percentage / 100.0);
        }
    }
}
