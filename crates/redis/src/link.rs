//! One connection that many commands share, made when it is needed and made anew when it is broken.
//!
//! Not `redis`'s `ConnectionManager`: that knows one server, while here Sentinel is asked again each
//! time, and a command whose deadline passed is a sign that the connection is of no use any more: it
//! may be to a machine that is gone without a word, or hold an answer that nobody waits for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use burgee_store::{Breaker, StoreError};
use redis::{Cmd, FromRedisValue, RedisResult};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, error::Elapsed, timeout},
};

use crate::{
    backoff::Backoff,
    error::{exhausted, from_redis, late},
    topology::{Connection, Topology},
};

/// What a link keeps to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) commands_max: usize,
    pub(crate) queue_depth_max: usize,
    pub(crate) breaker_failures: u32,
    pub(crate) breaker_pause: Duration,
}

#[derive(Debug)]
pub(crate) struct Link {
    topology: Arc<Topology>,
    connect_timeout: Duration,
    /// A place for every command that is under way or waits.
    places: Semaphore,
    /// The right to be under way.
    turns: Semaphore,
    breaker: Breaker,
    /// The breaker's time counts from here.
    opened: Instant,
    kept: Mutex<Kept>,
    /// Held while connecting, so that one does and the others wait for what it finds.
    connecting: tokio::sync::Mutex<Backoff>,
}

#[derive(Debug, Default)]
struct Kept {
    connection: Option<Connection>,
    /// How many there were before: tells whether a connection that failed is still the one kept.
    generation: u64,
}

/// The right to send one command.
struct Lease<'l> {
    connection: Connection,
    generation: u64,
    _place: SemaphorePermit<'l>,
    _turn: SemaphorePermit<'l>,
}

impl Link {
    pub(crate) fn new(topology: Arc<Topology>, limits: Limits) -> Self {
        let places = limits.commands_max.saturating_add(limits.queue_depth_max);
        Self {
            topology,
            connect_timeout: limits.connect,
            places: Semaphore::new(places.min(Semaphore::MAX_PERMITS)),
            turns: Semaphore::new(limits.commands_max),
            breaker: Breaker::new(limits.breaker_failures, limits.breaker_pause),
            opened: Instant::now(),
            kept: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        }
    }

    /// Whether commands go to whichever server holds their key, so that each needs a trip of its own.
    pub(crate) fn is_cluster(&self) -> bool {
        self.topology.is_cluster()
    }

    /// Sends a command. It waits for its turn for up to `limit`, and again for the answer; where
    /// there is no connection, making one takes its own time before that.
    pub(crate) async fn command<T: FromRedisValue>(
        &self,
        limit: Duration,
        command: &Cmd,
    ) -> Result<T, StoreError> {
        let mut lease = self.lease(limit).await?;
        let done = timeout(limit, command.query_async(&mut lease.connection)).await;
        self.finish(lease.generation, done)
    }

    async fn lease(&self, wait: Duration) -> Result<Lease<'_>, StoreError> {
        let place = self.places.try_acquire().map_err(|_| exhausted())?;
        let Ok(Ok(turn)) = timeout(wait, self.turns.acquire()).await else {
            return Err(exhausted());
        };
        let (connection, generation) = self.connection().await?;
        if !self.breaker.admits(self.now_micros()) {
            return Err(StoreError::Unavailable(
                "Redis is left alone after repeated failures".to_owned(),
            ));
        }
        Ok(Lease {
            connection,
            generation,
            _place: place,
            _turn: turn,
        })
    }

    fn finish<T>(
        &self,
        generation: u64,
        done: Result<RedisResult<T>, Elapsed>,
    ) -> Result<T, StoreError> {
        let answer = match done {
            Ok(answer) => answer.map_err(from_redis),
            Err(_) => Err(late()),
        };
        self.breaker.note(&answer, self.now_micros());
        match answer {
            Err(StoreError::Unavailable(_)) => self.forget(generation),
            // One server of a cluster is late; the others are not, and the driver knows which.
            Err(StoreError::Timeout(_)) if !self.is_cluster() => self.forget(generation),
            _ => {}
        }
        answer
    }

    /// The connection that is kept, or a new one.
    async fn connection(&self) -> Result<(Connection, u64), StoreError> {
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        let mut backoff = self.connecting.lock().await;
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        if !backoff.admits(Instant::now()) {
            return Err(StoreError::Unavailable(
                "Redis was not reached a moment ago".to_owned(),
            ));
        }
        let connected = timeout(self.connect_timeout, self.topology.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err(connecting_took_too_long()));
        match connected {
            Ok(connection) => {
                backoff.succeeded();
                Ok(self.keep(connection))
            }
            Err(error) => {
                backoff.failed(Instant::now());
                Err(error)
            }
        }
    }

    fn kept(&self) -> Option<(Connection, u64)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = kept.connection.clone()?;
        Some((connection, kept.generation))
    }

    fn keep(&self, connection: Connection) -> (Connection, u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.generation = kept.generation.wrapping_add(1);
        kept.connection = Some(connection.clone());
        (connection, kept.generation)
    }

    fn forget(&self, generation: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation == generation {
            kept.connection = None;
        }
    }

    fn now_micros(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

pub(crate) fn connecting_took_too_long() -> StoreError {
    StoreError::Unavailable("connecting to Redis took too long".to_owned())
}
