//! Percentages as integer bounds.
//!
//! PostHog compares `hash01 = f64(n) · 2⁻⁶⁰` with `percentage / 100` in binary64. Both sides are
//! monotone in `n`, so each percentage is one bound: how many of the 2⁶⁰ hashes it admits, found
//! once, at compile time, by the floating-point rule itself (spec: engine §1.1 to §1.3). Evaluating
//! is then one comparison of integers and bit for bit the same answer.

use std::num::NonZeroU64;

use crate::hash::HASH_BITS;

/// How many different hashes there are.
const HASH_COUNT: u64 = 1 << HASH_BITS;

/// How many hashes, from 0 on, are admitted. Kept plus one, so that a [`Rollout`] is no larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bound(NonZeroU64);

impl Bound {
    fn of(count: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(count))
    }

    /// Hashes `n` with `hash01(n) <= percentage / 100`. Not a number admits nobody.
    pub(crate) fn at_most(percentage: f64) -> Self {
        let threshold = percentage / 100.0;
        Self::of(count_leading(|hash01| hash01 <= threshold))
    }

    /// Hashes `n` with `hash01(n) < boundary`; `boundary` is a fraction, not a percentage.
    pub(crate) fn below(boundary: f64) -> Self {
        Self::of(count_leading(|hash01| hash01 < boundary))
    }

    /// Whether `hash` is admitted.
    pub(crate) fn admits(self, hash: u64) -> bool {
        hash < self.0.get() - 1
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
    /// Whether the percentage is above 0, as far as hashes can tell.
    pub(crate) fn is_above_zero(self) -> bool {
        match self {
            Self::Everyone => true,
            Self::Below(bound) => bound.admits(1),
        }
    }

    /// From percent; `None` is 100.
    pub(crate) fn from_percentage(percentage: Option<f64>) -> Self {
        match percentage {
            // Exactly 100 is the rule.
            None | Some(100.0) => Self::Everyone,
            Some(percentage) => Self::Below(Bound::at_most(percentage)),
        }
    }
}

/// The bounds of variants by their shares in percent: the running sum, left to right in binary64 as
/// the reference does it, so that shares of 100 in all may end just below 1 (spec: engine §1.3).
pub(crate) fn cumulative(shares: impl Iterator<Item = f64>) -> impl Iterator<Item = Bound> {
    shares.scan(0.0, |boundary, share| {
        *boundary += share / 100.0;
        Some(Bound::below(*boundary))
    })
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
pub(crate) fn hash01(hash: u64) -> f64 {
    hash as f64 / HASH_COUNT as f64
}

#[cfg(test)]
mod tests;
