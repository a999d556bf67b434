//! Who is never limited: those who are configured, until operators set others at runtime (spec: service
//! §8.4). Before it is known whether any are set, the configured ones stand.

use std::{collections::HashSet, sync::Arc};

use arc_swap::ArcSwap;
use burgee_model::ProjectToken;
use burgee_store::{SettingReader, StoreError, read_allow_list};

/// The list, in memory.
#[derive(Debug)]
pub(crate) struct AllowList {
    configured: Arc<HashSet<ProjectToken>>,
    present: ArcSwap<HashSet<ProjectToken>>,
}

impl AllowList {
    pub(super) fn new(configured: HashSet<ProjectToken>) -> Self {
        let configured = Arc::new(configured);
        Self {
            present: ArcSwap::new(Arc::clone(&configured)),
            configured,
        }
    }

    pub(super) fn contains(&self, token: &ProjectToken) -> bool {
        self.present.load().contains(token)
    }

    /// Reads anew what is set. On failure the present list stays.
    pub(crate) async fn refresh(&self, settings: &dyn SettingReader) -> Result<(), StoreError> {
        let present = match read_allow_list(settings).await? {
            Some(set) => Arc::new(set.into_iter().collect()),
            None => Arc::clone(&self.configured),
        };
        self.present.store(present);
        Ok(())
    }
}
