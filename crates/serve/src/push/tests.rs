//! Who in a line is woken or answered, when and by which word; on a paused clock where the pace matters.

use std::future::pending;

use axum::response::Response;
use tokio::{
    sync::mpsc,
    task::{JoinSet, yield_now},
    time::Instant,
};

use super::*;
use crate::{Outlet, Prepared};

const LONG: Duration = Duration::from_hours(1);

fn push(releases_per_ms: u32) -> Arc<Push> {
    let config = ServeConfig {
        releases_per_ms,
        ..ServeConfig::default()
    };
    Arc::new(Push::new(&config, Arc::new(Metrics::new())))
}

fn topic() -> Topic {
    Topic {
        subject: Subject::Document,
        token: ProjectToken::parse("phc_line").unwrap(),
    }
}

fn enter(push: &Arc<Push>) -> Waiting {
    let keys = push.key_changes();
    push.wait(&topic(), "1", keys).unwrap()
}

/// Puts this many into the line, who say by what they are woken.
async fn wait(push: &Arc<Push>, count: usize) -> JoinSet<Woken> {
    let waiting = (0..count).map(|_| enter(push));
    let waiting = waiting.map(|waiting| async move { waiting.wake(LONG).await });
    let waiting = waiting.collect();
    settle().await;
    waiting
}

/// Until every task waits for something.
async fn settle() {
    for _ in 0..1_000 {
        yield_now().await;
    }
}

/// Answers, or what it does instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    AtOnce,
    Never,
    Panicking,
}

impl Answerer for Answers {
    fn answer(self: Arc<Self>, _: Woken, outlets: Vec<Arc<dyn Outlet>>) -> Answering {
        Box::pin(async move {
            match *self {
                Self::AtOnce => {}
                Self::Never => pending().await,
                Self::Panicking => panic!("on purpose"),
            }
            let answer = Prepared::of(Response::default()).await;
            for outlet in outlets {
                outlet.send(&answer);
            }
        })
    }
}

/// Says that it is answered.
struct Says(mpsc::UnboundedSender<()>);

impl Outlet for Says {
    fn send(&self, _: &Prepared) {
        self.0.send(()).unwrap();
    }
}

/// Waits, or is answered.
async fn be_answered(
    waiting: &Waiting,
    answers: Answers,
    says: &mpsc::UnboundedSender<()>,
    limit: Duration,
) -> Option<Woken> {
    let handover = Handover {
        answerer: waiting.share(answers),
        outlet: Arc::new(Says(says.clone())),
    };
    waiting.wake_or_answer(handover, limit).await
}

/// Puts this many into the line, who wait or are answered in the way that goes with their number.
fn ask(
    push: &Arc<Push>,
    count: usize,
    says: &mpsc::UnboundedSender<()>,
    way: impl Fn(usize) -> Answers,
) -> JoinSet<Option<Woken>> {
    let asking = (0..count).map(|number| {
        let (waiting, says, answers) = (enter(push), says.clone(), way(number));
        async move { be_answered(&waiting, answers, &says, LONG).await }
    });
    asking.collect()
}

