//! When keys were used last, without a write per request: kept in memory and told to the store now and
//! then, off the path of requests.
//!
//! A key says that it was used at most once in [`NOTED_FOR`]; any other use of it is a look at one
//! number of its own. What is told is therefore up to that much too early, and what a crash loses is
//! [`NOTED_FOR`] and the interval of telling together. A store that cannot be told is told later, and
//! no request ever learns of it.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use burgee_model::Timestamp;
use burgee_store::{KEYS_READ_MAX, KeyDigest, KeyStore, StoreError};
use tokio::{
    sync::watch,
    time::{self, timeout},
};

use crate::{
    serving::Serving,
    streak::{Streak, Turn},
};

/// Keys whose use can wait to be told; uses of further ones are dropped and counted.
pub(crate) const KEY_USES_MAX: usize = 10_000;

/// For how long a key that was noted is not noted again.
pub(crate) const NOTED_FOR: Duration = Duration::from_secs(10);

/// Time for the last telling, when a node stops.
const LAST_TELLING_TIMEOUT: Duration = Duration::from_secs(2);

/// When the use of a key was noted last, in microseconds since 1970; 0: never.
#[derive(Debug, Default)]
pub(crate) struct NotedUse(AtomicI64);

/// Uses that the store has not been told of.
#[derive(Debug, Default)]
pub(crate) struct KeyUses {
    waiting: Mutex<HashMap<KeyDigest, Timestamp>>,
}

/// A use could not be noted: [`KEY_USES_MAX`] keys wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl NotedUse {
    /// Whether a use at `now` is to be noted, said to one of those who ask at the same time.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let noted = self.0.load(Ordering::Relaxed);
        let now = now.unix_micros();
        let pause = i64::try_from(NOTED_FOR.as_micros()).unwrap_or(i64::MAX);
        // A clock that was put back does not silence a key.
        let is_due = !(noted..noted.saturating_add(pause)).contains(&now);
        let order = Ordering::Relaxed;
        is_due && self.0.compare_exchange(noted, now, order, order).is_ok()
    }
}

impl KeyUses {
    /// Keeps the use until it is told.
    pub(crate) fn note(&self, key: KeyDigest, at: Timestamp) -> Result<(), Full> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = waiting.len() >= KEY_USES_MAX;
        match waiting.entry(key) {
            Entry::Occupied(mut noted) => {
                let newest = at.max(*noted.get());
                noted.insert(newest);
            }
            Entry::Vacant(_) if is_full => return Err(Full),
            Entry::Vacant(place) => {
                place.insert(at);
            }
        }
        Ok(())
    }

    /// Tells the store, [`KEYS_READ_MAX`] keys at a time. What it could not be told waits again.
    /// Returns how many uses found no place to wait in, and the failure.
    async fn tell(&self, store: &dyn KeyStore) -> Result<(), (usize, StoreError)> {
        let waiting = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        let waiting: Vec<(KeyDigest, Timestamp)> = waiting.into_iter().collect();
        let mut untold = &waiting[..];
        while !untold.is_empty() {
            let (next, rest) = untold.split_at(untold.len().min(KEYS_READ_MAX));
            if let Err(error) = store.touch_keys(next).await {
                let noted = untold.iter().map(|(key, at)| self.note(*key, *at));
                return Err((noted.filter(Result::is_err).count(), error));
            }
            untold = rest;
        }
        Ok(())
    }
}

/// Tells the store of uses until `stop` says so; what comes after is for [`tell_last`].
pub(crate) async fn tell_uses(serving: Arc<Serving>, mut stop: watch::Receiver<bool>) {
    let period = serving.config().key_use_interval;
    let mut ticks = time::interval_at(time::Instant::now() + period, period);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut streak = Streak::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let told = tell(&serving).await;
        tell_turns(&mut streak, told.err());
    }
}

fn tell_turns(streak: &mut Streak, failure: Option<StoreError>) {
    match streak.note(failure) {
        Some(Turn::Fails(error)) => {
            tracing::warn!(%error, "uses of keys cannot be stored; they are kept");
        }
        Some(Turn::Recovers) => tracing::info!("uses of keys are stored again"),
        None => {}
    }
}

/// Tells what is left when requests have come to their end.
pub(crate) async fn tell_last(serving: &Serving) {
    let told = timeout(LAST_TELLING_TIMEOUT, tell(serving)).await;
    let failure = match told {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the store was too slow".to_owned(),
    };
    tracing::warn!(failure, "the last uses of keys are not stored");
}

async fn tell(serving: &Serving) -> Result<(), StoreError> {
    let uses = serving.credentials().uses();
    let told = uses.tell(&*serving.stores().keys).await;
    told.map_err(|(dropped, error)| {
        let metrics = serving.metrics();
        metrics.key_use_failures.inc();
        let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
        metrics.key_uses_dropped.inc_by(dropped);
        error
    })
}

#[cfg(test)]
mod tests;
