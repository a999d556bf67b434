//! What is held in memory by key: a look-up waits for nothing and writes nothing down, and what is not
//! held is loaded once, however many requests wait for it.
//!
//! What does not fit goes, first what was not asked for since it came or since it was last spared
//! (S3-FIFO). Why `quick_cache`: `docs/adr/0008-quick-cache-for-look-ups.md`.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use tokio::sync::OnceCell;

/// Parts of a cache that are locked apart; for a moment, and by writers alone.
const PARTS_MAX: u64 = 16;

/// A part has room for this weight at least, if there is as much: nothing is held that is heavier than
/// a part.
const PART_WEIGHT_MIN: u64 = 16 * 1024 * 1024;

/// Values by key.
pub(crate) struct Warm<K, V, E> {
    held: Cache<K, V, Weigh<K, V>>,
    /// What is being loaded.
    loads: Mutex<HashMap<K, Arc<Load<V, E>>>>,
}

type Load<V, E> = OnceCell<Result<V, E>>;

/// How heavy a value is.
struct Weigh<K, V>(fn(&K, &V) -> u64);

impl<K, V, E> Warm<K, V, E>
where
    K: Clone + Eq + Hash,
    V: Clone,
    E: Clone,
{
    /// For so many values.
    pub(crate) fn of_count(most: u64) -> Self {
        Self::new(most, most, 1, |_, _| 1)
    }

    /// For values of a weight of so much together, each of which weighs about `typical`.
    pub(crate) fn of_weight(most: u64, typical: u64, weigh: fn(&K, &V) -> u64) -> Self {
        let parts = (most / PART_WEIGHT_MIN).clamp(1, PARTS_MAX);
        Self::new(most, most / typical.max(1), parts, weigh)
    }

    #[expect(clippy::expect_used, reason = "both capacities are given")]
    fn new(weight_max: u64, count: u64, parts: u64, weigh: fn(&K, &V) -> u64) -> Self {
        let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .weight_capacity(weight_max)
            .estimated_items_capacity(small(count.max(1)))
            .shards(small(parts))
            .build()
            .expect("a cache has its capacities");
        let hasher = DefaultHashBuilder::default();
        let held = Cache::with_options(options, Weigh(weigh), hasher, DefaultLifecycle::default());
        Self {
            held,
            loads: Mutex::default(),
        }
    }

    /// What is held.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.held.get(key)
    }

    /// What `load` brings, which is held then. One load of a key runs at a time; others that want it
    /// meanwhile, and find nothing `usable` held, have its outcome.
    pub(crate) async fn load(
        &self,
        key: &K,
        usable: impl Fn(&V) -> bool,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let sharing = Sharing::of(self, key);
        let loading = || async {
            if let Some(held) = self.held.get(key).filter(&usable) {
                return Ok(held);
            }
            let loaded = load.await?;
            self.held.insert(key.clone(), loaded.clone());
            Ok(loaded)
        };
        sharing.load.get_or_init(loading).await.clone()
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        self.held.insert(key, value);
    }

    pub(crate) fn remove(&self, key: &K) {
        self.held.remove(key);
    }

    /// Everything that is held now.
    pub(crate) fn all(&self) -> Vec<(K, V)> {
        self.held.iter().collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.held.len()
    }

    pub(crate) fn weight(&self) -> u64 {
        self.held.weight()
    }

    fn loads(&self) -> MutexGuard<'_, HashMap<K, Arc<Load<V, E>>>> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those who wait for a load.
struct Sharing<'w, K: Clone + Eq + Hash, V: Clone, E: Clone> {
    warm: &'w Warm<K, V, E>,
    key: &'w K,
    load: Arc<Load<V, E>>,
}

impl<'w, K: Clone + Eq + Hash, V: Clone, E: Clone> Sharing<'w, K, V, E> {
    fn of(warm: &'w Warm<K, V, E>, key: &'w K) -> Self {
        let load = Arc::clone(warm.loads().entry(key.clone()).or_default());
        Self { warm, key, load }
    }
}

impl<K: Clone + Eq + Hash, V: Clone, E: Clone> Drop for Sharing<'_, K, V, E> {
    /// Whoever comes after the end of a load, or after all who waited have gone, begins another.
    fn drop(&mut self) {
        let mut loads = self.warm.loads();
        let is_this = |load: &Arc<_>| Arc::ptr_eq(load, &self.load);
        // The map has one of these, and this has the other.
        let is_over = self.load.initialized() || Arc::strong_count(&self.load) <= 2;
        if is_over && loads.get(self.key).is_some_and(is_this) {
            loads.remove(self.key);
        }
    }
}

impl<K, V> Weighter<K, V> for Weigh<K, V> {
    fn weight(&self, key: &K, value: &V) -> u64 {
        (self.0)(key, value)
    }
}

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

#[cfg(test)]
mod tests;
