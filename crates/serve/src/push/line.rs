//! Those who wait on one topic, in the order in which they came, and the word they wait for.
//!
//! One waiter is woken at a time, by somebody who walks along the line at a pace: a word that woke all
//! of them at once would put ten thousand answers before every other request of the node.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{runtime::Handle, sync::Notify, task::yield_now, time::sleep_until};

use super::{Topic, Woken, pace::Pace};

/// Waiters that are woken before everything else has its turn.
const WOKEN_TOGETHER_MAX: usize = 32;

/// What is to be known of a topic.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) version: Arc<str>,
    pub(super) is_stopping: bool,
    /// Which change of keys (`Push::key_changes`) concerned this topic last.
    pub(super) keys: u64,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    topic: Topic,
    word: Mutex<Word>,
    /// Wakes whoever has waited longest.
    next: Notify,
    waiting: AtomicUsize,
}

impl Line {
    pub(super) fn new(topic: Topic, word: Word) -> Self {
        Self {
            topic,
            word: Mutex::new(word),
            next: Notify::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    pub(super) fn topic(&self) -> &Topic {
        &self.topic
    }

    pub(super) fn version(&self) -> Arc<str> {
        Arc::clone(&self.word().version)
    }

    /// One more is in the line.
    pub(super) fn enter(&self) {
        self.waiting.fetch_add(1, Ordering::AcqRel);
    }

    /// One has left; returns whether it was the last.
    pub(super) fn leave(&self) -> bool {
        self.waiting.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
    }

    /// Until there is another version than this one, keys were changed after as many changes of keys as
    /// `keys` says, or the node stops.
    pub(super) async fn hear(&self, version: &str, keys: u64) -> Woken {
        loop {
            let mut woken = std::pin::pin!(self.next.notified());
            // In the line before looking, so that no word is missed.
            woken.as_mut().enable();
            if let Some(heard) = self.heard(version, keys) {
                return heard;
            }
            woken.await;
            // Most are woken by what they wait for, and need not stand in line again to see it.
            if let Some(heard) = self.heard(version, keys) {
                return heard;
            }
        }
    }

    fn heard(&self, version: &str, keys: u64) -> Option<Woken> {
        let word = self.word();
        if word.is_stopping {
            Some(Woken::Stop)
        } else if *word.version != *version {
            Some(Woken::Change)
        } else {
            (word.keys > keys).then_some(Woken::Keys)
        }
    }

    /// Changes the word; if `change` says that it did, tells all who are in the line by now.
    pub(super) fn tell(self: &Arc<Self>, pace: &Arc<Pace>, change: impl FnOnce(&mut Word) -> bool) {
        let is_news = change(&mut self.word());
        // Outside a runtime nobody waits.
        if is_news && let Ok(runtime) = Handle::try_current() {
            runtime.spawn(Arc::clone(self).walk(Arc::clone(pace)));
        }
    }

    async fn walk(self: Arc<Self>, pace: Arc<Pace>) {
        for at in 0..self.waiting.load(Ordering::Acquire) {
            if at % WOKEN_TOGETHER_MAX == 0 {
                yield_now().await;
            }
            if let Some(turn) = pace.turn() {
                sleep_until(turn).await;
            }
            self.next.notify_one();
        }
    }

    fn word(&self) -> MutexGuard<'_, Word> {
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
