//! A circuit breaker: after several failures in a row a dependency is left alone for a while, so
//! that requests do not queue up behind something that is down.
//!
//! Only attempts that were admitted count. Were refusals failures too, a steady load would keep the
//! circuit open for ever.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

use crate::StoreError;

/// Counts failures in a row. Knows no clock: whoever asks brings the monotonic time, in microseconds.
#[derive(Debug)]
pub struct Breaker {
    failures_max: u32,
    pause_micros: u64,
    failures: AtomicU32,
    /// Monotonic time at which the next attempt may be made; 0: at once.
    open_until_micros: AtomicU64,
}

impl Breaker {
    /// Opens after `failures_max` failures in a row, for `pause`.
    pub fn new(failures_max: u32, pause: Duration) -> Self {
        Self {
            failures_max,
            pause_micros: u64::try_from(pause.as_micros()).unwrap_or(u64::MAX),
            failures: AtomicU32::new(0),
            open_until_micros: AtomicU64::new(0),
        }
    }

    /// Whether an attempt may be made. When the pause is over exactly one caller is let through to
    /// try; the others wait for what it finds.
    pub fn admits(&self, now_micros: u64) -> bool {
        let until = self.open_until_micros.load(Ordering::Relaxed);
        if until == 0 {
            return true;
        }
        let next = now_micros.saturating_add(self.pause_micros);
        let exchange = |until| {
            let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            self.open_until_micros
                .compare_exchange(until, next, success, failure)
                .is_ok()
        };
        now_micros >= until && exchange(until)
    }

    /// Takes in how an attempt that was admitted ended. Data that cannot be used is no sign of a
    /// store in trouble.
    pub fn note<T>(&self, result: &Result<T, StoreError>, now_micros: u64) {
        match result {
            Ok(_)
            | Err(StoreError::Corrupt(_) | StoreError::Refused(_) | StoreError::Conflict(_)) => {
                self.succeeded();
            }
            Err(_) => self.failed(now_micros),
        }
    }

    fn succeeded(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.open_until_micros.store(0, Ordering::Relaxed);
        }
    }

    fn failed(&self, now_micros: u64) {
        let failures = self
            .failures
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        if failures >= self.failures_max {
            let until = now_micros.saturating_add(self.pause_micros).max(1);
            self.open_until_micros.store(until, Ordering::Relaxed);
        }
    }

    /// Whether the dependency is left alone, or the attempt after the pause is still under way.
    pub fn is_open(&self) -> bool {
        self.open_until_micros.load(Ordering::Relaxed) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_at_the_limit_lets_one_try_after_the_pause_and_closes_on_success() {
        let breaker = Breaker::new(2, Duration::from_micros(100));
        breaker.failed(0);
        assert!(breaker.admits(1), "one failure is under the limit");
        breaker.failed(1);
        assert!(breaker.is_open());
        assert!(!breaker.admits(50));
        assert!(breaker.admits(101), "the pause is over");
        assert!(!breaker.admits(102), "one attempt at a time");
        breaker.succeeded();
        assert!(breaker.admits(103) && !breaker.is_open());
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let breaker = Breaker::new(2, Duration::from_secs(1));
        breaker.failed(0);
        breaker.succeeded();
        breaker.failed(1);
        assert!(breaker.admits(2));
    }
}
