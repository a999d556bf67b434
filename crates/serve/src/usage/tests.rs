//! Nothing that was counted is lost or counted twice, whatever the store does.

use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use burgee_store::{StoreError, UsageBatch, UsageStore, UsageTotal};
use proptest::prelude::*;

use super::*;

/// What the store does with a batch.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Adds,
    /// And the node knows that.
    Refuses,
    /// And the node cannot know whether it did.
    AddsWithoutSaying,
}

/// Does deeds in turn, and then adds everything.
#[derive(Debug, Default)]
struct MoodyStore {
    deeds: Mutex<Vec<Deed>>,
    /// Sequence of the last batch, and the sum of all counts.
    added: Mutex<(u64, u64)>,
}

#[async_trait]
impl UsageStore for MoodyStore {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        let deed = self.deeds.lock().unwrap().pop().unwrap_or(Deed::Adds);
        if !matches!(deed, Deed::Refuses) {
            let mut added = self.added.lock().unwrap();
            if batch.sequence > added.0 {
                added.0 = batch.sequence;
                added.1 += batch.counts.iter().map(|count| count.count).sum::<u64>();
            }
        }
        match deed {
            Deed::Adds => Ok(()),
            Deed::Refuses | Deed::AddsWithoutSaying => {
                Err(StoreError::Unavailable("a mood".to_owned()))
            }
        }
    }

    async fn read_usage(&self, _: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        Ok(Vec::new())
    }
}

fn usage() -> Usage {
    Usage::new(1, Counter::default())
}

fn count(usage: &Usage, environment: i64, bucket: i64) {
    usage.count(
        EnvironmentId(environment),
        UsageKind::Flags,
        UsageLibrary::Js,
        Timestamp::from_unix_seconds(bucket * 120),
    );
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Adds),
        Just(Deed::Refuses),
        Just(Deed::AddsWithoutSaying)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_counted_while_a_failing_store_is_written_arrives_once(
        deeds in proptest::collection::vec(deed(), 0..20),
        environments in 1_i64..3_000,
        requests in 1_usize..5_000,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap();
        let (usage, store) = (Arc::new(usage()), Arc::new(MoodyStore::default()));
        *store.deeds.lock().unwrap() = deeds;
        let threads: Vec<_> = (0..2_i64)
            .map(|thread| {
                let usage = Arc::clone(&usage);
                std::thread::spawn(move || {
                    for (request, environment) in (0..requests).zip((thread..environments).cycle()) {
                        count(&usage, environment, i64::from(request > requests / 2));
                    }
                })
            })
            .collect();
        let counted = if environments > 1 { 2 * requests } else { requests };
        let added = runtime.block_on(async {
            for _ in 0..5 {
                let _ = usage.flush(&*store).await;
            }
            for thread in threads {
                thread.join().unwrap();
            }
            while usage.flush(&*store).await.is_err() {}
            store.added.lock().unwrap().1
        });
        prop_assert_eq!(added, counted as u64);
        prop_assert_eq!(usage.places(), 0);
        prop_assert_eq!(usage.dropped.get(), 0);
    }
}

#[tokio::test]
async fn counts_have_a_limit_and_those_beyond_it_are_counted_as_dropped() {
    let (usage, store) = (usage(), MoodyStore::default());
    let most = i64::try_from(USAGE_KEYS_MAX).unwrap();
    for environment in 0..=most {
        count(&usage, environment, 0);
    }
    count(&usage, 0, 0);
    assert_eq!(usage.places(), USAGE_KEYS_MAX);
    assert_eq!(usage.dropped.get(), 1);

    *store.deeds.lock().unwrap() = vec![Deed::Refuses];
    assert!(usage.flush(&store).await.is_err());
    assert_eq!(usage.places(), USAGE_KEYS_MAX, "what waits takes its place");
    usage.flush(&store).await.unwrap();
    assert_eq!(usage.places(), 0);
    assert_eq!(store.added.lock().unwrap().1, USAGE_KEYS_MAX as u64 + 1);
}

#[tokio::test]
async fn a_flush_that_is_dropped_loses_nothing() {
    let (usage, store) = (usage(), MoodyStore::default());
    count(&usage, 1, 0);
    tokio::select! {
        biased;
        _ = usage.flush(&store) => panic!("the store takes its time"),
        () = std::future::ready(()) => {}
    }
    count(&usage, 1, 0);
    usage.flush(&store).await.unwrap();
    assert_eq!(store.added.lock().unwrap().1, 2);
}
