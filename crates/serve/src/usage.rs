//! Counts answered requests by environment, kind and SDK, for whoever pays or plans
//! (spec: service §8.2). Nothing of it waits for a store; what was counted is written now and then
//! (`usage/flush.rs`). `hashbrown`'s own hasher makes counting 11 ns instead of the 60 of the standard
//! one; nobody outside chooses what is hashed.
//!
//! What a crash loses is what was counted since the last flush that was confirmed: one interval, while
//! the store answers. A graceful stop loses nothing, as long as the store answers.
//!
//! Each thread counts in a shard of its own, so that threads do not wait for each other; the lock of a
//! shard is only ever contended by the flush, which holds it for as long as it takes to swap two maps.

mod flush;

use std::{
    cell::Cell,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{UsageBucket, UsageCount, UsageKind, UsageLibrary};
use hashbrown::HashMap;
use prometheus_client::metrics::counter::Counter;

use self::flush::Outbox;

pub(crate) use flush::{flush_last, flush_usage};

/// Counts that can wait to be written, by environment, kind, SDK and bucket. What finds no place is not
/// counted, which is itself counted. About 8 MB.
pub(crate) const USAGE_KEYS_MAX: usize = 100_000;

/// More than threads that count, in practice.
const SHARDS: usize = 64;

/// What is counted apart. By bucket first: the oldest are written first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    bucket: UsageBucket,
    environment: EnvironmentId,
    kind: UsageKind,
    library: UsageLibrary,
}

/// On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<HashMap<Key, u64>>);

/// The counts of this process.
#[derive(Debug)]
pub(crate) struct Usage {
    shards: Box<[Shard]>,
    /// Places taken, in shards and in the outbox.
    places: AtomicUsize,
    /// Held while counts are written: one flush at a time.
    outbox: tokio::sync::Mutex<Outbox>,
    dropped: Counter,
}

impl Usage {
    /// `writer` tells this process from every other; `dropped` counts requests that are not counted.
    pub(crate) fn new(writer: u128, dropped: Counter) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            places: AtomicUsize::new(0),
            outbox: tokio::sync::Mutex::new(Outbox::new(writer)),
            dropped,
        }
    }

    /// Counts one request.
    pub(crate) fn count(
        &self,
        environment: EnvironmentId,
        kind: UsageKind,
        library: UsageLibrary,
        now: Timestamp,
    ) {
        let key = Key {
            bucket: UsageBucket::of(now),
            environment,
            kind,
            library,
        };
        let Some(shard) = self.shards.get(shard_of_thread()) else {
            return;
        };
        let mut counts = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key) {
            *count += 1;
        } else if self.places.fetch_add(1, Ordering::Relaxed) < USAGE_KEYS_MAX {
            counts.insert(key, 1);
        } else {
            self.places.fetch_sub(1, Ordering::Relaxed);
            self.dropped.inc();
        }
    }

    /// Places taken, at most [`USAGE_KEYS_MAX`] but for a moment.
    pub(crate) fn places(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    fn give_back(&self, places: usize) {
        self.places.fetch_sub(places, Ordering::Relaxed);
    }
}

impl Key {
    fn with(self, count: u64) -> UsageCount {
        UsageCount {
            environment: self.environment,
            kind: self.kind,
            library: self.library,
            bucket: self.bucket,
            count,
        }
    }
}

/// The shard of the thread that asks, the same each time.
fn shard_of_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> =
            Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
    }
    SHARD.with(Cell::get)
}

#[cfg(test)]
mod tests;
