//! Who is over quota, from memory: the set is read anew every few seconds (`runtime_settings.rs`), and a
//! request only looks (spec: service §8.1). While it cannot be read, the last one stands; before it was
//! read, nobody is over quota.
//!
//! Surprising: what is over is remembered. The Node SDK throws its flags away when it is refused and
//! keeps its ETag (sdk-protocol trap 5); if it heard "not modified" afterwards, it would stay without
//! flags for ever. So the end of the last refusal is part of the ETag. All nodes read one set, so they
//! agree on it.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use burgee_model::{ProjectToken, Timestamp};
use burgee_store::{QuotaReader, StoreError};

/// How long the end of a refusal is part of an ETag. An SDK that polls has asked long before.
const REMEMBERED_SECONDS: i64 = 30 * 24 * 3_600;

/// The last second of each refusal, in Unix seconds.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    ends: ArcSwap<HashMap<ProjectToken, i64>>,
}

/// How an environment stands with its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has used up its quota.
    OverQuota,
    /// It has not.
    Free {
        /// Unix seconds of the end of its last refusal, if it is not long ago.
        refused_until: Option<i64>,
    },
}

impl Quotas {
    /// How an environment stands now.
    pub(crate) fn standing(&self, token: &ProjectToken, now: Timestamp) -> Standing {
        match self.ends.load().get(token).copied() {
            Some(end) if now.unix_seconds() <= end => Standing::OverQuota,
            refused_until => Standing::Free { refused_until },
        }
    }

    /// Reads the set anew. On failure the last one stays.
    pub(crate) async fn refresh(
        &self,
        reader: &dyn QuotaReader,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let since = Timestamp::from_unix_seconds(now.unix_seconds() - REMEMBERED_SECONDS);
        let quotas = reader.read_quotas(since).await?;
        let ends = quotas
            .into_iter()
            .map(|quota| (quota.until_unix_seconds(), quota))
            .map(|(end, quota)| (quota.token, end));
        self.ends.store(Arc::new(ends.collect()));
        Ok(())
    }
}
