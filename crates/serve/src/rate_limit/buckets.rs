//! Token buckets by key: how much of its budget each has used (the "virtual scheduling" form of GCRA).
//!
//! Not the `governor` crate: it keeps a bucket for every key it ever saw until it is told to clean up,
//! with no bound meanwhile, and cannot say how full a bucket is, which the warning needs. What is left
//! to write is `Bucket::take`.
//!
//! A bucket is one number, the moment at which it will be full again. One that is full is the same as
//! none, so forgetting those is exact.

use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use super::Rate;

/// Buckets of one limiter. Keys beyond, while all of these are in use, are let through. About 4 MB.
pub(crate) const BUCKETS_MAX: usize = 65_536;

const SHARDS: usize = 64;
const SHARD_BUCKETS_MAX: usize = BUCKETS_MAX / SHARDS;

/// Time after which a shard looks for buckets that are full again, and the least time between two
/// such looks.
const PURGE_NANOS: u64 = 60_000_000_000;
const CROWDED_PURGE_NANOS: u64 = 1_000_000_000;

/// The buckets of one limiter.
#[derive(Debug)]
pub(crate) struct Buckets {
    shards: Box<[Shard]>,
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// When each bucket will be full again.
    full_at_nanos: HashMap<u64, u64>,
    purged_at_nanos: u64,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    /// There was room.
    Taken {
        /// Requests that the bucket has used of its budget, this one included.
        used: u64,
    },
    /// There was none.
    Empty {
        /// Until there will be.
        wait_nanos: u64,
    },
    /// There is no place for another bucket.
    Untracked,
}

impl Buckets {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }

    /// Takes one request out of the budget of `key`, a hash. `now_nanos` never goes back by much.
    pub(crate) fn take(&self, key: u64, rate: Rate, now_nanos: u64) -> Take {
        let place = usize::try_from(key % SHARDS as u64).unwrap_or_default();
        let Some(shard) = self.shards.get(place) else {
            return Take::Untracked;
        };
        let mut kept = shard.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.purge(now_nanos, PURGE_NANOS);
        if let Some(full_at) = kept.full_at_nanos.get_mut(&key) {
            return take(full_at, rate, now_nanos);
        }
        if kept.full_at_nanos.len() >= SHARD_BUCKETS_MAX {
            kept.purge(now_nanos, CROWDED_PURGE_NANOS);
        }
        if kept.full_at_nanos.len() >= SHARD_BUCKETS_MAX {
            return Take::Untracked;
        }
        let full_at = kept.full_at_nanos.entry(key).or_insert(now_nanos);
        take(full_at, rate, now_nanos)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let kept = |shard: &Shard| shard.0.lock().unwrap().full_at_nanos.len();
        self.shards.iter().map(kept).sum()
    }
}

impl Kept {
    /// Forgets buckets that are full again, unless that was done less than `pause` ago.
    fn purge(&mut self, now_nanos: u64, pause: u64) {
        if now_nanos.saturating_sub(self.purged_at_nanos) < pause {
            return;
        }
        self.purged_at_nanos = now_nanos;
        self.full_at_nanos.retain(|_, full_at| *full_at > now_nanos);
    }
}

fn take(full_at_nanos: &mut u64, rate: Rate, now_nanos: u64) -> Take {
    let interval = rate.interval_nanos();
    let missing = full_at_nanos.saturating_sub(now_nanos);
    let missing_max = u64::from(rate.burst() - 1).saturating_mul(interval);
    if missing > missing_max {
        let wait_nanos = missing - missing_max;
        return Take::Empty { wait_nanos };
    }
    let missing = missing + interval;
    *full_at_nanos = now_nanos.saturating_add(missing);
    Take::Taken {
        used: missing.div_ceil(interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn used(take: Take) -> Option<u64> {
        match take {
            Take::Taken { used } => Some(used),
            Take::Empty { .. } | Take::Untracked => None,
        }
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_what_refills() {
        let buckets = Buckets::new();
        let rate = Rate::new(3, 2).unwrap();
        for expected in 1..=3 {
            assert_eq!(used(buckets.take(7, rate, SECOND)), Some(expected));
        }
        let wait_nanos = SECOND / 2;
        assert_eq!(buckets.take(7, rate, SECOND), Take::Empty { wait_nanos });
        assert_eq!(used(buckets.take(8, rate, SECOND)), Some(1), "its own");
        let later = SECOND + wait_nanos;
        let just_before = Take::Empty { wait_nanos: 1 };
        assert_eq!(buckets.take(7, rate, later - 1), just_before);
        assert_eq!(used(buckets.take(7, rate, later)), Some(3));
        assert_eq!(used(buckets.take(7, rate, later)), None);
        assert_eq!(used(buckets.take(7, rate, 10 * SECOND)), Some(1));
    }

    #[test]
    fn a_refused_request_costs_nothing() {
        let buckets = Buckets::new();
        let rate: Rate = "1/second".parse().unwrap();
        assert_eq!(used(buckets.take(1, rate, 0)), Some(1));
        for _ in 0..1_000 {
            assert_eq!(used(buckets.take(1, rate, 1)), None);
        }
        assert_eq!(used(buckets.take(1, rate, SECOND)), Some(1));
    }

    #[test]
    fn buckets_have_a_limit_and_those_that_are_full_again_make_room() {
        let buckets = Buckets::new();
        let rate = Rate::new(1, 1).unwrap();
        for key in 0..BUCKETS_MAX as u64 {
            assert_eq!(used(buckets.take(key, rate, 2 * SECOND)), Some(1));
        }
        let more = BUCKETS_MAX as u64;
        assert_eq!(buckets.take(more, rate, 2 * SECOND), Take::Untracked);
        assert_eq!(used(buckets.take(0, rate, 2 * SECOND)), None, "still kept");
        assert_eq!(buckets.len(), BUCKETS_MAX);
        assert_eq!(used(buckets.take(more, rate, 4 * SECOND)), Some(1));
    }

    #[test]
    fn idle_buckets_are_forgotten() {
        let buckets = Buckets::new();
        let rate = Rate::new(5, 1).unwrap();
        for key in 0..1_000 {
            buckets.take(key, rate, SECOND);
        }
        for key in 0..SHARDS as u64 {
            buckets.take(key, rate, SECOND + PURGE_NANOS);
        }
        assert_eq!(buckets.len(), SHARDS);
    }
}
