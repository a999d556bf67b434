//! The keeper fills the cache that nodes share, so that a fleet asks the database for each change once
//! and a fleet that hands out definitions needs no database at all.
//!
//! It runs where changes are made, on nodes that may serve anything or that administer. What changed
//! is written first, the table of contents last, then the other nodes are given notice. Several
//! keepers need no lease: each record carries the version of what it says, and of two writers the one
//! that knows less loses.
//!
//! Every few seconds it looks whether the table of contents is still its own, says in it that it is up
//! to date, and reads some records back: a cache may lose or garble anything at any time.

use std::{sync::Arc, time::Duration};

use burgee_model::Timestamp;
use burgee_store::{
    ChangeAnnouncer, CredentialReader, DefinitionReader, RecordCache, RecordError, RecordName,
    RevisionList, SharedContents, StoreError, open_contents, seal_contents,
};
use tokio::{sync::watch, time};

use crate::{
    Clock,
    backoff::Backoff,
    cpu_pool::{CpuPool, CpuPoolError},
    metrics::Metrics,
    recent::RecentDefinitions,
    serving::Serving,
    sources::{Origin, RecordReader},
    streak::{Streak, Turn},
};

mod environments;
mod inspect;
mod keys;
mod written;

use written::Written;

/// Before the next turn after a failure; doubled with each failure that follows.
const PAUSE_FIRST: Duration = Duration::from_millis(200);

/// Longest such pause.
const PAUSE_LONGEST: Duration = Duration::from_secs(10);

/// Turns in a row in which the database is behind the cache before it counts as restored from a
/// backup. A replica that lags catches up sooner.
const TURNS_BEHIND_MAX: u32 = 5;

/// Everything is written anew this often, in microseconds, since caches forget in time.
const REWRITE_MICROS: u64 = 24 * 60 * 60 * 1_000_000;

/// Fills the shared cache.
#[derive(Clone)]
pub(crate) struct Keeper {
    /// For revisions.
    definitions: Arc<dyn DefinitionReader>,
    recent: Arc<RecentDefinitions>,
    credentials: Arc<dyn CredentialReader>,
    shared: Arc<dyn RecordCache>,
    reader: Arc<RecordReader>,
    announcer: Option<Arc<dyn ChangeAnnouncer>>,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
}

