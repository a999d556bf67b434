//! Where requests are counted, and where is set who may ask: in Redis if there is one, else in the
//! database.

use std::sync::Arc;

use burgee_redis::Redis;
use burgee_store::{AdmissionStore, Store, StoreError};

use crate::config::Config;
use crate::store;
use crate::stores::open_redis;

/// For commands about usage, quotas and the allow list.
pub(crate) struct Counted {
    /// Knows the environments, if it is there.
    pub(crate) store: Arc<dyn Store>,
    pub(crate) admission: Arc<dyn AdmissionStore>,
}

/// Opens what the configuration names.
pub(crate) fn open(config: &Config) -> Result<Counted, StoreError> {
    let store = store::open(config)?;
    let admission = choose(open_redis(config)?.as_ref(), &store);
    Ok(Counted { store, admission })
}

/// The one of the two that commands and nodes look at.
pub(crate) fn choose(redis: Option<&Redis>, store: &Arc<dyn Store>) -> Arc<dyn AdmissionStore> {
    match redis {
        Some(redis) => Arc::new(redis.clone()),
        None => Arc::clone(store) as _,
    }
}
