//! Who in a line is woken, when and by which word; on a paused clock where the pace matters.

use std::time::Duration;

use burgee_model::ProjectToken;
use tokio::task::JoinSet;

use super::*;
use crate::push::Subject;

fn line() -> Arc<Line> {
    let topic = Topic {
        subject: Subject::Document,
        token: ProjectToken::parse("phc_line").unwrap(),
    };
    Arc::new(Line::new(
        topic,
        Word {
            version: Arc::from("1"),
            is_stopping: false,
            keys: 0,
        },
    ))
}

/// Puts this many into the line, who say when they are woken and by what.
async fn enter(line: &Arc<Line>, count: usize) -> JoinSet<Woken> {
    let mut waiting = JoinSet::new();
    let in_line = Arc::new(AtomicUsize::new(0));
    for _ in 0..count {
        line.enter();
        let (line, in_line) = (Arc::clone(line), Arc::clone(&in_line));
        waiting.spawn(async move {
            // Nothing is between this and the waiting.
            in_line.fetch_add(1, Ordering::Relaxed);
            let woken = line.hear("1", 0).await;
            line.leave();
            woken
        });
    }
    while in_line.load(Ordering::Relaxed) < count {
        yield_now().await;
    }
    waiting
}

fn put(line: &Arc<Line>, pace: &Arc<Pace>, version: &str) {
    line.tell(pace, |word| {
        word.version = Arc::from(version);
        true
    });
}

#[tokio::test(start_paused = true)]
async fn everybody_in_the_line_hears_of_a_change_at_its_pace() {
    let (line, pace) = (line(), Arc::new(Pace::new(10)));
    let waiting = enter(&line, 1_000).await;
    let began = tokio::time::Instant::now();
    put(&line, &pace, "2");
    assert_eq!(waiting.join_all().await, vec![Woken::Change; 1_000]);
    let took = began.elapsed().as_millis();
    assert!((90..=130).contains(&took), "{took} ms");
    assert_eq!(line.waiting.load(Ordering::Acquire), 0);
}

#[tokio::test]
async fn who_comes_late_or_leaves_early_keeps_nobody_from_hearing() {
    let (line, pace) = (line(), Arc::new(Pace::new(0)));
    let mut leaving = enter(&line, 100).await;
    let waiting = enter(&line, 100).await;
    put(&line, &pace, "2");
    // Some of them have been woken, and nobody has looked yet.
    leaving.abort_all();
    while leaving.join_next().await.is_some() {}
    put(&line, &pace, "3");
    assert_eq!(waiting.join_all().await, vec![Woken::Change; 100]);
    assert_eq!(
        line.hear("1", 0).await,
        Woken::Change,
        "without having waited"
    );
}

#[tokio::test]
async fn a_stop_is_heard_before_a_change() {
    let (line, pace) = (line(), Arc::new(Pace::new(0)));
    let waiting = enter(&line, 10).await;
    put(&line, &pace, "2");
    line.tell(&pace, |word| {
        word.is_stopping = true;
        true
    });
    assert_eq!(waiting.join_all().await, vec![Woken::Stop; 10]);
}

#[tokio::test]
async fn a_version_that_one_has_wakes_nobody() {
    let (line, pace) = (line(), Arc::new(Pace::new(0)));
    let mut waiting = enter(&line, 1).await;
    put(&line, &pace, "1");
    for _ in 0..100 {
        yield_now().await;
    }
    assert!(waiting.try_join_next().is_none());
    put(&line, &pace, "2");
    assert_eq!(waiting.join_next().await.unwrap().unwrap(), Woken::Change);
}

#[tokio::test]
async fn a_change_of_keys_is_heard_by_who_looked_at_its_own_before_it() {
    let (line, pace) = (line(), Arc::new(Pace::new(0)));
    let waiting = enter(&line, 100).await;
    line.tell(&pace, |word| {
        word.keys = 1;
        true
    });
    assert_eq!(waiting.join_all().await, vec![Woken::Keys; 100]);
    assert_eq!(
        line.hear("1", 0).await,
        Woken::Keys,
        "without having waited"
    );
    let looked_since = tokio::time::timeout(Duration::from_millis(10), line.hear("1", 1));
    looked_since.await.unwrap_err();
    put(&line, &pace, "2");
    assert_eq!(line.hear("1", 0).await, Woken::Change, "which says it all");
}
