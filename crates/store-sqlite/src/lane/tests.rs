//! Deadlines, limits and endings of a lane, with queries that never end by themselves.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::task::{JoinHandle, JoinSet};

use super::*;

/// Counts for hours.
const ENDLESS: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
    SELECT count(*) FROM numbers WHERE n < 1000000000000";

const LONG: Deadlines = Deadlines {
    acquire: Duration::from_mins(1),
    run: Duration::from_mins(1),
};

fn deadlines(acquire_ms: u64, run_ms: u64) -> Deadlines {
    Deadlines {
        acquire: Duration::from_millis(acquire_ms),
        run: Duration::from_millis(run_ms),
    }
}

fn lane(threads: usize, depth_max: usize) -> Arc<Lane> {
    let connection = |_| Connection::open_in_memory().unwrap();
    let connections = (0..threads).map(connection).collect();
    Arc::new(Lane::start("test", Mode::Together, connections, depth_max).unwrap())
}

fn count(connection: &mut Connection, sql: &str) -> Result<i64, StoreError> {
    connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(crate::error::from_sqlite)
}

async fn endless(lane: Arc<Lane>, deadlines: Deadlines) -> Result<i64, StoreError> {
    lane.run(deadlines, |connection, _| count(connection, ENDLESS))
        .await
}

/// Keeps a thread busy from now on.
async fn occupy(lane: &Arc<Lane>) -> JoinHandle<Result<i64, StoreError>> {
    let (started, has_started) = oneshot::channel();
    let lane = Arc::clone(lane);
    let busy = tokio::spawn(async move {
        lane.run(LONG, |connection, _| {
            let _ = started.send(());
            count(connection, ENDLESS)
        })
        .await
    });
    has_started.await.unwrap();
    busy
}

async fn quick(lane: &Lane, deadlines: Deadlines) -> Result<i64, StoreError> {
    lane.run(deadlines, |connection, _| count(connection, "SELECT 1"))
        .await
}

/// Comes back when `count` jobs wait.
async fn queued(lane: &Lane, count: usize) {
    let queued = async {
        while lane.shared.waiting() != count {
            time::sleep(Duration::from_millis(1)).await;
        }
    };
    time::timeout(Duration::from_secs(20), queued)
        .await
        .expect("the jobs are queued");
}

const CANCELED: StoreError = StoreError::Timeout(TimeoutKind::QueryCanceled);
const POOL: StoreError = StoreError::Timeout(TimeoutKind::PoolTimeout);

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_takes_too_long_is_cancelled_and_its_thread_goes_on() {
    let lane = lane(1, 10);
    let slow = endless(Arc::clone(&lane), deadlines(30_000, 60)).await;
    assert_eq!(slow, Err(CANCELED));
    assert_eq!(quick(&lane, LONG).await, Ok(1), "the thread is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_no_thread_takes_in_time_is_given_up() {
    let lane = lane(1, 10);
    let busy = occupy(&lane).await;
    assert_eq!(quick(&lane, deadlines(20, 60_000)).await, Err(POOL));
    busy.abort();
    assert_eq!(
        quick(&lane, LONG).await,
        Ok(1),
        "a caller that leaves cancels its query"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_one_more_job_at_once() {
    let lane = lane(1, 2);
    let mut tasks = JoinSet::new();
    let busy = occupy(&lane).await;
    for _ in 0..2 {
        tasks.spawn(endless(Arc::clone(&lane), LONG));
    }
    queued(&lane, 2).await;
    assert_eq!(quick(&lane, LONG).await, Err(POOL), "at the limit plus one");
    assert!(tasks.try_join_next().is_none(), "at the limit all wait");
    busy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_thread_serves_while_the_first_is_busy() {
    let lane = lane(2, 10);
    let busy = occupy(&lane).await;
    for _ in 0..100 {
        assert_eq!(quick(&lane, LONG).await, Ok(1));
    }
    busy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_caller_of_a_batch_is_told_whoever_leaves() {
    let lane = lane(1, 10_000);
    let answered = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for index in 0..2_000_usize {
        let (lane, answered) = (Arc::clone(&lane), Arc::clone(&answered));
        let task = tasks.spawn(async move {
            assert_eq!(quick(&lane, LONG).await, Ok(1));
            answered.fetch_add(1, Ordering::Relaxed);
        });
        if index % 3 == 0 {
            task.abort();
        }
    }
    while tasks.join_next().await.is_some() {}
    assert!(answered.load(Ordering::Relaxed) >= 1_333);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_does_not_wait_for_the_slow_end_of_its_batch() {
    let lane = lane(1, 10);
    let mut tasks = JoinSet::new();
    // Queued while the thread is busy, the next two are one batch.
    let busy = occupy(&lane).await;
    let first = Arc::clone(&lane);
    // Looks for its answer when a thread should have taken it.
    tasks.spawn(async move { quick(&first, deadlines(5_000, 60_000)).await });
    queued(&lane, 1).await;
    tokio::spawn(endless(Arc::clone(&lane), LONG));
    queued(&lane, 2).await;
    busy.abort();
    let answered = time::timeout(Duration::from_secs(30), tasks.join_next()).await;
    assert_eq!(answered.unwrap().unwrap().unwrap(), Ok(1));
    lane.close();
}

/// Job 1 ends after job 2, which another thread took, was answered: its thread finds nothing more to
/// do, and nobody else is left to pass its reply on.
#[tokio::test]
async fn an_answer_is_told_when_another_thread_took_the_rest_of_its_batch() {
    let lane = lane(2, 10);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let first = lane.run(LONG, move |_, _| {
        held.recv().map_err(|_| closed())?;
        Ok(1)
    });
    let second = async {
        let answer = quick(&lane, LONG).await;
        // Time for the thread to pass on what it has.
        time::sleep(Duration::from_millis(50)).await;
        release.send(()).unwrap();
        answer
    };
    let both = async { tokio::join!(first, second) };
    let answers = time::timeout(Duration::from_secs(20), both).await;
    assert_eq!(answers, Ok((Ok(1), Ok(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_lane_answers_at_once_and_cancels_what_runs() {
    let lane = lane(1, 10);
    let running = occupy(&lane).await;
    let waiting = tokio::spawn(endless(Arc::clone(&lane), LONG));
    queued(&lane, 1).await;
    lane.close();
    let closed = Err(closed());
    assert_eq!(running.await.unwrap(), closed);
    assert_eq!(waiting.await.unwrap(), closed);
    assert_eq!(quick(&lane, LONG).await, closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_fails_alone() {
    let lane = lane(1, 10);
    let panicked: Result<(), _> = lane.run(LONG, |_, _| panic!("on purpose")).await;
    assert_eq!(
        panicked,
        Err(StoreError::Database("the job panicked".to_owned()))
    );
    assert_eq!(quick(&lane, LONG).await, Ok(1));
}

#[test]
fn a_caller_that_gave_up_and_a_commit_exclude_each_other() {
    let ticket = Ticket::default();
    assert!(ticket.start());
    assert!(ticket.abandon());
    assert_eq!(ticket.begin_commit(), Err(CANCELED));

    let ticket = Ticket::default();
    assert!(ticket.start());
    assert_eq!(ticket.begin_commit(), Ok(()));
    assert!(!ticket.abandon());
}
