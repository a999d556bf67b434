//! The connections, and what they are for. The traits are implemented in the files beside this one.

use std::{sync::Arc, time::Duration};

use burgee_store::StoreError;

use crate::{
    RedisConfig,
    link::{Limits, Link},
    topology::Topology,
};

/// Redis, reached when it is needed. Cheap to clone.
///
/// Records have a connection of their own, so that a large one does not hold up counters.
#[derive(Debug, Clone)]
pub struct Redis {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) topology: Arc<Topology>,
    /// Records.
    pub(crate) records: Link,
    /// Counters, quotas, settings and notices.
    pub(crate) counters: Link,
    pub(crate) prefix: String,
    pub(crate) record_ttl_ms: u64,
    pub(crate) read_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) ping_interval: Duration,
}

impl Redis {
    /// Takes the configuration; connects to nothing. That Redis cannot be reached is said by the
    /// first call that needs it.
    ///
    /// Errors: `Refused` when a limit in `config` is out of its range, or when a certificate that the
    /// location names cannot be read.
    pub fn open(config: &RedisConfig) -> Result<Self, StoreError> {
        config.check()?;
        let topology = Arc::new(Topology::new(config)?);
        let limits = Limits {
            connect: Duration::from_millis(config.connect_timeout_ms),
            commands_max: config.commands_max,
            queue_depth_max: config.queue_depth_max,
            breaker_failures: config.breaker_failures,
            breaker_pause: Duration::from_millis(config.breaker_pause_ms),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                records: Link::new(Arc::clone(&topology), limits),
                counters: Link::new(Arc::clone(&topology), limits),
                topology,
                prefix: config.prefix.clone(),
                record_ttl_ms: config.record_ttl_ms,
                read_timeout: Duration::from_millis(config.read_timeout_ms),
                write_timeout: Duration::from_millis(config.write_timeout_ms),
                connect_timeout: limits.connect,
                ping_interval: Duration::from_millis(config.ping_interval_ms),
            }),
        })
    }
}
