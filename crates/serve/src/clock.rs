//! The clock, as something that is handed in.

use burgee_model::Timestamp;

/// Tells the time. The program has the real one, tests have their own.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Microseconds since some fixed moment; never goes back. For measuring durations.
    fn monotonic_micros(&self) -> u64;
}

/// When a request came, by both clocks: read once for all that is decided about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// As [`Clock::monotonic_micros`].
    pub(crate) monotonic_micros: u64,
}

impl Moment {
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        Self {
            now: clock.now(),
            monotonic_micros: clock.monotonic_micros(),
        }
    }
}
