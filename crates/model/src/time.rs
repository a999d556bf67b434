//! An instant. Handed in wherever one is needed: nothing below the program reads a clock.

/// Microseconds since 1970-01-01T00:00:00Z; negative before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_micros: i64,
}

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_unix_micros(unix_micros: i64) -> Self {
        Self { unix_micros }
    }

    /// From milliseconds since the Unix epoch; saturates beyond 292,000 years.
    pub const fn from_unix_millis(unix_millis: i64) -> Self {
        Self {
            unix_micros: unix_millis.saturating_mul(1_000),
        }
    }

    /// From whole seconds since the Unix epoch; saturates beyond 292,000 years.
    pub const fn from_unix_seconds(unix_seconds: i64) -> Self {
        Self {
            unix_micros: unix_seconds.saturating_mul(1_000_000),
        }
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> i64 {
        self.unix_micros
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.unix_micros.div_euclid(1_000_000)
    }

    /// Whole milliseconds since the Unix epoch, rounded down.
    pub const fn unix_millis(self) -> i64 {
        self.unix_micros.div_euclid(1_000)
    }
}
