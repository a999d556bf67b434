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
    held: Cache<ProjectToken, Arc<Definitions>>,
}

impl RecentDefinitions {
    pub(crate) fn new(store: Arc<dyn DefinitionReader>) -> Self {
        let held = Cache::builder()
            .max_capacity(HELD_BYTES_MAX)
            .weigher(|_, definitions: &Arc<Definitions>| weight::of(definitions))
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
            None => self.read(token).await?,
        };
        match &read {
            Some(newest) => self.held.insert(token.clone(), Arc::clone(newest)).await,
            None => self.held.invalidate(token).await,
        }
        Ok(read)
    }

    /// Whether only what changed would be read of this environment.
    pub(crate) fn holds(&self, token: &ProjectToken) -> bool {
        self.held.contains_key(token)
    }

    async fn read_from(
        &self,
        token: &ProjectToken,
        known: Arc<Definitions>,
    ) -> Result<Option<Arc<Definitions>>, StoreError> {
        let at = (known.environment, known.revision);
        Ok(match self.store.read_change(token, at).await? {
            None => None,
            Some(DefinitionChange::Flags(change)) if change.revision == known.revision => {
                Some(known)
            }
            Some(change) => Some(Arc::new(change.apply(&known))),
        })
    }
}

#[cfg(test)]
mod tests;