#[tokio::test(start_paused = true)]
async fn everybody_in_the_line_hears_of_a_change_at_its_pace() {
    let push = push(10);
    let waiting = wait(&push, 1_000).await;
    let began = Instant::now();
    push.tell(&topic(), "2");
    assert_eq!(waiting.join_all().await, vec![Woken::Change; 1_000]);
    let took = began.elapsed().as_millis();
    assert!((90..=130).contains(&took), "{took} ms");
    assert_eq!(push.waiting(), 0);
    assert!(push.lines().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_may_be_answered_is_and_is_not_woken_and_holds_nobody_up() {
    let push = push(10);
    let (says, mut answers) = mpsc::unbounded_channel();
    let mut woken = ask(&push, 1_000, &says, |number| match number % 10 {
        0 => Answers::Never,
        5 => Answers::Panicking,
        _ => Answers::AtOnce,
    });
    settle().await;
    let began = Instant::now();
    push.tell(&topic(), "2");
    for _ in 0..800 {
        answers.recv().await.unwrap();
    }
    let took = began.elapsed().as_millis();
    assert!((90..=130).contains(&took), "{took} ms");
    // The places of all are free by then.
    yield_now().await;
    assert_eq!(push.waiting(), 0);
    assert!(woken.try_join_next().is_none());
    assert_eq!(woken.join_all().await, vec![None; 1_000]);
    assert_eq!(began.elapsed(), LONG);
    assert!(answers.is_empty(), "nobody is answered twice");
}

#[tokio::test]
async fn whoever_answers_itself_is_answered_by_nobody_else() {
    let push = push(0);
    let (says, answers) = mpsc::unbounded_channel();
    let waiting = enter(&push);
    let woken = be_answered(&waiting, Answers::AtOnce, &says, Duration::ZERO).await;
    assert_eq!(woken, Some(Woken::Time));
    push.tell(&topic(), "2");
    let woken = be_answered(&waiting, Answers::AtOnce, &says, LONG).await;
    assert_eq!(woken, Some(Woken::Change), "told before it waited again");
    waiting.note("2");
    push.tell_keys(&topic().token);
    let woken = be_answered(&waiting, Answers::AtOnce, &says, LONG).await;
    assert_eq!(woken, Some(Woken::Keys));
    push.stop();
    let woken = be_answered(&waiting, Answers::AtOnce, &says, LONG).await;
    assert_eq!(woken, Some(Woken::Stop));
    yield_now().await;
    assert!(answers.is_empty());
}

#[tokio::test]
async fn who_comes_late_or_leaves_early_keeps_nobody_from_hearing() {
    let push = push(0);
    let mut leaving = wait(&push, 100).await;
    let waiting = wait(&push, 100).await;
    push.tell(&topic(), "2");
    // Some of them have been woken, and nobody has looked yet.
    leaving.abort_all();
    while leaving.join_next().await.is_some() {}
    push.tell(&topic(), "3");
    assert_eq!(waiting.join_all().await, vec![Woken::Change; 100]);
    let late = enter(&push);
    push.tell(&topic(), "4");
    assert_eq!(
        late.wake(LONG).await,
        Woken::Change,
        "without having waited"
    );
}

#[tokio::test]
async fn a_stop_is_heard_before_a_change() {
    let push = push(0);
    let waiting = wait(&push, 10).await;
    push.tell(&topic(), "2");
    push.stop();
    assert_eq!(waiting.join_all().await, vec![Woken::Stop; 10]);
}

#[tokio::test]
async fn a_version_that_one_has_wakes_nobody() {
    let push = push(0);
    let waiting = enter(&push);
    push.tell(&topic(), "2");
    waiting.note("2");
    let woken = timeout(Duration::from_millis(10), waiting.wake(LONG));
    woken.await.unwrap_err();
    push.tell(&topic(), "3");
    assert_eq!(waiting.wake(LONG).await, Woken::Change);
}

#[tokio::test]
async fn a_change_of_keys_is_heard_by_who_looked_at_its_own_before_it() {
    let push = push(0);
    let waiting = wait(&push, 100).await;
    let early = enter(&push);
    push.tell_keys(&topic().token);
    assert_eq!(waiting.join_all().await, vec![Woken::Keys; 100]);
    assert_eq!(early.wake(LONG).await, Woken::Keys, "without having waited");
    early.note_keys(push.key_changes());
    assert_eq!(early.wake(Duration::from_millis(10)).await, Woken::Time);
    push.tell(&topic(), "2");
    assert_eq!(early.wake(LONG).await, Woken::Change, "which says it all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_walk_answer_everybody_once() {
    let push = push(0);
    let (says, mut answers) = mpsc::unbounded_channel();
    let mut woken = ask(&push, 10_000, &says, |_| Answers::AtOnce);
    drop(says);
    // Some hear of it before they wait, and answer themselves: here, not at all.
    push.tell(&topic(), "2");
    while push.waiting() > 0 {
        yield_now().await;
    }
    woken.abort_all();
    let mut themselves = 0;
    while let Some(woken) = woken.join_next().await {
        themselves += usize::from(woken.is_ok_and(|woken| woken == Some(Woken::Change)));
    }
    let mut answered = 0;
    while answers.recv().await.is_some() {
        answered += 1;
    }
    assert_eq!(themselves + answered, 10_000);
}
