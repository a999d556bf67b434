//! Walks along a line with its word, and answers those whom it concerns, or wakes them if only they
//! can.
//!
//! At a pace, and some at a time: ten thousand answers at once would come before every other request of
//! the node. Nor are ten thousand tasks woken for it, each to look through memory of its own, cold by
//! then: what one answer needs is at hand for the next (ADR 10).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
};

use tokio::{runtime::Handle, task::yield_now, time::sleep_until};

use super::{
    Push, Woken,
    answerer::{Answering, Handovers},
    line::{Line, Number},
};
use crate::panic_guard::catch_panic;

/// Those who are answered before everything else has its turn.
const TOGETHER_MAX: usize = 32;

/// For so many there is another who walks, up to one a thread: beyond it, answers wait for a core.
const EACH: u64 = 2_500;

/// A walk, shared by those who walk.
pub(super) struct Walk {
    push: Arc<Push>,
    line: Arc<Line>,
    /// Whose turn is next.
    next: Mutex<Number>,
    end: Number,
}

impl Walk {
    /// Sets out, to tell all who are in the line by now and have numbers from `first` to before `end`.
    pub(super) fn begin(push: &Arc<Push>, line: &Arc<Line>, (first, end): (Number, Number)) {
        // Outside a runtime nobody waits.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let walk = Arc::new(Self {
            push: Arc::clone(push),
            line: Arc::clone(line),
            next: Mutex::new(first),
            end,
        });
        let threads = runtime.metrics().num_workers() as u64;
        for _ in 0..(end - first).div_ceil(EACH).min(threads) {
            runtime.spawn(Arc::clone(&walk).walk());
        }
    }

    async fn walk(self: Arc<Self>) {
        loop {
            yield_now().await;
            let count = self.line.count_some(self.left(), TOGETHER_MAX);
            if count == 0 {
                return;
            }
            if let Some(turn) = self.push.pace.turn(count) {
                sleep_until(turn).await;
            }
            for answering in self.tell().answers(Woken::Change) {
                answer(answering);
            }
        }
    }

    /// Carries the word to the next few, whom nobody else walks to. Those to be answered take no place
    /// any more.
    fn tell(&self) -> Handovers {
        let told = {
            let mut next = self.next();
            let told = self.line.tell((*next, self.end), TOGETHER_MAX);
            *next = told.next;
            told
        };
        let answered = told.handovers.count();
        self.push.places.give_back(answered);
        let figures = &self.push.metrics.push;
        figures.observe_wakes(Woken::Change, answered);
        self.push.forget_if_empty(&self.line);
        told.handovers
    }

    /// The numbers of those who are not told yet.
    fn left(&self) -> (Number, Number) {
        (*self.next(), self.end)
    }

    fn next(&self) -> MutexGuard<'_, Number> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers as far as that can be done without waiting for anything; the rest is done when it can be, and
/// keeps nobody else waiting. Nor does a panic.
fn answer(answering: Answering) {
    let mut answering = Box::pin(catch_panic(answering));
    let mut context = Context::from_waker(Waker::noop());
    if answering.as_mut().poll(&mut context).is_pending() {
        tokio::spawn(answering);
    }
}
