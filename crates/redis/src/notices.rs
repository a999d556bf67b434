//! Notices of changes by publishing to one channel; what is said is the mark of the change.
//!
//! A connection that only listens never finds out by itself that the other end is gone. So whenever
//! nothing was heard for a while, the listener asks whether anybody is there.

use std::time::Duration;

use async_trait::async_trait;
use burgee_store::{ChangeAnnouncer, ChangeListener, ChangeNotices, StoreError};
use futures_util::{FutureExt as _, StreamExt as _};
use redis::{
    Msg,
    aio::{PubSubSink, PubSubStream},
    cmd,
};
use tokio::time::timeout;

use crate::{
    Redis,
    error::{from_redis, late},
    link::connecting_took_too_long,
};

#[async_trait]
impl ChangeNotices for Redis {
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError> {
        let connecting = timeout(self.inner.connect_timeout, self.inner.topology.subscribe());
        let connected = connecting
            .await
            .unwrap_or_else(|_| Err(connecting_took_too_long()));
        let (mut sink, stream) = connected?.split();
        let limit = self.inner.read_timeout;
        match timeout(limit, sink.subscribe(self.channel())).await {
            Ok(subscribed) => subscribed.map_err(from_redis)?,
            Err(_) => return Err(late()),
        }
        Ok(Box::new(Listener {
            sink,
            stream,
            ping_interval: self.inner.ping_interval,
            ping_timeout: limit,
        }))
    }
}

#[async_trait]
impl ChangeAnnouncer for Redis {
    async fn announce(&self, mark: u64) -> Result<(), StoreError> {
        let mut command = cmd("PUBLISH");
        command.arg(self.channel()).arg(mark);
        let limit = self.inner.write_timeout;
        self.inner.counters.command(limit, &command).await
    }
}

impl Redis {
    fn channel(&self) -> String {
        format!("{}changes", self.inner.prefix)
    }
}

/// A subscription.
struct Listener {
    sink: PubSubSink,
    stream: PubSubStream,
    ping_interval: Duration,
    ping_timeout: Duration,
}

#[async_trait]
impl ChangeListener for Listener {
    async fn next(&mut self) -> Result<Option<u64>, StoreError> {
        loop {
            match timeout(self.ping_interval, self.stream.next()).await {
                Ok(Some(notice)) => return Ok(self.newest_of(&notice)),
                Ok(None) => return Err(gone()),
                Err(_) => self.ping().await?,
            }
        }
    }
}

impl Listener {
    /// The newest mark of this notice and those behind it, if each names one.
    fn newest_of(&mut self, notice: &Msg) -> Option<u64> {
        let mut newest = mark_in(notice);
        while let Some(Some(notice)) = self.stream.next().now_or_never() {
            newest = newest.and_then(|newest| Some(newest.max(mark_in(&notice)?)));
        }
        newest
    }

    async fn ping(&mut self) -> Result<(), StoreError> {
        match timeout(self.ping_timeout, self.sink.ping::<redis::Value>()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(from_redis(error)),
            Err(_) => Err(gone()),
        }
    }
}

fn mark_in(notice: &Msg) -> Option<u64> {
    std::str::from_utf8(notice.get_payload_bytes())
        .ok()?
        .parse()
        .ok()
}

fn gone() -> StoreError {
    StoreError::Unavailable("the subscription is gone".to_owned())
}
