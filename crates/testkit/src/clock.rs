//! A clock whose date a test can set. Durations are real: deadlines are waited for.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use burgee_model::Timestamp;
use burgee_serve::Clock;

/// Stands for "as the machine says".
const REAL: i64 = i64::MIN;

/// The machine's clock until it is [set](Self::set).
#[derive(Debug)]
pub struct TestClock {
    unix_micros: AtomicI64,
    started: Instant,
}

impl TestClock {
    /// The machine's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "stands in for the program's clock"
    )]
    pub fn start() -> Self {
        Self {
            unix_micros: AtomicI64::new(REAL),
            started: Instant::now(),
        }
    }

    /// Stops at this moment, until set again.
    pub fn set(&self, now: Timestamp) {
        self.unix_micros.store(now.unix_micros(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "stands in for the program's clock"
    )]
    fn now(&self) -> Timestamp {
        let set = self.unix_micros.load(Ordering::Relaxed);
        if set != REAL {
            return Timestamp::from_unix_micros(set);
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let micros = since.unwrap_or_default().as_micros();
        Timestamp::from_unix_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    fn monotonic_micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
