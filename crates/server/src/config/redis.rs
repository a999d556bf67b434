//! The section `[shared]`: how nodes share through Redis, if the key `redis` at the top names one. It
//! is not called `[redis]`, because TOML has no table beside a value of the same name.

use burgee_redis::{RedisConfig, RedisLocation};

use super::key::Kind;
use super::section::section;

section! {
    /// What nodes share through Redis, where `redis` names one, and how long that may take.
    Shared {
        /// What the keys of records and settings and the channel of notices start with. Usage and quotas
        /// have PostHog's names.
        prefix: Prefix = "shared.prefix", Kind::Text {
            default: "burgee:",
            form: "a text of at most 100 bytes",
        };
        /// How long a record is kept that nobody writes again.
        record_ttl_hours: u64 = "shared.record_ttl_hours", Kind::Whole {
            default: 168, least: 1, most: 8_760, unit: "hours",
        };
        /// How long a read may wait for its turn, and again may take.
        read_timeout_ms: u64 = "shared.read_timeout_ms", Kind::Whole {
            default: 500, least: 1, most: 60_000, unit: "ms",
        };
        /// The same for a write, a notice or a batch of counts.
        write_timeout_ms: u64 = "shared.write_timeout_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// How long making a connection may take, however many servers are asked on the way.
        connect_timeout_ms: u64 = "shared.connect_timeout_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// Commands that may be under way on one connection; there are two, for records and for the
        /// rest.
        commands_max: usize = "shared.commands_max", Kind::Whole {
            default: 32, least: 1, most: 10_000, unit: "commands",
        };
        /// Commands that may wait for their turn; one more fails at once.
        queue_depth_max: usize = "shared.queue_depth_max", Kind::Whole {
            default: 1_024, least: 0, most: 1_000_000, unit: "commands",
        };
        /// How often a subscription that hears nothing is looked at.
        ping_interval_ms: u64 = "shared.ping_interval_ms", Kind::Whole {
            default: 2_000, least: 10, most: 60_000, unit: "ms",
        };
        /// Failures in a row after which Redis is left alone for a while.
        breaker_failures: u32 = "shared.breaker_failures", Kind::Whole {
            default: 5, least: 1, most: 1_000_000, unit: "failures",
        };
        /// For how long it is left alone.
        breaker_pause_ms: u64 = "shared.breaker_pause_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
    }
}

/// What keys start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prefix(pub(crate) String);

impl Shared {
    /// The configuration for a Redis at `location`.
    pub(crate) fn config(&self, location: RedisLocation) -> RedisConfig {
        RedisConfig {
            location,
            prefix: self.prefix.0.clone(),
            record_ttl_ms: self.record_ttl_hours.saturating_mul(3_600_000),
            read_timeout_ms: self.read_timeout_ms,
            write_timeout_ms: self.write_timeout_ms,
            connect_timeout_ms: self.connect_timeout_ms,
            commands_max: self.commands_max,
            queue_depth_max: self.queue_depth_max,
            ping_interval_ms: self.ping_interval_ms,
            breaker_failures: self.breaker_failures,
            breaker_pause_ms: self.breaker_pause_ms,
        }
    }
}
