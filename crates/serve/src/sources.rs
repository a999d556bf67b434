//! Where definitions, documents and what keys open come from, once they are not in memory.
//!
//! | | first | then | last |
//! |---|---|---|---|
//! | definitions to compile | the store | the shared record | this node's own record |
//! | documents to send | the shared record, if it is the newest | the store, and rendering | this node's own record |
//! | the same, when one flag changes after another | the store: it tells what changed | as above | – |
//! | what a key opens | the store | the shared record, if it is the newest | this node's own record |
//! | revisions | the store | the shared table of contents | – |
//!
//! Whoever evaluates has the store at hand for persons anyway, and hears of a change from it first.
//! A document is rendered and compressed by the writer of a change, once for the whole fleet. Keys are
//! asked of the store first, since taking one away must hold at once; a fleet that has no store hears
//! of it from the table of contents, which says what each key opens now.
//!
//! A miss writes nothing anywhere but to this node's own disk, so that a cold fleet is not a storm of
//! writes. What comes from a record that nobody confirmed makes the node [stale](Freshness) until
//! somebody does. That nobody has a token or a key is believed of the store, or of a table of contents
//! that is fresh; never of silence.

use std::{future::Future, sync::Arc, time::Duration};

use burgee_model::{Definitions, EnvironmentId, ProjectToken, Revision, TimeoutKind, Timestamp};
use burgee_store::{
    CredentialReader, DefinitionReader, OpenRecord, RecordName, RevisionList, StoreError,
    open_contents,
};
use tokio::time::timeout;

use crate::{
    Clock, ServeConfig, Stores,
    cpu_pool::CpuPool,
    environment::EnvironmentError,
    last_good::{Keepsake, LastGood},
    metrics::Metrics,
    recent::RecentDefinitions,
};

mod definitions;
mod document;
mod figures;
mod freshness;
mod grants;
mod known;
mod record_reader;
mod unconfirmed;

pub(crate) use figures::SourceFigures;
pub(crate) use freshness::Freshness;
use known::{KeyStanding, Known};
pub(crate) use record_reader::RecordReader;
use unconfirmed::Unconfirmed;

/// Reads of one environment before giving up on reaching the newest known revision.
const READS_MAX: usize = 3;

/// Where something came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    Store,
    Shared,
    LastGood,
}

impl Origin {
    /// In logs and metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Shared => "shared",
            Self::LastGood => "last_good",
        }
    }
}

/// How a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReadOutcome {
    Read,
    Absent,
    /// Whole, but not the newest that was announced.
    OutOfDate,
    Broken,
    Failed,
}

/// What will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Something is held already; only what is newest replaces it.
    Newest,
    /// Nothing is held, and somebody waits.
    Anything,
}

/// What was said of revisions.
#[derive(Debug)]
pub(crate) struct Heard {
    /// `None`: nothing changed.
    pub(crate) list: Option<RevisionList>,
    /// When it was true.
    pub(crate) as_of: Timestamp,
}

/// All places that this node reads from.
pub(crate) struct Sources {
    /// For revisions.
    definitions: Arc<dyn DefinitionReader>,
    recent: Arc<RecentDefinitions>,
    credentials: Arc<dyn CredentialReader>,
    shared: Option<RecordReader>,
    last_good: Option<LastGood>,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    freshness: Freshness,
    known: Known,
    unconfirmed: Unconfirmed,
    store_wait: Duration,
    /// In seconds.
    stale_after: u64,
}

impl Sources {
    pub(crate) fn new(
        stores: &Stores,
        cpu: &Arc<CpuPool>,
        metrics: &Arc<Metrics>,
        clock: &Arc<dyn Clock>,
        config: &ServeConfig,
    ) -> Self {
        let definitions = &stores.definitions;
        let recent = RecentDefinitions::new(Arc::clone(definitions));
        let reader = |cache: &Arc<_>, origin| {
            RecordReader::new(Arc::clone(cache), origin, config.record_wait, cpu, metrics)
        };
        let shared = stores.shared.as_ref();
        let last_good = stores.last_good.as_ref();
        Self {
            definitions: Arc::clone(definitions),
            recent: Arc::new(recent),
            credentials: Arc::clone(&stores.credentials),
            shared: shared.map(|cache| reader(cache, Origin::Shared)),
            last_good: last_good
                .map(|cache| LastGood::new(reader(cache, Origin::LastGood), Arc::clone(clock))),
            cpu: Arc::clone(cpu),
            metrics: Arc::clone(metrics),
            clock: Arc::clone(clock),
            freshness: Freshness::new(Arc::clone(clock)),
            known: Known::default(),
            unconfirmed: Unconfirmed::default(),
            store_wait: config.store_wait,
            stale_after: config.stale_after.as_secs(),
        }
    }

    pub(crate) fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    pub(crate) fn recent(&self) -> &Arc<RecentDefinitions> {
        &self.recent
    }

    pub(crate) fn last_good(&self) -> Option<&LastGood> {
        self.last_good.as_ref()
    }

    /// Shared records that this node found broken since this was called last.
    pub(crate) fn broken_shared(&self) -> Vec<RecordName> {
        self.shared
            .as_ref()
            .map_or_else(Vec::new, RecordReader::take_broken)
    }

    /// The age in seconds, if it is past the threshold.
    pub(crate) fn stale_seconds(&self) -> Option<u64> {
        let age = self.freshness.age_seconds()?;
        (age >= self.stale_after).then_some(age)
    }

    /// Whether there is such an environment; `None`: nobody said yet which there are.
    pub(crate) fn knows(&self, environment: EnvironmentId) -> Option<bool> {
        self.known.knows(environment)
    }

