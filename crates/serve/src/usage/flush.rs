//! Writes what was counted, in batches of bounded size.
//!
//! A batch whose outcome is unknown is sent again as it was, under the same number, before any other:
//! the store knows the number if it has the batch, so nothing is counted twice and nothing is lost
//! (`burgee_store::UsageStore`). Counts that come meanwhile wait for the next batch.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    mem,
    sync::{Arc, PoisonError},
    time::Duration,
};

use burgee_store::{StoreError, UsageBatch, UsageStore};
use hashbrown::HashMap;
use tokio::{
    sync::watch,
    time::{self, sleep, timeout},
};

use super::{Key, Usage};
use crate::{
    serving::Serving,
    streak::{Streak, Turn},
};

/// Counts of one batch: a few milliseconds of a database.
const BATCH_COUNTS_MAX: usize = 1_000;

/// Time for one batch, after which its outcome is unknown.
const BATCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for all that is left when the node stops.
const LAST_FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Between two attempts at that.
const LAST_FLUSH_PAUSE: Duration = Duration::from_millis(100);

/// What waits to be written.
#[derive(Debug)]
pub(super) struct Outbox {
    writer: u128,
    /// Of the last batch that was made.
    sequence: u64,
    /// Was sent, and may have been added or not.
    unconfirmed: Option<UsageBatch>,
    waiting: BTreeMap<Key, u64>,
    /// Empty; swapped with the map of a shard, so that no shard has to make a new one.
    spare: HashMap<Key, u64>,
}

impl Outbox {
    pub(super) fn new(writer: u128) -> Self {
        Self {
            writer,
            sequence: 0,
            unconfirmed: None,
            waiting: BTreeMap::new(),
            spare: HashMap::new(),
        }
    }

    /// Takes over what the shards counted.
    fn collect(&mut self, usage: &Usage) {
        for shard in &usage.shards {
            {
                let mut counts = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
                mem::swap(&mut *counts, &mut self.spare);
            }
            let mut merged = 0;
            for (key, count) in self.spare.drain() {
                match self.waiting.entry(key) {
                    Entry::Vacant(place) => {
                        place.insert(count);
                    }
                    Entry::Occupied(mut waiting) => {
                        *waiting.get_mut() += count;
                        merged += 1;
                    }
                }
            }
            usage.give_back(merged);
        }
    }

    /// The batch that is to be sent next: the one that is not confirmed, or a new one.
    fn next_batch(&mut self) -> Option<&UsageBatch> {
        if self.unconfirmed.is_none() && !self.waiting.is_empty() {
            let take = || self.waiting.pop_first();
            let taken = std::iter::from_fn(take).take(BATCH_COUNTS_MAX);
            let counts = taken.map(|(key, count)| key.with(count)).collect();
            self.sequence += 1;
            self.unconfirmed = Some(UsageBatch {
                writer: self.writer,
                sequence: self.sequence,
                counts,
            });
        }
        self.unconfirmed.as_ref()
    }
}

impl Usage {
    /// Writes everything that was counted before, or stops at the first batch that cannot be
    /// confirmed. Dropping the future loses nothing.
    pub(super) async fn flush(&self, store: &dyn UsageStore) -> Result<(), StoreError> {
        let mut outbox = self.outbox.lock().await;
        outbox.collect(self);
        while let Some(batch) = outbox.next_batch() {
            let added = timeout(BATCH_TIMEOUT, store.add_usage(batch)).await;
            added.unwrap_or_else(|_| Err(too_slow()))?;
            let places = batch.counts.len();
            outbox.unconfirmed = None;
            self.give_back(places);
        }
        Ok(())
    }
}

fn too_slow() -> StoreError {
    StoreError::Unavailable("adding usage took too long".to_owned())
}

/// Writes now and then until `stop` says so; what comes after is for [`flush_last`].
pub(crate) async fn flush_usage(serving: Arc<Serving>, mut stop: watch::Receiver<bool>) {
    let period = serving.config().usage_flush_interval;
    let mut ticks = time::interval_at(time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut streak = Streak::default();
    loop {
        // A flush under way is given up as well: the last one has little time, and sends its batch again.
        let flushed = tokio::select! {
            flushed = async { ticks.tick().await; flush(&serving).await } => flushed,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        tell_turns(&mut streak, flushed.err());
    }
}

fn tell_turns(streak: &mut Streak, failure: Option<StoreError>) {
    match streak.note(failure) {
        Some(Turn::Fails(error)) => {
            tracing::warn!(%error, "usage cannot be stored; it is kept");
        }
        Some(Turn::Recovers) => tracing::info!("usage is stored again"),
        None => {}
    }
}

/// Writes what is left when requests have come to their end, trying again for as long as there is
/// time.
pub(crate) async fn flush_last(serving: &Serving) {
    let flushing = async {
        while flush(serving).await.is_err() {
            sleep(LAST_FLUSH_PAUSE).await;
        }
    };
    if timeout(LAST_FLUSH_TIMEOUT, flushing).await.is_err() {
        let lost = serving.usage().places();
        tracing::error!(usage.counts = lost, "the last usage is not stored");
    }
}

async fn flush(serving: &Serving) -> Result<(), StoreError> {
    let flushed = serving.usage().flush(&*serving.stores().usage).await;
    let metrics = &serving.metrics().admission;
    if flushed.is_err() {
        metrics.usage_flush_failures.inc();
    }
    flushed
}
