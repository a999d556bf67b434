//! What a node works with, put together from what the configuration names: the database for what must
//! not be lost, Redis for what nodes share.

use std::sync::Arc;

use burgee_last_known_good::RecordFolder;
use burgee_redis::Redis;
use burgee_serve::Stores;
use burgee_store::{ChangeNotices, RecordCache, Store, StoreError};

use crate::config::Config;
use crate::counted;
use crate::store::Location;

/// The stores of a node that serves. Nothing is connected to, so nothing needs to be there.
pub(crate) fn of_node(config: &Config, store: &Arc<dyn Store>) -> Result<Stores, StoreError> {
    let redis = open_redis(config)?;
    let mut notices: Vec<Arc<dyn ChangeNotices>> = Vec::new();
    if config.instance.location() != Location::Absent {
        notices.push(Arc::clone(store) as _);
    }
    if let Some(redis) = &redis {
        notices.push(Arc::new(redis.clone()));
    }
    let admission = counted::choose(redis.as_ref(), store);
    tell(config);
    Ok(Stores {
        definitions: Arc::clone(store) as _,
        credentials: Arc::clone(store) as _,
        keys: Arc::clone(store) as _,
        usage: Arc::clone(&admission) as _,
        quotas: Arc::clone(&admission) as _,
        settings: admission,
        subjects: Arc::clone(store) as _,
        subject_writer: Arc::clone(store) as _,
        notices,
        shared: redis.clone().map(|redis| Arc::new(redis) as _),
        announcer: redis.map(|redis| Arc::new(redis) as _),
        last_good: last_good(config),
    })
}

/// What this node keeps for itself. A database in memory is new after every start, and what was known
/// of another is of no use with it.
fn last_good(config: &Config) -> Option<Arc<dyn RecordCache>> {
    let keeps = config.last_known_good.enabled && !config.instance.location().is_in_memory();
    let folder = config.last_known_good.config(&config.instance.data_dir);
    keeps.then(|| Arc::new(RecordFolder::new(folder)) as _)
}

/// What nodes share, if the configuration names it.
pub(crate) fn open_redis(config: &Config) -> Result<Option<Redis>, StoreError> {
    let location = config.instance.redis.clone();
    let opened = location.map(|location| Redis::open(&config.shared.config(location)));
    opened.transpose()
}

fn tell(config: &Config) {
    let shown = |location: Option<String>| location.unwrap_or_else(|| "none".to_owned());
    let redis = config.instance.redis.as_ref();
    let counted_in = if redis.is_some() { "redis" } else { "database" };
    tracing::info!(
        node.role = config.instance.role.name(),
        store.database = %config.instance.location(),
        store.replica = shown(config.postgres.replica.as_ref().map(ToString::to_string)),
        store.redis = shown(redis.map(ToString::to_string)),
        store.usage = counted_in,
        store.quotas = counted_in,
        store.settings = counted_in,
        "what this node works with",
    );
}
