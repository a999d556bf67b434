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

/// Parts of a cache that are locked apart. One, since nothing is held that is heavier than a part, and
/// a single environment may be as large as all that is allowed.
const PARTS: usize = 1;

/// Values by key.
pub(crate) struct Warm<K, V, E> {
    held: Cache<K, Weighed<V>, ByWeight>,
    weigh: fn(&V) -> u64,
    /// What is being loaded.
    loads: Mutex<HashMap<K, Arc<Load<V, E>>>>,
}

type Load<V, E> = OnceCell<Result<V, E>>;

/// A value and its weight, which the cache asks for again and again.
#[derive(Clone)]
struct Weighed<V> {
    value: V,
    weight: u64,
}

#[derive(Clone)]
struct ByWeight;

impl<K, V, E> Warm<K, V, E>
where
    K: Clone + Eq + Hash,
    V: Clone,
    E: Clone,
{
    /// For so many values.
    pub(crate) fn of_count(most: u64) -> Self {
        Self::new(most, most, |_| 1)
    }

    /// For values of a weight of so much together, each of which weighs about `typical`.
    pub(crate) fn of_weight(most: u64, typical: u64, weigh: fn(&V) -> u64) -> Self {
        Self::new(most, most / typical.max(1), weigh)
    }

    #[expect(clippy::expect_used, reason = "both capacities are given")]
    fn new(weight_max: u64, count: u64, weigh: fn(&V) -> u64) -> Self {
        let count = usize::try_from(count.max(1)).unwrap_or(usize::MAX);
        let options = OptionsBuilder::new()
            .weight_capacity(weight_max)
            .estimated_items_capacity(count)
            .shards(PARTS)
            .build()
            .expect("a cache has its capacities");
        let hasher = DefaultHashBuilder::default();
        let held = Cache::with_options(options, ByWeight, hasher, DefaultLifecycle::default());
        Self {
            held,
            weigh,
            loads: Mutex::default(),
        }
    }

    /// What is held.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.held.get(key).map(|held| held.value)
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
            if let Some(held) = self.get(key).filter(&usable) {
                return Ok(held);
            }
            let loaded = load.await?;
            self.insert(key.clone(), loaded.clone());
            Ok(loaded)
        };
        sharing.load.get_or_init(loading).await.clone()
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        let weight = (self.weigh)(&value);
        self.held.insert(key, Weighed { value, weight });
    }

    pub(crate) fn remove(&self, key: &K) {
        self.held.remove(key);
    }

    /// Everything that is held now.
    pub(crate) fn all(&self) -> Vec<(K, V)> {
        let held = self.held.iter();
        held.map(|(key, held)| (key, held.value)).collect()
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

impl<K, V> Weighter<K, Weighed<V>> for ByWeight {
    fn weight(&self, _: &K, held: &Weighed<V>) -> u64 {
        held.weight
    }
}

#[cfg(test)]
mod tests;
