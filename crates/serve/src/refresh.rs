//! Keeps what is in memory at the newest revision that is to be heard of, and says when it cannot: a
//! stale cache that nobody notices is an outage in waiting.
//!
//! While anything is held that came from a record nobody confirmed, each turn looks at everything.
//! A look that failed is repeated soon, whatever the interval: a change may be waiting that nobody
//! gives notice of again.

use std::{sync::Arc, time::Duration};

use burgee_store::RevisionList;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    backoff::Backoff,
    notices, push,
    serving::Serving,
    sources::Heard,
    streak::{Streak, Turn},
    wake::Wake,
};

/// Before looking again after a failure; doubled with each failure that follows.
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// Longest such pause, where the interval is not shorter.
const PAUSE_LONGEST: Duration = Duration::from_secs(5);

/// Asks the store what changed, when there is word of a change and at least once an interval, until
/// `stop` says so.
pub(crate) async fn follow_changes(serving: Arc<Serving>, mut stop: watch::Receiver<bool>) {
    let interval = serving.config().revision_poll_interval;
    let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST.min(interval));
    let wake = Arc::new(Wake::default());
    let mut listening = JoinSet::new();
    for source in &serving.stores().notices {
        let (serving, source) = (Arc::clone(&serving), Arc::clone(source));
        listening.spawn(notices::listen(
            serving,
            source,
            Arc::clone(&wake),
            stop.clone(),
        ));
    }
    let mut mark = None;
    let mut streak = Streak::default();
    loop {
        let caught_up = catch_up(&serving, mark).await;
        tell_turns(&mut streak, caught_up.as_ref().err());
        let wait = match caught_up {
            Ok(newest) => {
                mark = newest;
                backoff.reset();
                interval
            }
            Err(_) => backoff.pause(),
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = wake.told(|mark| serving.sources().is_at(mark)) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn tell_turns(streak: &mut Streak, failure: Option<&String>) {
    match streak.note(failure) {
        Some(Turn::Fails(reason)) => {
            tracing::warn!(reason, "definitions cannot be read; answering from memory");
        }
        Some(Turn::Recovers) => tracing::info!("definitions are read again"),
        None => {}
    }
}

/// Returns the mark for the next call.
async fn catch_up(serving: &Serving, mark: Option<u64>) -> Result<Option<u64>, String> {
    let sources = serving.sources();
    let freshness = sources.freshness();
    let unconfirmed = freshness.unconfirmed();
    let mark = mark.filter(|_| !freshness.has_unconfirmed());
    let heard = sources.revisions(mark).await;
    let Heard { list, as_of } = heard.map_err(|error| error.to_string())?;
    let newest = match list {
        None => mark,
        Some(list) => {
            serving.note_change();
            renew(serving, &list).await?;
            Some(list.mark)
        }
    };
    freshness.confirm(as_of, unconfirmed);
    Ok(newest)
}

/// Brings all that is held to the newest. None waits for another to succeed: a revoked key is refused
/// while an environment cannot be read.
async fn renew(serving: &Serving, list: &RevisionList) -> Result<(), String> {
    let (keys, environments, documents) = tokio::join!(
        serving
            .credentials()
            .catch_up(|token| serving.push().tell_keys(token)),
        serving.environments().catch_up(&list.revisions),
        serving.documents().catch_up(&list.revisions),
    );
    push::tell_changes(serving).await;
    keys.map_err(|error| error.to_string())?;
    environments
        .and(documents)
        .map_err(|error| error.to_string())
}
