//! One load for many, the bounds, and who stays.

use std::{
    future::pending,
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::{sync::Notify, task::yield_now, time::timeout};

use super::*;

type Numbers = Warm<u32, u32, String>;

#[tokio::test]
async fn many_who_want_a_key_share_one_load_and_its_outcome() {
    for outcome in [Ok(7), Err("no store".to_owned())] {
        let numbers = Arc::new(Numbers::of_count(10));
        let (loads, may_end) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
        let ask = || {
            let (numbers, loads) = (Arc::clone(&numbers), Arc::clone(&loads));
            let (may_end, outcome) = (Arc::clone(&may_end), outcome.clone());
            async move {
                let load = async {
                    loads.fetch_add(1, Ordering::Relaxed);
                    may_end.notified().await;
                    outcome
                };
                numbers.load(&1, |_| true, load).await
            }
        };
        let asked: Vec<_> = (0..100).map(|_| tokio::spawn(ask())).collect();
        while loads.load(Ordering::Relaxed) == 0 {
            yield_now().await;
        }
        may_end.notify_one();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), outcome);
        }
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        assert_eq!(numbers.get(&1), outcome.ok());
        assert!(numbers.loads().is_empty());
    }
}

#[tokio::test]
async fn a_failure_is_not_held_and_the_next_who_asks_loads_again() {
    let numbers = Numbers::of_count(10);
    let failed = numbers.load(&1, |_| true, async { Err("no store".to_owned()) });
    assert_eq!(failed.await, Err("no store".to_owned()));
    assert_eq!(numbers.load(&1, |_| true, async { Ok(7) }).await, Ok(7));
}

#[tokio::test]
async fn a_load_whose_asker_leaves_is_begun_anew_by_one_who_stays() {
    let numbers = Arc::new(Numbers::of_count(10));
    let leaver = tokio::spawn({
        let numbers = Arc::clone(&numbers);
        async move { numbers.load(&1, |_| true, pending()).await }
    });
    while numbers.loads().is_empty() {
        yield_now().await;
    }
    let staying = numbers.load(&1, |_| true, async { Ok(7) });
    let mut staying = Box::pin(staying);
    let soon = std::time::Duration::from_millis(10);
    assert!(timeout(soon, &mut staying).await.is_err(), "one at a time");
    leaver.abort();
    assert_eq!(staying.await, Ok(7));
    assert!(leaver.await.unwrap_err().is_cancelled());
    assert!(numbers.loads().is_empty());
}

#[tokio::test]
async fn what_came_meanwhile_is_taken_if_it_is_of_use() {
    let numbers = Numbers::of_count(10);
    numbers.insert(1, 6);
    let load = || async { Ok(7) };
    assert_eq!(numbers.load(&1, |_| true, load()).await, Ok(6));
    assert_eq!(numbers.load(&1, |held| *held > 6, load()).await, Ok(7));
}

#[test]
fn there_is_a_bound_by_count_and_one_by_weight() {
    let counted = Numbers::of_count(1_000);
    let weighed = Numbers::of_weight(1_000, 10, |value| u64::from(*value));
    for key in 0..10_000 {
        counted.insert(key, key);
        weighed.insert(key, 10);
        assert!(weighed.weight() <= 1_000);
    }
    assert!(
        (900..=1_000).contains(&counted.count()),
        "{}",
        counted.count()
    );
    assert!((90..=100).contains(&weighed.count()), "{}", weighed.count());
    weighed.insert(1, 1_001);
    assert_eq!(weighed.get(&1), None, "heavier than all there is room for");
    // One environment may be nearly as large as all that is allowed.
    let bytes = 256 * 1024 * 1024;
    let large = Numbers::of_weight(bytes, 64 * 1024, |value| u64::from(*value));
    large.insert(1, 240 * 1024 * 1024);
    assert!(large.get(&1).is_some());
}

#[test]
fn a_newcomer_that_is_asked_for_again_gets_into_a_full_cache() {
    let numbers = Numbers::of_weight(1_000, 10, |value| u64::from(*value));
    for key in 0..100 {
        numbers.insert(key, 10);
    }
    let in_use = (0..100).filter(|key| numbers.get(key).is_some()).count();
    assert!(in_use >= 90, "{in_use}");
    // Much heavier than those that are there.
    for _ in 0..2 {
        if numbers.get(&5_000).is_none() {
            numbers.insert(5_000, 200);
        }
    }
    assert_eq!(numbers.get(&5_000), Some(200));
}

#[test]
fn what_is_asked_for_stays_when_others_come() {
    let numbers = Numbers::of_count(100);
    numbers.insert(0, 7);
    for key in 1..10_000 {
        numbers.insert(key, key);
        assert_eq!(numbers.get(&0), Some(7), "after {key} others");
    }
}
