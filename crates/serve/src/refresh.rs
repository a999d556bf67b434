//! Keeps the environments in memory at the store's newest revision, and says when it cannot: a
//! stale cache that nobody notices is an outage in waiting.

use std::sync::Arc;

use burgee_store::DefinitionReader;
use tokio::{sync::watch, time};

use crate::serving::Serving;

/// Asks the store what changed until `stop` says so.
pub(crate) async fn follow_changes(serving: Arc<Serving>, mut stop: watch::Receiver<bool>) {
    let mut ticks = time::interval(serving.config().revision_poll_interval);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut mark = None;
    let mut is_failing = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        match catch_up(&serving, mark).await {
            Ok(newest) => {
                mark = newest;
                serving.note_refreshed();
                if is_failing {
                    tracing::info!("definitions are read again");
                }
                is_failing = false;
            }
            Err(reason) => {
                if !is_failing {
                    tracing::warn!(reason, "definitions cannot be read; answering from memory");
                }
                is_failing = true;
            }
        }
    }
}

/// Returns the mark for the next call.
async fn catch_up(serving: &Serving, mark: Option<u64>) -> Result<Option<u64>, String> {
    let reader: &dyn DefinitionReader = &**serving.definitions();
    let changed = reader
        .read_revisions(mark)
        .await
        .map_err(|error| error.to_string())?;
    let Some(list) = changed else { return Ok(mark) };
    // None waits for another to succeed: a revoked key is refused while an environment cannot be read.
    let keys = serving.credentials().catch_up().await;
    let environments = serving.environments().catch_up(&list.revisions).await;
    let documents = serving.documents().catch_up(&list.revisions).await;
    keys.map_err(|error| error.to_string())?;
    environments
        .and(documents)
        .map_err(|error| error.to_string())?;
    Ok(Some(list.mark))
}
