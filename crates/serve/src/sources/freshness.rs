//! How old what this node answers from may be. Nothing that is stale goes unsaid: the age is at
//! `/metrics`, at `/_readiness`, and on answers past a threshold.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use burgee_model::Timestamp;

use crate::Clock;

/// Stands for "never".
const NEVER: i64 = i64::MIN;

/// Stands for "nothing".
const NOTHING: i64 = i64::MAX;

/// Of everything that is held, as one: an environment that cannot be renewed makes the node stale.
pub(crate) struct Freshness {
    clock: Arc<dyn Clock>,
    /// Monotonic time up to which all that is held was known to be the newest. May be before the
    /// process began.
    confirmed_micros: AtomicI64,
    /// When the oldest record was taken that nobody has confirmed, in Unix time.
    oldest_unconfirmed_micros: AtomicI64,
    /// How many of those there were so far.
    unconfirmed: AtomicU64,
}

impl Freshness {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            confirmed_micros: AtomicI64::new(NEVER),
            oldest_unconfirmed_micros: AtomicI64::new(NOTHING),
            unconfirmed: AtomicU64::new(0),
        }
    }

    /// Something is answered from that was true at `taken_at` and may not be any more.
    pub(crate) fn note_unconfirmed(&self, taken_at: Timestamp) {
        self.oldest_unconfirmed_micros
            .fetch_min(taken_at.unix_micros(), Ordering::AcqRel);
        self.unconfirmed.fetch_add(1, Ordering::AcqRel);
    }

    /// To be handed to [`Self::confirm`] after a look at everything that begins now.
    pub(crate) fn unconfirmed(&self) -> u64 {
        self.unconfirmed.load(Ordering::Acquire)
    }

    /// Whether anything is held that a look at everything might correct.
    pub(crate) fn has_unconfirmed(&self) -> bool {
        self.oldest_unconfirmed_micros.load(Ordering::Acquire) != NOTHING
    }

    /// All that was held when `unconfirmed` was asked for is the newest as of `as_of`.
    pub(crate) fn confirm(&self, as_of: Timestamp, unconfirmed: u64) {
        let confirmed = self.monotonic_micros() - micros_between(as_of, self.clock.now());
        self.confirmed_micros.store(confirmed, Ordering::Release);
        if self.unconfirmed() == unconfirmed {
            self.oldest_unconfirmed_micros
                .store(NOTHING, Ordering::Release);
        }
    }

    /// Whole seconds; `None`: nothing was confirmed yet, and nothing is answered from either.
    pub(crate) fn age_seconds(&self) -> Option<u64> {
        let confirmed = match self.confirmed_micros.load(Ordering::Acquire) {
            NEVER => None,
            confirmed => Some(self.monotonic_micros().saturating_sub(confirmed)),
        };
        let unconfirmed = match self.oldest_unconfirmed_micros.load(Ordering::Acquire) {
            NOTHING => None,
            taken_at => Some(micros_between(
                Timestamp::from_unix_micros(taken_at),
                self.clock.now(),
            )),
        };
        let age = confirmed.max(unconfirmed)?;
        Some(u64::try_from(age).unwrap_or(0) / 1_000_000)
    }

    fn monotonic_micros(&self) -> i64 {
        i64::try_from(self.clock.monotonic_micros()).unwrap_or(i64::MAX)
    }
}

/// Not below zero: clocks of two machines differ.
fn micros_between(earlier: Timestamp, later: Timestamp) -> i64 {
    let micros = later.unix_micros().saturating_sub(earlier.unix_micros());
    micros.max(0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;

    /// Both clocks in one; the process begins at Unix time 1,000 s.
    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            at(1_000 + self.0.load(Ordering::Relaxed))
        }

        fn monotonic_micros(&self) -> u64 {
            self.0.load(Ordering::Relaxed).unsigned_abs() * 1_000_000
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_age_is_that_of_the_oldest_thing_answered_from() {
        let hand = Arc::new(Hand::default());
        let freshness = Freshness::new(Arc::clone(&hand) as _);
        assert_eq!(freshness.age_seconds(), None);
        freshness.note_unconfirmed(at(400));
        freshness.note_unconfirmed(at(900));
        assert_eq!(freshness.age_seconds(), Some(600), "from disk");
        freshness.confirm(at(995), 1);
        assert_eq!(freshness.age_seconds(), Some(600), "one came later");
        freshness.confirm(at(995), 2);
        assert_eq!(freshness.age_seconds(), Some(5), "before the process began");
        hand.0.store(20, Ordering::Relaxed);
        assert_eq!(freshness.age_seconds(), Some(25));
        freshness.confirm(at(1_030), 2);
        assert_eq!(freshness.age_seconds(), Some(0), "a clock that is ahead");
    }
}
