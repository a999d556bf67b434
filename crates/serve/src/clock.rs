//! The clock, as something that is handed in.

use burgee_model::Timestamp;

/// Tells the time. The program has the real one, tests have their own.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Microseconds since some fixed moment; never goes back. For measuring durations.
    fn monotonic_micros(&self) -> u64;
}
