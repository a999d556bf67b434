//! Where Redis is and what its limits are. Read once, when it is opened.

use burgee_store::StoreError;

use crate::RedisLocation;

/// Most commands that may be under way on one connection.
pub const COMMANDS_MAX: usize = 10_000;

/// Longest prefix of keys, in bytes.
pub const PREFIX_BYTES_MAX: usize = 100;

/// Configuration of a [`crate::Redis`]. None of it can be changed while it is open.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// The server, or those that know which it is.
    pub location: RedisLocation,
    /// What the keys of records and settings and the channel of notices start with, at most
    /// [`PREFIX_BYTES_MAX`] bytes. Usage and quotas have fixed names. Default `burgee:`.
    pub prefix: String,
    /// Milliseconds after its last write at which a record is gone. Default 7 days.
    pub record_ttl_ms: u64,
    /// Milliseconds that a read may wait for its turn, and again that it may take. Default 500.
    pub read_timeout_ms: u64,
    /// The same for a write, a notice or a batch of counts. Default 1,000.
    pub write_timeout_ms: u64,
    /// Milliseconds that making a connection may take, however many servers are asked on the way.
    /// Default 1,000.
    pub connect_timeout_ms: u64,
    /// Commands that may be under way on one connection, 1 to [`COMMANDS_MAX`]. Default 32.
    pub commands_max: usize,
    /// Commands that may wait for their turn; one more is a `PoolTimeout` at once. Default 1,024.
    pub queue_depth_max: usize,
    /// Milliseconds between two looks at a subscription that hears nothing. Default 2,000.
    pub ping_interval_ms: u64,
    /// Failures in a row after which a connection is left alone for a while. Default 5.
    pub breaker_failures: u32,
    /// Milliseconds for which it is left alone. Default 1,000.
    pub breaker_pause_ms: u64,
}

impl RedisConfig {
    /// The defaults, for servers at `location`.
    pub fn at(location: RedisLocation) -> Self {
        Self {
            location,
            prefix: "burgee:".to_owned(),
            record_ttl_ms: 7 * 24 * 3_600 * 1_000,
            read_timeout_ms: 500,
            write_timeout_ms: 1_000,
            connect_timeout_ms: 1_000,
            commands_max: 32,
            queue_depth_max: 1_024,
            ping_interval_ms: 2_000,
            breaker_failures: 5,
            breaker_pause_ms: 1_000,
        }
    }

    /// Refuses limits that are out of their range.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let commands = self.commands_max;
        if !(1..=COMMANDS_MAX).contains(&commands) {
            return Err(StoreError::Refused(format!(
                "{commands} commands at once were asked for, 1 to {COMMANDS_MAX} are possible"
            )));
        }
        let bytes = self.prefix.len();
        if bytes > PREFIX_BYTES_MAX {
            return Err(StoreError::Refused(format!(
                "the prefix of keys is {bytes} bytes long, at most {PREFIX_BYTES_MAX} are possible"
            )));
        }
        Ok(())
    }
}
