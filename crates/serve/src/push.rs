//! Who waits for a change: polls that are held, and streams of events.
//!
//! Each waits on the topic of its own environment, so a change wakes those it concerns and no other;
//! nothing here walks through all that wait. Places are bounded, and those that are woken together
//! take turns (`pace.rs`), so that a change is no stampede.

mod figures;
mod pace;
pub(crate) mod patience;
pub(crate) mod preference;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use burgee_model::ProjectToken;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep_until, timeout},
};

use crate::{ServeConfig, jitter::jittered, metrics::Metrics, serving::Serving};

pub(crate) use figures::PushFigures;
use pace::Pace;

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
    /// Its time has passed.
    Time,
    /// The node stops.
    Stop,
}

/// All that wait.
#[derive(Debug)]
pub(crate) struct Push {
    topics: Mutex<HashMap<Topic, watch::Sender<String>>>,
    places: Arc<Semaphore>,
    pace: Pace,
    metrics: Arc<Metrics>,
}

impl Push {
    pub(crate) fn new(config: &ServeConfig, metrics: Arc<Metrics>) -> Self {
        Self {
            topics: Mutex::default(),
            places: Arc::new(Semaphore::new(config.waiting_max)),
            pace: Pace::new(config.releases_per_ms),
            metrics,
        }
    }

    /// A place on `topic` for somebody who has `version`. `None`: all places are taken.
    pub(crate) fn wait(
        self: &Arc<Self>,
        topic: Topic,
        version: &str,
        stop: watch::Receiver<bool>,
    ) -> Option<Waiting> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.metrics.push.waiting_refused.inc();
            return None;
        };
        let told = self
            .topics()
            .entry(topic.clone())
            .or_insert_with(|| watch::Sender::new(version.to_owned()))
            .subscribe();
        self.metrics.push.waiting.inc();
        Some(Waiting {
            push: Arc::clone(self),
            topic,
            version: version.to_owned(),
            told,
            stop,
            _place: place,
        })
    }

    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, watch::Sender<String>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, topic: &Topic, version: &str) {
        if let Some(waiting) = self.topics().get(topic) {
            waiting.send_if_modified(|told| {
                let is_new = told != version;
                if is_new {
                    version.clone_into(told);
                }
                is_new
            });
        }
    }
}

/// Something may have changed: wakes those who wait for it. To be called when what is held in memory
/// has been brought to its newest.
pub(crate) async fn tell_changes(serving: &Serving) {
    let topics: Vec<_> = serving.push().topics().keys().cloned().collect();
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
    topic: Topic,
    version: String,
    told: watch::Receiver<String>,
    stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    /// Waits for another version than the one it has, no longer than `limit`, and for its turn.
    pub(crate) async fn wake(&mut self, limit: Duration) -> Woken {
        let (told, version) = (&mut self.told, &self.version);
        // The topic is there as long as somebody waits, so this cannot fail.
        let change = told.wait_for(|told| told != version);
        let woken = tokio::select! {
            changed = timeout(limit, change) => match changed {
                Ok(_) => Woken::Change,
                Err(_) => Woken::Time,
            },
            _ = self.stop.wait_for(|is_stopping| *is_stopping) => Woken::Stop,
        };
        if woken != Woken::Time
            && let Some(turn) = self.push.pace.turn()
        {
            sleep_until(turn).await;
        }
        self.push.metrics.push.observe_wake(woken);
        woken
    }

    /// The version it has.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// It has another version now.
    pub(crate) fn note(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    /// The version that was told last.
    pub(crate) fn newest(&self) -> String {
        self.told.borrow().clone()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.push.metrics.push.waiting.dec();
        let mut topics = self.push.topics();
        // This one still counts itself.
        if topics
            .get(&self.topic)
            .is_some_and(|waiting| waiting.receiver_count() <= 1)
        {
            topics.remove(&self.topic);
        }
    }
}
