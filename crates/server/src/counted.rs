//! Where requests are counted and quotas are set: in Redis if there is one, else in the database.

use std::sync::Arc;

use burgee_store::{QuotaReader, QuotaWriter, Store, StoreError, UsageStore};

use crate::config::Config;
use crate::store;
use crate::stores::open_redis;

/// For commands about usage and quotas.
pub(crate) struct Counted {
    /// Knows the environments, if it is there.
    pub(crate) store: Arc<dyn Store>,
    pub(crate) usage: Arc<dyn UsageStore>,
    pub(crate) quotas: Arc<dyn QuotaReader>,
    pub(crate) quota_writer: Arc<dyn QuotaWriter>,
}

/// Opens what the configuration names.
pub(crate) fn open(config: &Config) -> Result<Counted, StoreError> {
    let store = store::open(config)?;
    Ok(match open_redis(config)?.map(Arc::new) {
        Some(redis) => Counted {
            store,
            usage: Arc::clone(&redis) as _,
            quotas: Arc::clone(&redis) as _,
            quota_writer: redis,
        },
        None => Counted {
            usage: Arc::clone(&store) as _,
            quotas: Arc::clone(&store) as _,
            quota_writer: Arc::clone(&store) as _,
            store,
        },
    })
}