/// Why a turn did not do all it should.
#[derive(Debug, thiserror::Error)]
enum KeeperError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Cpu(#[from] CpuPoolError),
    #[error("definitions cannot be compressed: {0}")]
    Render(#[from] std::io::Error),
    #[error("the database is behind the shared cache")]
    Behind,
}

impl Keeper {
    /// `None`: this node has nothing to share with.
    pub(crate) fn new(serving: &Serving) -> Option<Self> {
        let (stores, cpu, metrics) = (serving.stores(), serving.cpu(), serving.metrics());
        let shared = Arc::clone(stores.shared.as_ref()?);
        Some(Self {
            definitions: Arc::clone(&stores.definitions),
            recent: Arc::clone(serving.sources().recent()),
            credentials: Arc::clone(&stores.credentials),
            reader: Arc::new(RecordReader::new(
                Arc::clone(&shared),
                Origin::Shared,
                serving.config().record_wait,
                cpu,
                metrics,
            )),
            shared,
            announcer: stores.announcer.clone(),
            cpu: Arc::clone(cpu),
            metrics: Arc::clone(metrics),
            clock: Arc::clone(serving.clock()),
        })
    }

    /// Keeps the cache filled until `stop` says so.
    pub(crate) async fn keep(&self, serving: &Serving, mut stop: watch::Receiver<bool>) {
        let mut written = Written::default();
        let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
        let mut streak = Streak::default();
        loop {
            written.suspect(serving.sources().broken_shared());
            let turn = self.turn(&mut written).await;
            tell_turns(&mut streak, turn.as_ref().err());
            if turn.is_err() {
                written.doubt();
                self.metrics.sources.note_keeper_failure();
            }
            let wait = match turn {
                Ok(()) | Err(KeeperError::Behind) => {
                    backoff.reset();
                    serving.config().keeper_interval
                }
                Err(_) => backoff.pause(),
            };
            tokio::select! {
                () = time::sleep(wait) => {}
                // Word of a change counts even while the last one could not be written.
                () = serving.heard_of_change() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn turn(&self, written: &mut Written) -> Result<(), KeeperError> {
        let now_micros = self.clock.monotonic_micros();
        written.renew_after(REWRITE_MICROS, now_micros);
        // Read before the store is asked, so that the store is not behind unless it was restored.
        let contents = self.reader.read(RecordName::Revisions, open_contents).await;
        written.compare(contents.map(|record| record.payload));
        let as_of = self.clock.now();
        let list = self.definitions.read_revisions(written.mark()).await?;
        let Some(list) = list else {
            self.inspect(written).await;
            if written.has_suspects() {
                return self.fill_again(written).await;
            }
            return self.write_contents(written.contents(), as_of).await;
        };
        if written.shared_mark() > Some(list.mark) {
            written.turns_behind += 1;
            if written.turns_behind < TURNS_BEHIND_MAX {
                return Err(KeeperError::Behind);
            }
            self.make_way(written, &list).await?;
        }
        written.turns_behind = 0;
        self.fill(written, list).await
    }

    async fn fill_again(&self, written: &mut Written) -> Result<(), KeeperError> {
        match self.definitions.read_revisions(None).await? {
            Some(list) => self.fill(written, list).await,
            None => Ok(()),
        }
    }

    /// Writes what differs from `list`, the table of contents last, and gives notice. What can be
    /// written is, whatever else cannot; the first failure is returned.
    async fn fill(&self, written: &mut Written, list: RevisionList) -> Result<(), KeeperError> {
        let as_of = self.clock.now();
        let environments = self.fill_environments(written, &list).await;
        let keys = self.fill_keys(written, list.mark).await;
        // Without all keys the table of contents would deny some.
        keys?;
        let is_news = written.adopt(&list);
        self.write_contents(written.contents(), as_of).await?;
        if is_news && let Some(announcer) = &self.announcer {
            announcer.announce(list.mark).await?;
        }
        environments?;
        written.complete(list.mark);
        Ok(())
    }

    async fn write_contents(
        &self,
        contents: SharedContents,
        as_of: Timestamp,
    ) -> Result<(), KeeperError> {
        let mark = contents.mark;
        let sealed = self
            .cpu
            .run(move || seal_contents(&contents, as_of))
            .await??;
        self.write(&RecordName::Revisions, mark, sealed).await
    }

    /// The database was restored from a backup: what is newer than it knows is removed, or nothing
    /// older could be written.
    async fn make_way(
        &self,
        written: &mut Written,
        list: &RevisionList,
    ) -> Result<(), KeeperError> {
        tracing::warn!(
            database.mark = list.mark,
            shared.mark = written.shared_mark(),
            "the database was restored; shared records are written anew"
        );
        self.remove(&RecordName::Revisions).await?;
        for token in written.newer_than(list) {
            self.remove(&RecordName::Definitions(token.clone())).await?;
            self.remove(&RecordName::Document(token)).await?;
        }
        *written = Written::making_way();
        Ok(())
    }

    async fn write(
        &self,
        name: &RecordName,
        version: u64,
        record: Vec<u8>,
    ) -> Result<(), KeeperError> {
        let done = self.shared.write(name, version, record).await;
        self.reader.count_write(name, done.is_ok());
        Ok(done?)
    }

    async fn remove(&self, name: &RecordName) -> Result<(), KeeperError> {
        Ok(self.shared.remove(name).await?)
    }
}

fn tell_turns(streak: &mut Streak, failure: Option<&KeeperError>) {
    match streak.note(failure) {
        Some(Turn::Fails(reason)) => {
            tracing::warn!(%reason, "the shared cache cannot be filled; trying again");
        }
        Some(Turn::Recovers) => tracing::info!("the shared cache is filled again"),
        None => {}
    }
}