    /// Whether the change that made this mark is known, by the store: what nodes share is completed
    /// under a mark that it has already.
    pub(crate) fn is_at(&self, mark: u64) -> bool {
        self.known.is_at(Origin::Store, mark)
    }

    /// What changed since `mark`, by the store or else by the shared table of contents. When the two
    /// take turns, everything counts as changed.
    pub(crate) async fn revisions(&self, mark: Option<u64>) -> Result<Heard, StoreError> {
        let origin = self.known.origin();
        let since = |asked| mark.filter(|_| origin == Some(asked));
        let read = self.definitions.read_revisions(since(Origin::Store));
        let error = match self.ask_store(Wanted::Anything, read).await {
            Ok(list) => {
                if let Some(list) = &list {
                    self.known
                        .replace(Origin::Store, list.mark, &list.revisions, &[]);
                    self.keep_confirmed();
                }
                let as_of = self.clock.now();
                return Ok(Heard { list, as_of });
            }
            Err(error) => error,
        };
        let Some(shared) = &self.shared else {
            return Err(error);
        };
        let contents = shared.read(RecordName::Revisions, open_contents).await;
        let OpenRecord { taken_at, payload } = contents.ok_or(error)?;
        let list = if mark.is_some() && self.known.is_of(&payload) {
            None
        } else {
            let (origin, revisions) = (Origin::Shared, &payload.revisions);
            self.known
                .replace(origin, payload.mark, revisions, &payload.keys);
            self.keep_confirmed();
            Some(RevisionList {
                mark: payload.mark,
                revisions: payload.revisions,
            })
        };
        Ok(Heard {
            list,
            as_of: taken_at,
        })
    }

    /// Nobody has this token any more.
    pub(crate) fn forget(&self, token: &ProjectToken) {
        if let Some(last_good) = &self.last_good {
            last_good.forget(RecordName::Definitions(token.clone()));
            last_good.forget(RecordName::Document(token.clone()));
        }
    }

    fn keep(&self, keepsake: Keepsake) {
        if let Some(last_good) = &self.last_good
            && !last_good.keep(keepsake)
        {
            self.metrics.sources.note_dropped();
        }
    }

    /// A read that a change overtook is made again, so that nothing older than what is known stays.
    async fn read_store(
        &self,
        token: &ProjectToken,
        wanted: Wanted,
    ) -> Result<Option<Arc<Definitions>>, StoreError> {
        let mut reads = 0;
        let name = RecordName::Definitions(token.clone());
        loop {
            reads += 1;
            let read = match wanted {
                Wanted::Newest => self.recent.read_changed(token).await,
                Wanted::Anything => self.ask_store(wanted, self.recent.read(token)).await,
            };
            let outcome = match &read {
                Ok(Some(definitions)) => {
                    let announced = self.known.announced(token);
                    if announced.is_none_or(|announced| definitions.revision >= announced) {
                        ReadOutcome::Read
                    } else {
                        ReadOutcome::OutOfDate
                    }
                }
                Ok(None) => ReadOutcome::Absent,
                Err(_) => ReadOutcome::Failed,
            };
            self.metrics
                .sources
                .note_read(Origin::Store, &name, outcome);
            if outcome != ReadOutcome::OutOfDate {
                return read;
            }
            if reads == READS_MAX {
                // A replica that lags: better than nothing, and asked again soon.
                self.freshness.note_unconfirmed(self.clock.now());
                return read;
            }
        }
    }

    /// Somebody who waits is not kept waiting by a store while there is another place to look.
    async fn ask_store<T>(
        &self,
        wanted: Wanted,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let has_other = self.shared.is_some() || self.last_good.is_some();
        if wanted == Wanted::Newest || !has_other {
            return read.await;
        }
        let late = Err(StoreError::Timeout(TimeoutKind::QueryCanceled));
        timeout(self.store_wait, read).await.unwrap_or(late)
    }

    /// An error if it is certain that nobody has this token.
    fn check_known(&self, token: &ProjectToken) -> Result<(), EnvironmentError> {
        if self.known.lacks(token) && self.stale_seconds().is_none() {
            return Err(EnvironmentError::Unknown);
        }
        Ok(())
    }

    /// Better than nothing, and kept when it turns out to be the newest.
    fn take_unconfirmed<T>(
        &self,
        record: Option<OpenRecord<T>>,
        keepsake: impl Fn(&T) -> Keepsake,
    ) -> Option<T> {
        let OpenRecord { taken_at, payload } = record?;
        let keepsake = keepsake(&payload);
        if !self.is_newest(&keepsake) {
            self.freshness.note_unconfirmed(taken_at);
            if self.last_good.is_some() {
                self.unconfirmed.hold(keepsake.clone());
                // Said meanwhile, and perhaps not again for long.
                if self.is_newest(&keepsake) {
                    self.keep_confirmed();
                }
            }
        }
        Some(payload)
    }

    fn keep_confirmed(&self) {
        let confirmed = self.unconfirmed.take();
        let confirmed = confirmed.filter(|keepsake| self.is_newest(keepsake));
        confirmed.for_each(|keepsake| self.keep(keepsake));
    }

    fn is_newest(&self, keepsake: &Keepsake) -> bool {
        let version = keepsake.version();
        version.is_some_and(|(token, revision)| self.known.is_newest(token, revision))
    }
}

fn newer<T>(
    one: Option<OpenRecord<T>>,
    other: Option<OpenRecord<T>>,
    revision: impl Fn(&T) -> Revision,
) -> Option<OpenRecord<T>> {
    match (one, other) {
        (Some(one), Some(other)) if revision(&other.payload) > revision(&one.payload) => {
            Some(other)
        }
        (one, other) => one.or(other),
    }
}
