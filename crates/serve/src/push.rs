//! Who waits for a change: polls that are held, and streams of events.
//!
//! Each waits in the line of its own environment (`line.rs`), so a change reaches those it concerns and
//! no other. Places are bounded, and whoever walks along a line (`walk.rs`) does so at a pace
//! (`pace.rs`), so that a change is no stampede.

mod answerer;
mod figures;
mod line;
mod pace;
pub(crate) mod patience;
mod places;
pub(crate) mod preference;
mod walk;

use std::{
    any::Any,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use burgee_model::ProjectToken;
use tokio::{sync::Notify, time::timeout};

use crate::{ServeConfig, jitter::jittered, metrics::Metrics, serving::Serving};

pub(crate) use answerer::{Answerer, Answering, Handover};
pub(crate) use figures::PushFigures;
use line::{Line, Number, Word};
use pace::Pace;
use places::Places;
use walk::Walk;

/// Longest time after which a client that was sent away comes back; it is told between half of it and
/// all of it.
const RETURN_MAX: Duration = Duration::from_secs(4);

/// What of an environment is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// Its definitions document; the version is the ETag's.
    Document,
    /// Its flags as they are evaluated; the version is the revision.
    Flags,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Topic {
    pub(crate) subject: Subject,
    pub(crate) token: ProjectToken,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Woken {
    /// There is another version.
    Change,
    /// What keys open there was changed: its own may open nothing any more.
    Keys,
    /// Its time has passed.
    Time,
    /// The node stops.
    Stop,
}

/// All that wait.
#[derive(Debug)]
pub(crate) struct Push {
    lines: Mutex<HashMap<Topic, Arc<Line>>>,
    places: Places,
    pace: Pace,
    is_stopping: AtomicBool,
    key_changes: AtomicU64,
    metrics: Arc<Metrics>,
}

impl Push {
    pub(crate) fn new(config: &ServeConfig, metrics: Arc<Metrics>) -> Self {
        Self {
            lines: Mutex::default(),
            places: Places::new(config.waiting_max),
            pace: Pace::new(config.releases_per_ms),
            is_stopping: AtomicBool::new(false),
            key_changes: AtomicU64::new(0),
            metrics,
        }
    }

    /// A place in the line of `topic` for somebody who has `version`, and whose key was looked at after
    /// `keys` of [`Self::key_changes`]. `None`: all places are taken.
    pub(crate) fn wait(
        self: &Arc<Self>,
        topic: &Topic,
        version: &str,
        keys: u64,
    ) -> Option<Waiting> {
        if !self.places.take() {
            self.metrics.push.waiting_refused.inc();
            return None;
        }
        let mut lines = self.lines();
        let line = lines.get(topic).cloned().unwrap_or_else(|| {
            let word = Word {
                version: Arc::from(version),
                is_stopping: self.is_stopping.load(Ordering::Acquire),
                keys: self.key_changes(),
            };
            let line = Arc::new(Line::new(topic.clone(), word));
            lines.insert(topic.clone(), Arc::clone(&line));
            line
        });
        // Under the lock, or the line could be taken away as an empty one.
        let (number, call) = line.enter(version, keys);
        Some(Waiting {
            push: Arc::clone(self),
            line,
            number,
            call,
        })
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.places.taken()
    }

    /// Sends everybody away: the node stops.
    pub(crate) fn stop(self: &Arc<Self>) {
        self.is_stopping.store(true, Ordering::Release);
        for line in self.lines().values() {
            self.tell_line(line, |word| !std::mem::replace(&mut word.is_stopping, true));
        }
    }

    /// How often keys were changed. To be asked before a key is looked at, so that no change of it is
    /// missed.
    pub(crate) fn key_changes(&self) -> u64 {
        self.key_changes.load(Ordering::Acquire)
    }

    /// What keys open of this environment was changed, and is in memory: wakes all who wait for its
    /// definitions, to look at theirs again.
    pub(crate) fn tell_keys(self: &Arc<Self>, token: &ProjectToken) {
        let keys = self.key_changes.fetch_add(1, Ordering::AcqRel) + 1;
        let topic = Topic {
            subject: Subject::Document,
            token: token.clone(),
        };
        if let Some(line) = self.lines().get(&topic) {
            self.tell_line(line, |word| {
                word.keys = keys;
                true
            });
        }
    }

    fn tell(self: &Arc<Self>, topic: &Topic, version: &str) {
        if let Some(line) = self.lines().get(topic) {
            self.tell_line(line, |word| {
                let is_news = *word.version != *version;
                if is_news {
                    word.version = Arc::from(version);
                }
                is_news
            });
        }
    }

    /// Changes the word of a line; if `change` says that it did, tells all who are in it by now.
    fn tell_line(self: &Arc<Self>, line: &Arc<Line>, change: impl FnOnce(&mut Word) -> bool) {
        if let Some(numbers) = line.change(change) {
            Walk::begin(self, line, numbers);
        }
    }

    /// An empty line is forgotten.
    fn forget_if_empty(&self, line: &Arc<Line>) {
        if !line.is_empty() {
            return;
        }
        let mut lines = self.lines();
        let is_this = |held: &Arc<Line>| Arc::ptr_eq(held, line);
        // Somebody may have come meanwhile.
        if line.is_empty() && lines.get(line.topic()).is_some_and(is_this) {
            lines.remove(line.topic());
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Topic, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something may have changed: wakes those who wait for it. To be called when what is held in memory
/// has been brought to its newest.
pub(crate) async fn tell_changes(serving: &Serving) {
    let topics: Vec<_> = serving.push().lines().keys().cloned().collect();
    for topic in topics {
        let version = current(serving, &topic).await;
        serving.push().tell(&topic, &version);
    }
}

/// The version to be had now. Empty for what cannot be had: whoever waits then asks, and hears why.
pub(crate) async fn current(serving: &Serving, topic: &Topic) -> String {
    match topic.subject {
        Subject::Document => {
            let document = serving.documents().get(&topic.token).await;
            document.map_or_else(
                |_| String::new(),
                |document| document.tag(None).into_owned(),
            )
        }
        Subject::Flags => {
            let environment = serving.environments().get(&topic.token).await;
            environment.map_or_else(
                |_| String::new(),
                |environment| environment.snapshot.revision().to_string(),
            )
        }
    }
}

/// When a client that is sent away should come back, in whole seconds: not all at once.
pub(crate) fn return_after() -> Duration {
    Duration::from_secs(jittered(RETURN_MAX).as_secs().max(1))
}

/// Somebody who waits. Takes one place.
#[derive(Debug)]
pub(crate) struct Waiting {
    push: Arc<Push>,
    line: Arc<Line>,
    number: Number,
    call: Arc<Notify>,
}

impl Waiting {
    /// Waits for another version than the one it has, or a change of keys, no longer than `limit`.
    pub(crate) async fn wake(&self, limit: Duration) -> Woken {
        let woken = self.hear(limit).await;
        self.push.metrics.push.observe_wakes(woken, 1);
        woken
    }

    /// The same, but a change need not wake it: then `handover` is answered, and this goes on waiting, so that
    /// whoever waits for it is not woken either. `None`: that was so, and the time has passed now.
    pub(crate) async fn wake_or_answer(
        &self,
        handover: Handover,
        limit: Duration,
    ) -> Option<Woken> {
        self.line.hand_over(self.number, handover);
        let woken = self.hear(limit).await;
        self.line.take_back(self.number).then(|| {
            self.push.metrics.push.observe_wakes(woken, 1);
            woken
        })
    }

    /// The one of those who wait for the same that is the same as `answerer`, or that.
    pub(crate) fn share<A: PartialEq + Any + Send + Sync>(&self, answerer: A) -> Arc<A> {
        self.line.share(Arc::new(answerer))
    }

    async fn hear(&self, limit: Duration) -> Woken {
        let heard = timeout(limit, self.line.hear(self.number, &self.call)).await;
        heard.unwrap_or(Woken::Time)
    }

    /// It has another version now.
    pub(crate) fn note(&self, version: &str) {
        self.line.note(self.number, version);
    }

    /// Its key is looked at again after so many of [`Push::key_changes`].
    pub(crate) fn note_keys(&self, keys: u64) {
        self.line.note_keys(self.number, keys);
    }

    /// The version that was told last.
    pub(crate) fn newest(&self) -> Arc<str> {
        self.line.version()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.line.leave(self.number) {
            self.push.places.give_back(1);
            self.push.forget_if_empty(&self.line);
        }
    }
}

#[cfg(test)]
mod tests;
