//! Definitions as the store has them. Of an environment that changed before, only what changed is
//! read: the next change of one flag among a hundred costs one flag.
//!
//! Environments that never change cost no memory here, and those that do, a bounded amount.

mod weight;

use std::sync::Arc;

use burgee_model::{Definitions, ProjectToken};
use burgee_store::{DefinitionChange, DefinitionReader, StoreError};
use moka::{future::Cache, policy::EvictionPolicy};

/// Estimated memory of what is held, in bytes.
const HELD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Reads definitions, and remembers those that change.
pub(crate) struct RecentDefinitions {
    store: Arc<dyn DefinitionReader>,
    held: Cache<ProjectToken, Held>,
}

#[derive(Clone)]
struct Held {
    definitions: Arc<Definitions>,
    /// What they weigh.
    bytes: u32,
}

impl RecentDefinitions {
    pub(crate) fn new(store: Arc<dyn DefinitionReader>) -> Self {
        let held = Cache::builder()
            .max_capacity(HELD_BYTES_MAX)
            .weigher(|_, held: &Held| held.bytes)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { store, held }
    }

    /// All of an environment, which nobody said has changed.
    pub(crate) async fn read(
        &self,
        token: &ProjectToken,
    ) -> Result<Option<Arc<Definitions>>, StoreError> {
        Ok(self.store.read_by_token(token).await?.map(Arc::new))
    }

    /// An environment that changed, and may change again.
    pub(crate) async fn read_changed(
        &self,
        token: &ProjectToken,
    ) -> Result<Option<Arc<Definitions>>, StoreError> {
        let read = match self.held.get(token).await {
            Some(known) => self.read_from(token, known).await?,
            None => self.read(token).await?.map(Held::whole),
        };
        match &read {
            Some(newest) => self.held.insert(token.clone(), newest.clone()).await,
            None => self.held.invalidate(token).await,
        }
        Ok(read.map(|held| held.definitions))
    }

    /// Whether only what changed would be read of this environment.
    pub(crate) fn holds(&self, token: &ProjectToken) -> bool {
        self.held.contains_key(token)
    }

    async fn read_from(
        &self,
        token: &ProjectToken,
        known: Held,
    ) -> Result<Option<Held>, StoreError> {
        let at = (known.definitions.environment, known.definitions.revision);
        let Some(change) = self.store.read_change(token, at).await? else {
            return Ok(None);
        };
        Ok(Some(known.after(change)))
    }
}

impl Held {
    fn whole(definitions: Arc<Definitions>) -> Self {
        let bytes = weight::of(&definitions);
        Self { definitions, bytes }
    }

    fn after(self, change: DefinitionChange) -> Self {
        let known = &*self.definitions;
        match change {
            DefinitionChange::Flags(change) if change.revision == known.revision => self,
            DefinitionChange::Flags(flags) => Self {
                bytes: weight::after(self.bytes, known, &flags),
                definitions: Arc::new(DefinitionChange::Flags(flags).apply(known)),
            },
            DefinitionChange::Whole(newest) => Self::whole(Arc::from(newest)),
        }
    }
}

#[cfg(test)]
mod tests;
