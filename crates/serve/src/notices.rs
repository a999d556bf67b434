//! Listens for word of changes, so that a change is asked for when it is made instead of with the
//! next poll. The poll goes on all the same: what is lost here costs time and nothing else.

use std::{sync::Arc, time::Duration};

use burgee_store::{ChangeNotices, StoreError};
use tokio::{sync::watch, time::sleep};

use crate::{backoff::Backoff, serving::Serving, wake::Wake};

/// Before listening again after a failure; doubled with each failure that follows.
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// Longest such pause.
const PAUSE_LONGEST: Duration = Duration::from_secs(5);

/// Listens to `source` until `stop` says so. Wakes with each notice, and once whenever listening
/// begins, as notices may have been missed.
pub(crate) async fn listen(
    serving: Arc<Serving>,
    source: Arc<dyn ChangeNotices>,
    wake: Arc<Wake>,
    mut stop: watch::Receiver<bool>,
) {
    let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
    let mut is_failing = false;
    loop {
        let hear = hear(&serving, &*source, &wake, || {
            if std::mem::take(&mut is_failing) {
                tracing::info!("notices of changes are heard again");
            }
            backoff.reset();
        });
        let failure = tokio::select! {
            failure = hear => failure,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        serving.metrics().push.notice_failures.inc();
        if !std::mem::replace(&mut is_failing, true) {
            tracing::warn!(reason = %failure, "notices of changes are not heard; polling goes on");
        }
        tokio::select! {
            () = sleep(backoff.pause()) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Ends with what went wrong.
async fn hear(
    serving: &Serving,
    source: &dyn ChangeNotices,
    wake: &Wake,
    mut begun: impl FnMut(),
) -> StoreError {
    let mut listener = match source.listen().await {
        Ok(listener) => listener,
        Err(failure) => return failure,
    };
    begun();
    wake.tell(None);
    loop {
        match listener.next().await {
            Ok(mark) => {
                serving.metrics().push.notices.inc();
                wake.tell(mark);
            }
            Err(failure) => return failure,
        }
    }
}
