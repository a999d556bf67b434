//! Word of a change: `NOTIFY` in the transaction that makes it, `LISTEN` on a connection of its own.
//!
//! A notice is for a schema, since one database may hold several stores. The listener asks the server
//! for a sign of life now and then: a connection that died without a word would be silent for ever.
//! It is the connection of no pool, as it is never given back.
//!
//! Notices come from the database that is written to. Where a replica is read, a notice may be faster
//! than the change.

use std::time::Duration;

use async_trait::async_trait;
use burgee_store::{ChangeListener, ChangeNotices, StoreError};
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgListener, PgNotification, PgPoolOptions},
};
use tokio::{sync::watch, time::timeout};

use crate::{
    PostgresConfig, PostgresStore,
    error::{closed, from_connecting, from_sqlx},
};

/// The channel of every store of the database. The message is the mark, a space and the schema.
const CHANNEL: &str = "burgee_change";

/// Moves the mark, and gives notice when the transaction commits: one trip for both.
pub(crate) const MOVE_MARK: &str = "WITH moved AS (
        UPDATE change_mark SET mark = mark + 1 RETURNING mark
    )
    SELECT pg_notify('burgee_change', mark || ' ' || current_schema()) FROM moved";

/// Silence after which the server is asked whether it is still there.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// Time for the answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Where to listen, and until when.
#[derive(Debug)]
pub(crate) struct Source {
    options: PgConnectOptions,
    connect_timeout: Duration,
    /// Becomes true when the store is closed.
    closing: watch::Sender<bool>,
}

impl Source {
    pub(crate) fn new(config: &PostgresConfig) -> Self {
        let options = config.location.options().clone();
        Self {
            options: options
                .application_name("burgee notices")
                .disable_statement_logging(),
            connect_timeout: Duration::from_millis(config.connect_timeout_ms),
            closing: watch::Sender::new(false),
        }
    }

    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    async fn connect(&self) -> Result<(PgListener, String), StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool)
            .await
            .map_err(from_connecting)?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await.map_err(from_sqlx)?;
        let schema = sqlx::query_scalar("SELECT coalesce(current_schema(), '')")
            .fetch_one(&mut listener)
            .await
            .map_err(from_sqlx)?;
        Ok((listener, schema))
    }
}

struct Listener {
    stream: PgListener,
    schema: String,
    closing: watch::Receiver<bool>,
}

impl Listener {
    /// Notices of other schemas are nobody's here.
    async fn receive(&mut self) -> Result<Option<u64>, StoreError> {
        loop {
            let received = timeout(SILENCE_MAX, self.stream.try_recv()).await;
            match received {
                Ok(Ok(Some(notice))) => {
                    if let Some(mark) = self.mark_in(&notice) {
                        return Ok(mark.parse().ok());
                    }
                }
                Ok(Ok(None)) => return Err(lost()),
                Ok(Err(error)) => return Err(from_connecting(error)),
                Err(_) => self.ask_for_a_sign().await?,
            }
        }
    }

    /// What is notified meanwhile is kept.
    async fn ask_for_a_sign(&mut self) -> Result<(), StoreError> {
        let asked = sqlx::query("SELECT 1").execute(&mut self.stream);
        match timeout(ANSWER_TIMEOUT, asked).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(from_connecting(error)),
            Err(_) => Err(lost()),
        }
    }

    /// The mark that a notice names; `None`: it is of another schema.
    fn mark_in<'n>(&self, notice: &'n PgNotification) -> Option<&'n str> {
        let (mark, schema) = notice.payload().split_once(' ')?;
        (schema == self.schema).then_some(mark)
    }

    /// The newest mark, of the one that was received and those that have come already.
    async fn newest_of(&mut self, received: Option<u64>) -> Result<Option<u64>, StoreError> {
        let mut newest = received;
        while let Ok(waiting) = timeout(Duration::ZERO, self.stream.try_recv()).await {
            let waiting = waiting.map_err(from_connecting)?.ok_or_else(lost)?;
            if let Some(mark) = self.mark_in(&waiting) {
                newest = newest.and_then(|newest| Some(newest.max(mark.parse().ok()?)));
            }
        }
        Ok(newest)
    }
}

#[async_trait]
impl ChangeListener for Listener {
    async fn next(&mut self) -> Result<Option<u64>, StoreError> {
        let mut closing = self.closing.clone();
        let received = tokio::select! {
            received = self.receive() => received?,
            // The store is gone as well if nobody can say any more that it is closed.
            _ = closing.wait_for(|is_closed| *is_closed) => return Err(closed()),
        };
        self.newest_of(received).await
    }
}

#[async_trait]
impl ChangeNotices for PostgresStore {
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError> {
        self.prepare_for_request().await?;
        let source = self.notices();
        let closing = source.closing.subscribe();
        if *closing.borrow() {
            return Err(closed());
        }
        let connected = timeout(source.connect_timeout, source.connect()).await;
        let (stream, schema) = connected.unwrap_or_else(|_| Err(lost()))?;
        Ok(Box::new(Listener {
            stream,
            schema,
            closing,
        }))
    }
}

fn lost() -> StoreError {
    StoreError::Unavailable("the connection for notices is lost".to_owned())
}
