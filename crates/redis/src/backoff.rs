//! Pauses between attempts to connect: longer each time, and never the same on two nodes, so that a
//! server that comes back is not met by all of them at once.

use std::time::Duration;

use tokio::time::Instant;

/// Pause after the first failure.
const FIRST: Duration = Duration::from_millis(100);

/// Longest pause.
const LONGEST: Duration = Duration::from_secs(5);

/// When the next attempt may be made.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// Whether an attempt may be made.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    pub(crate) fn failed(&mut self, now: Instant) {
        let pause = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now + jittered(pause));
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

/// Half of `pause`, and a random part of the other half.
fn jittered(pause: Duration) -> Duration {
    // Without randomness all of it: late is better than all at once.
    let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + part / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_start_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let start = Instant::now();
        assert!(backoff.admits(start));
        for most_ms in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            backoff.failed(start);
            let most = Duration::from_millis(most_ms);
            assert!(!backoff.admits(start + most / 2 - Duration::from_millis(1)));
            assert!(backoff.admits(start + most));
        }
        backoff.succeeded();
        assert!(backoff.admits(start));
        backoff.failed(start);
        assert!(backoff.admits(start + FIRST));
    }
}
