//! Reads records from a cache that is not trusted: in bounded time, and nothing that is not whole.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use burgee_store::{OpenRecord, RecordCache, RecordError, RecordName, StoreError};
use tokio::time::timeout;

use super::{Origin, ReadOutcome};
use crate::{cpu_pool::CpuPool, metrics::Metrics};

/// Broken records that are remembered, so that each is told of once.
const BROKEN_MAX: usize = 1_000;

/// Reads from one cache.
pub(crate) struct RecordReader {
    cache: Arc<dyn RecordCache>,
    origin: Origin,
    /// Past it, a record is as good as not there.
    wait: Duration,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    broken: Mutex<HashSet<RecordName>>,
}

impl RecordReader {
    pub(crate) fn new(
        cache: Arc<dyn RecordCache>,
        origin: Origin,
        wait: Duration,
        cpu: &Arc<CpuPool>,
        metrics: &Arc<Metrics>,
    ) -> Self {
        Self {
            cache,
            origin,
            wait,
            cpu: Arc::clone(cpu),
            metrics: Arc::clone(metrics),
            broken: Mutex::new(HashSet::new()),
        }
    }

    /// The record, opened off the request's thread. `None`: it is not there, cannot be read, or is
    /// broken; that is counted, and told of when it begins.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        name: RecordName,
        open: impl FnOnce(&[u8]) -> Result<OpenRecord<T>, RecordError> + Send + 'static,
    ) -> Option<OpenRecord<T>> {
        let bytes = match timeout(self.wait, self.cache.read(&name)).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => {
                self.count(&name, ReadOutcome::Absent);
                return None;
            }
            Ok(Err(StoreError::Corrupt(reason))) => {
                self.note_broken(&name, &RecordError::Broken(reason)).await;
                return None;
            }
            failed => {
                self.note_failure(&name, failed.ok().and_then(Result::err));
                return None;
            }
        };
        let opened = match self.cpu.run(move || open(&bytes)).await {
            Ok(opened) => opened,
            Err(busy) => {
                self.count(&name, ReadOutcome::Failed);
                tracing::debug!(record.name = %name, reason = %busy, "a record is not opened");
                return None;
            }
        };
        match opened {
            Ok(record) => {
                self.count(&name, ReadOutcome::Read);
                self.with_broken(|broken| broken.remove(&name));
                Some(record)
            }
            Err(reason) => {
                self.note_broken(&name, &reason).await;
                None
            }
        }
    }

    /// Records that were found broken since this was called last, unless they were found whole since.
    pub(crate) fn take_broken(&self) -> Vec<RecordName> {
        self.with_broken(|broken| broken.drain().collect())
    }

    pub(crate) fn cache(&self) -> &dyn RecordCache {
        &*self.cache
    }

    /// Counts a write of a record.
    pub(crate) fn count_write(&self, name: &RecordName, is_ok: bool) {
        self.metrics.sources.note_write(self.origin, name, is_ok);
    }

    pub(crate) fn count(&self, name: &RecordName, outcome: ReadOutcome) {
        self.metrics.sources.note_read(self.origin, name, outcome);
    }

    fn note_failure(&self, name: &RecordName, error: Option<StoreError>) {
        self.count(name, ReadOutcome::Failed);
        let reason = error.map_or_else(|| "it took too long".to_owned(), |e| e.to_string());
        tracing::debug!(record.name = %name, record.source = self.origin.label(), reason,
            "a record cannot be read");
    }

    /// A node's own broken record is removed, to be written again; a shared one is for its writer to
    /// replace, since it may be in a format that only this node does not know yet.
    async fn note_broken(&self, name: &RecordName, reason: &RecordError) {
        self.count(name, ReadOutcome::Broken);
        let is_new =
            self.with_broken(|broken| broken.len() < BROKEN_MAX && broken.insert(name.clone()));
        if is_new {
            tracing::warn!(record.name = %name, record.source = self.origin.label(), %reason,
                "a record is broken and is not used");
        }
        if self.origin == Origin::LastGood
            && let Err(error) = self.cache.remove(name).await
        {
            tracing::warn!(record.name = %name, %error, "a broken record cannot be removed");
        }
    }

    fn with_broken<T>(&self, look: impl FnOnce(&mut HashSet<RecordName>) -> T) -> T {
        look(&mut self.broken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
