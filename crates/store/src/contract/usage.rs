//! Counts are added once, all or none, and come back as sums. These laws ask for a [`UsageStore`] and
//! nothing else, since that need not be a database.

use std::ops::Range;

use burgee_model::EnvironmentId;

use crate::{
    StoreError, USAGE_BATCH_COUNTS_MAX, UsageBatch, UsageBucket, UsageCount, UsageKind,
    UsageLibrary, UsageStore, UsageTotal,
};

const WRITER: u128 = u128::MAX - 7;

/// A bucket of the far future: what is old may be forgotten.
fn bucket(place: u32) -> UsageBucket {
    UsageBucket(1_000_000_000 + place)
}

fn buckets(places: Range<u32>) -> Range<UsageBucket> {
    bucket(places.start)..bucket(places.end)
}

fn count(environment: i64, place: u32, count: u64) -> UsageCount {
    UsageCount {
        environment: EnvironmentId(environment),
        kind: UsageKind::Flags,
        library: UsageLibrary::Js,
        bucket: bucket(place),
        count,
    }
}

fn batch(writer: u128, sequence: u64, counts: &[UsageCount]) -> UsageBatch {
    UsageBatch {
        writer,
        sequence,
        counts: counts.to_vec(),
    }
}

/// The sum of everything in these buckets.
async fn sum(store: &impl UsageStore, places: Range<u32>) -> u64 {
    let totals = store.read_usage(buckets(places)).await.unwrap();
    totals.iter().map(|total| total.count).sum()
}

pub async fn nothing_was_counted_at_first(store: &impl UsageStore) {
    assert_eq!(store.read_usage(buckets(0..100)).await, Ok(Vec::new()));
    assert_eq!(store.add_usage(&batch(WRITER, 1, &[])).await, Ok(()));
    assert_eq!(sum(store, 0..100).await, 0);
}

pub async fn counts_are_summed_by_environment_kind_and_library(store: &impl UsageStore) {
    let other = |kind, library| UsageCount {
        kind,
        library,
        ..count(2, 1, 5)
    };
    let first = [
        other(UsageKind::RemoteConfig, UsageLibrary::Other),
        other(UsageKind::Definitions, UsageLibrary::Python),
        other(UsageKind::Definitions, UsageLibrary::Go),
        count(1, 0, 3),
        count(1, 1, 4),
    ];
    store.add_usage(&batch(WRITER, 1, &first)).await.unwrap();
    let second = [count(1, 1, 10)];
    store.add_usage(&batch(WRITER, 2, &second)).await.unwrap();
    let total = |environment, kind, library, count| UsageTotal {
        environment: EnvironmentId(environment),
        kind,
        library,
        count,
    };
    let expected = vec![
        total(1, UsageKind::Flags, UsageLibrary::Js, 17),
        total(2, UsageKind::Definitions, UsageLibrary::Python, 5),
        total(2, UsageKind::Definitions, UsageLibrary::Go, 5),
        total(2, UsageKind::RemoteConfig, UsageLibrary::Other, 5),
    ];
    assert_eq!(store.read_usage(buckets(0..2)).await, Ok(expected));
}

pub async fn a_span_of_buckets_ends_before_its_end(store: &impl UsageStore) {
    let counts = [count(1, 4, 1), count(1, 5, 10), count(1, 6, 100)];
    store.add_usage(&batch(WRITER, 1, &counts)).await.unwrap();
    for (places, expected) in [
        (0..4, 0),
        (0..5, 1),
        (4..6, 11),
        (5..6, 10),
        (5..5, 0),
        (5..9, 110),
    ] {
        assert_eq!(sum(store, places.clone()).await, expected, "{places:?}");
    }
}

pub async fn a_batch_that_comes_again_adds_nothing(store: &impl UsageStore) {
    let first = batch(WRITER, 1, &[count(1, 0, 1)]);
    let third = batch(WRITER, 3, &[count(1, 0, 10)]);
    for batch in [&first, &first, &third, &first, &third] {
        store.add_usage(batch).await.unwrap();
    }
    assert_eq!(sum(store, 0..1).await, 11);
    let another = batch(WRITER - 1, 1, &[count(1, 0, 100)]);
    store.add_usage(&another).await.unwrap();
    assert_eq!(sum(store, 0..1).await, 111);
}

pub async fn a_batch_has_a_limit(store: &impl UsageStore) {
    let places = 0..u32::try_from(USAGE_BATCH_COUNTS_MAX).unwrap();
    let mut counts: Vec<UsageCount> = places.map(|place| count(1, place, 1)).collect();
    store.add_usage(&batch(WRITER, 1, &counts)).await.unwrap();
    assert_eq!(sum(store, 0..100_000).await, counts.len() as u64);
    counts.push(count(1, 99_999, 1));
    let refused = store.add_usage(&batch(WRITER, 2, &counts)).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(sum(store, 99_999..100_000).await, 0);
}

pub async fn old_counts_may_be_forgotten_and_new_ones_never(store: &impl UsageStore) {
    let ancient = UsageCount {
        bucket: UsageBucket(0),
        ..count(1, 0, 1)
    };
    let counts = [ancient, count(1, 0, 10)];
    for sequence in 1..=3 {
        let batch = batch(WRITER, sequence, &counts);
        store.add_usage(&batch).await.unwrap();
    }
    assert_eq!(sum(store, 0..1).await, 30);
}

pub async fn writers_add_at_the_same_time(store: &impl UsageStore) {
    const BATCHES: u64 = 10;
    let write = |writer: u128| async move {
        for sequence in 1..=BATCHES {
            // Each writer in an order of its own.
            let mut counts: Vec<UsageCount> = (0..20).map(|place| count(1, place, 1)).collect();
            if writer.is_multiple_of(2) {
                counts.reverse();
            }
            let batch = batch(writer, sequence, &counts);
            store.add_usage(&batch).await.unwrap();
        }
    };
    tokio::join!(write(1), write(2), write(3), write(4));
    assert_eq!(sum(store, 0..20).await, 4 * BATCHES * 20);
}
