//! What this node keeps for itself, so that it can answer after a restart with everything else gone.
//!
//! Writing happens off the path of requests, through a bounded queue that holds each record once: at
//! most one write of a record a second, whatever happens to it. Reading happens only when everything
//! else failed.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use burgee_model::{Definitions, ProjectToken, Revision, Timestamp};
use burgee_store::{
    KeyDigest, KeyFingerprint, KeyGrant, OpenRecord, RecordError, RecordName, open_definitions,
    open_grants, seal_definitions, seal_grants,
};
use tokio::{sync::watch, time};

use crate::{
    Clock,
    document::Document,
    sources::RecordReader,
    streak::{Streak, Turn},
};

mod queue;

use queue::Queue;

/// How long the writer sleeps while what waits was written too recently.
const PAUSE: Duration = Duration::from_millis(100);

/// Keys whose last record is remembered, so that it is not written again as it is.
const FINGERPRINTS_MAX: usize = 100_000;

/// Something worth keeping, known to be the newest.
#[derive(Debug, Clone)]
pub(crate) enum Keepsake {
    Definitions(Arc<Definitions>),
    Document(ProjectToken, Arc<Document>),
    Grants(KeyDigest, Arc<[KeyGrant]>),
}

/// What is to be done with a record.
#[derive(Debug)]
enum Task {
    Keep(Keepsake, Timestamp),
    Forget,
}

/// This node's own records.
pub(crate) struct LastGood {
    reader: RecordReader,
    clock: Arc<dyn Clock>,
    queue: Queue,
    /// Later writes win, whatever revision they are of.
    writes: AtomicU64,
    /// What each key's record says.
    keys: Mutex<HashMap<KeyDigest, u32>>,
}

impl LastGood {
    pub(crate) fn new(reader: RecordReader, clock: Arc<dyn Clock>) -> Self {
        Self {
            reader,
            clock,
            queue: Queue::default(),
            writes: AtomicU64::new(0),
            keys: Mutex::new(HashMap::new()),
        }
    }

    /// Writes it when there is time. False: too much waits already, and this is not kept.
    pub(crate) fn keep(&self, keepsake: Keepsake) -> bool {
        if let Keepsake::Grants(digest, grants) = &keepsake {
            if !self.is_news(*digest, grants) {
                return true;
            }
            if grants.is_empty() {
                return self.queue.put(RecordName::Grants(*digest), Task::Forget);
            }
        }
        let name = keepsake.name();
        self.queue.put(name, Task::Keep(keepsake, self.clock.now()))
    }

    /// Removes the record when there is time.
    pub(crate) fn forget(&self, name: RecordName) {
        self.queue.put(name, Task::Forget);
    }

    /// Notes what the key opens. Keys that open nothing and never did are no news.
    fn is_news(&self, digest: KeyDigest, grants: &[KeyGrant]) -> bool {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if grants.is_empty() {
            return keys.remove(&digest).is_some();
        }
        if keys.len() >= FINGERPRINTS_MAX {
            keys.clear();
        }
        let newest = KeyFingerprint::of(&digest, grants).grants;
        keys.insert(digest, newest) != Some(newest)
    }

    pub(crate) async fn definitions(
        &self,
        token: &ProjectToken,
    ) -> Option<OpenRecord<Arc<Definitions>>> {
        let (name, token) = (RecordName::Definitions(token.clone()), token.clone());
        let open = move |record: &[u8]| open_definitions(&token, record);
        Some(shared(self.reader.read(name, open).await?))
    }

    pub(crate) async fn document(&self, token: &ProjectToken) -> Option<OpenRecord<Arc<Document>>> {
        let (name, token) = (RecordName::Document(token.clone()), token.clone());
        let open = move |record: &[u8]| Document::open(&token, record);
        Some(shared(self.reader.read(name, open).await?))
    }

    pub(crate) async fn grants(&self, digest: KeyDigest) -> Option<OpenRecord<Vec<KeyGrant>>> {
        let open = move |record: &[u8]| open_grants(digest, record);
        self.reader.read(RecordName::Grants(digest), open).await
    }

    /// Writes what was to be kept, until `stop` says so; then what still waits, and ends.
    pub(crate) async fn write(&self, mut stop: watch::Receiver<bool>) {
        let mut streak = Streak::default();
        loop {
            if *stop.borrow() {
                while let Some((name, task)) = self.queue.take_any() {
                    self.carry_out(name, task, &mut streak).await;
                }
                return;
            }
            let now_micros = self.clock.monotonic_micros();
            if let Some((name, task)) = self.queue.take_due(now_micros) {
                self.carry_out(name, task, &mut streak).await;
                continue;
            }
            let more = async {
                if self.queue.is_empty() {
                    self.queue.wait().await;
                } else {
                    time::sleep(PAUSE).await;
                }
            };
            tokio::select! {
                () = more => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn carry_out(&self, name: RecordName, task: Task, streak: &mut Streak) {
        let cache = &self.reader.cache();
        let done = match task {
            Task::Forget => cache.remove(&name).await.map_err(|error| error.to_string()),
            Task::Keep(keepsake, taken_at) => match keepsake.sealed(taken_at).await {
                Ok(record) => {
                    let version = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
                    let written = cache.write(&name, version, record).await;
                    written.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            },
        };
        self.reader.count_write(&name, done.is_ok());
        tell_turns(streak, &name, done.err());
    }
}

fn tell_turns(streak: &mut Streak, name: &RecordName, failure: Option<String>) {
    match streak.note(failure) {
        Some(Turn::Fails(reason)) => {
            tracing::warn!(record.name = %name, reason, "last known good cannot be kept");
        }
        Some(Turn::Recovers) => tracing::info!("last known good is kept again"),
        None => {}
    }
}

impl Keepsake {
    /// Of which environment, in which state. Keys have none.
    pub(crate) fn version(&self) -> Option<(&ProjectToken, Revision)> {
        match self {
            Self::Definitions(definitions) => Some((&definitions.token, definitions.revision)),
            Self::Document(token, document) => Some((token, document.revision)),
            Self::Grants(..) => None,
        }
    }

    pub(crate) fn name(&self) -> RecordName {
        match self {
            Self::Definitions(definitions) => RecordName::Definitions(definitions.token.clone()),
            Self::Document(token, _) => RecordName::Document(token.clone()),
            Self::Grants(digest, _) => RecordName::Grants(*digest),
        }
    }

    /// Compresses on a thread of its own: nobody waits for it.
    async fn sealed(self, taken_at: Timestamp) -> Result<Vec<u8>, RecordError> {
        let seal = move || match self {
            Self::Definitions(definitions) => seal_definitions(&definitions, taken_at),
            Self::Document(token, document) => document.seal(&token, taken_at),
            Self::Grants(digest, grants) => seal_grants(digest, &grants, taken_at),
        };
        let sealed = tokio::task::spawn_blocking(seal).await;
        sealed.unwrap_or_else(|_| Err(RecordError::Broken("sealing it panicked".to_owned())))
    }
}

fn shared<T>(record: OpenRecord<T>) -> OpenRecord<Arc<T>> {
    OpenRecord {
        taken_at: record.taken_at,
        payload: Arc::new(record.payload),
    }
}
