//! How samples are spread.

use std::time::Duration;

use serde::Serialize;

/// Median, 99th percentile and maximum, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// Samples.
    pub(crate) count: usize,
    /// Half of them took no longer.
    pub(crate) p50_ms: f64,
    /// 99 in 100 took no longer.
    pub(crate) p99_ms: f64,
    /// None took longer.
    pub(crate) max_ms: f64,
}

impl Spread {
    /// The nearest rank of each; zeros without samples.
    pub(crate) fn of(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100).saturating_sub(1);
            let sample = samples.get(rank).copied().unwrap_or_default();
            sample.as_secs_f64() * 1e3
        };
        Self {
            count: samples.len(),
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest_above() {
        let samples = (1..=200).rev().map(Duration::from_millis).collect();
        let spread = Spread::of(samples);
        assert_eq!(
            (spread.count, spread.p50_ms, spread.p99_ms, spread.max_ms),
            (200, 100.0, 198.0, 200.0)
        );
        let none = Spread::of(Vec::new());
        assert_eq!((none.count, none.p50_ms, none.max_ms), (0, 0.0, 0.0));
        let one = Spread::of(vec![Duration::from_millis(3)]);
        assert_eq!((one.count, one.p50_ms, one.max_ms), (1, 3.0, 3.0));
    }
}
