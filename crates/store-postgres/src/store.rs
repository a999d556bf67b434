//! The store: its pools, and the traits on top of them.

mod credentials;
mod definitions;
mod settings;
mod subjects;
mod usage;

use std::{sync::Arc, time::Duration};

use burgee_store::StoreError;
use tokio::{sync::OnceCell, time::timeout};

use crate::{
    CONNECTIONS_MAX, PoolSizes, PostgresConfig, READS_MAX,
    gather::{Gather, Limits},
    migration,
    notice::Source,
    pool::{Pool, Purpose},
};

/// Works with a connection of `$pool` within the pool's deadline. A macro because the work borrows
/// the connection, which the future of a closure cannot yet say and be `Send` as well.
macro_rules! on {
    ($pool:expr, |$connection:ident| $work:expr) => {{
        let pool = &$pool;
        let mut lease = pool.acquire().await?;
        let $connection = lease.connection();
        let done = tokio::time::timeout(pool.work_timeout(), $work).await;
        lease.finish(done)
    }};
}

use on;

/// A database, reached when it is needed. Cheap to clone; closed when the last clone goes.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    definitions: Pool,
    subjects: Gather,
    writes: Pool,
    admin: Pool,
    notices: Source,
    /// Whether the schema has been found, or brought, up to date.
    schema: OnceCell<()>,
    /// Where requests read from a replica: whether it has been found to have that schema.
    replica_schema: Option<OnceCell<()>>,
    call_timeout: Duration,
}

impl PostgresStore {
    /// Takes the configuration; connects to nothing. What is wrong with the database is said by the
    /// first call that needs it: `Unavailable` when it cannot be reached, `Refused` when it belongs
    /// to a newer version or another program.
    ///
    /// Errors: `Refused` when a limit in `config` is out of its range.
    pub fn open(config: &PostgresConfig) -> Result<Self, StoreError> {
        check(config)?;
        let readable = config.replica.as_ref().unwrap_or(&config.location);
        let limits = Limits {
            tasks_max: config.pools.subject_reads,
            reads_max: config.reads_per_statement_max,
            depth_max: config.queue_depth_max,
            acquire: Duration::from_millis(config.acquire_timeout_ms),
        };
        let reads = Pool::new(Purpose::SubjectReads, readable, config);
        Ok(Self {
            inner: Arc::new(Inner {
                definitions: Pool::new(Purpose::Definitions, readable, config),
                subjects: Gather::new(reads, limits),
                writes: Pool::new(Purpose::SubjectWrites, &config.location, config),
                admin: Pool::new(Purpose::Admin, &config.location, config),
                notices: Source::new(config),
                schema: OnceCell::new(),
                replica_schema: config.replica.as_ref().map(|_| OnceCell::new()),
                call_timeout: Duration::from_millis(config.definition_timeout_ms),
            }),
        })
    }

    /// Looks whether the database is there, and brings it to the schema that this version knows. Not
    /// needed: the first call does it. Errors: as of [`PostgresStore::open`].
    pub async fn prepare(&self) -> Result<(), StoreError> {
        let prepared = self.inner.schema.get_or_try_init(|| async {
            let pool = &self.inner.admin;
            let mut lease = pool.acquire().await?;
            let work = migration::migrate(lease.connection());
            let done = timeout(pool.work_timeout(), work).await;
            lease.finish(done)
        });
        prepared.await.copied()
    }

    /// Closes the store for all its clones: every call from now on is [`StoreError::Unavailable`],
    /// and connections are closed when what they are at has come to its end.
    pub fn close(&self) {
        self.inner.notices.close();
        self.inner.definitions.close();
        self.inner.subjects.close();
        self.inner.writes.close();
        self.inner.admin.close();
    }

    pub(crate) fn notices(&self) -> &Source {
        &self.inner.notices
    }

    /// [`PostgresStore::prepare`], for no longer than somebody waits for a request.
    pub(crate) async fn prepare_for_request(&self) -> Result<(), StoreError> {
        if self.inner.schema.initialized() {
            return Ok(());
        }
        timeout(self.inner.call_timeout, self.prepare())
            .await
            .unwrap_or_else(|_| {
                let message = "the database was not ready in time".to_owned();
                Err(StoreError::Unavailable(message))
            })
    }

    /// [`PostgresStore::prepare_for_request`] before something is read. A replica with the right schema
    /// will do, so that reading does not depend on the database that is written to.
    pub(crate) async fn prepare_for_reading(&self) -> Result<(), StoreError> {
        let Some(found) = &self.inner.replica_schema else {
            return self.prepare_for_request().await;
        };
        let looked = found.get_or_try_init(|| async {
            match self.replica_is_current().await {
                Ok(true) => Ok(()),
                // The replica will follow; one that is away has no schema to be wrong.
                Ok(false) | Err(_) => self.prepare_for_request().await,
            }
        });
        looked.await.copied()
    }

    async fn replica_is_current(&self) -> Result<bool, StoreError> {
        on!(self.inner.definitions, |connection| migration::is_current(
            connection
        ))
    }
}

fn check(config: &PostgresConfig) -> Result<(), StoreError> {
    let PoolSizes {
        definitions,
        subject_reads,
        subject_writes,
        admin,
    } = config.pools;
    for size in [definitions, subject_reads, subject_writes, admin] {
        if !(1..=CONNECTIONS_MAX).contains(&size) {
            return Err(StoreError::Refused(format!(
                "a pool of {size} connections was asked for, 1 to {CONNECTIONS_MAX} are possible"
            )));
        }
    }
    let reads = config.reads_per_statement_max;
    if !(1..=READS_MAX).contains(&reads) {
        return Err(StoreError::Refused(format!(
            "{reads} reads in one statement were asked for, 1 to {READS_MAX} are possible"
        )));
    }
    Ok(())
}
