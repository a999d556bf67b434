//! Keeps fresh what operators set while nodes run: who is over quota, and who is never limited. Each is
//! read anew every few seconds, and requests only look in memory. While one cannot be read, what was
//! read of it last stands, which is counted, and logged when it begins and ends.

use std::{sync::Arc, time::Duration};

use burgee_store::StoreError;
use prometheus_client::metrics::counter::Counter;
use tokio::{
    sync::watch,
    time::{self, timeout},
};

use crate::{
    serving::Serving,
    streak::{Streak, Turn},
};

/// Time for reading one of them.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Keeps all of them fresh until `stop` says so. None waits for another.
pub(crate) async fn follow_runtime_settings(serving: Arc<Serving>, stop: watch::Receiver<bool>) {
    tokio::join!(
        follow(Followed::Quotas, &serving, stop.clone()),
        follow(Followed::AllowList, &serving, stop),
    );
}

async fn follow(followed: Followed, serving: &Serving, mut stop: watch::Receiver<bool>) {
    let mut ticks = time::interval(serving.config().quota_refresh_interval);
    ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    let mut streak = Streak::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let failure = match timeout(READ_TIMEOUT, followed.refresh(serving)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the store was too slow".to_owned()),
        };
        if failure.is_some() {
            followed.failures(serving).inc();
        }
        followed.tell_turns(&mut streak, failure);
    }
}

/// What is read again and again.
#[derive(Debug, Clone, Copy)]
enum Followed {
    Quotas,
    AllowList,
}

impl Followed {
    async fn refresh(self, serving: &Serving) -> Result<(), StoreError> {
        let stores = serving.stores();
        match self {
            Self::Quotas => {
                let now = serving.clock().now();
                serving.quotas().refresh(&*stores.quotas, now).await
            }
            Self::AllowList => {
                let allow_list = serving.rate_limits().allow_list();
                allow_list.refresh(&*stores.settings).await
            }
        }
    }

    fn failures(self, serving: &Serving) -> &Counter {
        let metrics = &serving.metrics().admission;
        match self {
            Self::Quotas => &metrics.quota_refresh_failures,
            Self::AllowList => &metrics.allow_list_refresh_failures,
        }
    }

    fn tell_turns(self, streak: &mut Streak, failure: Option<String>) {
        let what = match self {
            Self::Quotas => "quotas",
            Self::AllowList => "the allow list",
        };
        match streak.note(failure) {
            Some(Turn::Fails(reason)) => {
                tracing::warn!(
                    reason,
                    "{what} could not be read; what was read last stands"
                );
            }
            Some(Turn::Recovers) => tracing::info!("{what} could be read again"),
            None => {}
        }
    }
}
