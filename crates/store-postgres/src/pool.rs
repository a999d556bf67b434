//! Connections of one purpose: made when needed, kept, and never more than allowed.
//!
//! Not `sqlx::Pool`: to that a database that is not there is a timeout of the pool, its timeout of
//! acquiring covers connecting as well (50 ms are right for the one and too short for the other), and
//! each connection that comes back costs a round trip. Here a connection comes back only when its
//! work has come to an end; one that was left in the middle is closed, and the server's own statement
//! timeout ends what it was at.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use burgee_store::StoreError;
use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::{
    PostgresConfig, PostgresLocation,
    error::{closed, exhausted, from_connecting, late, slow_connecting},
};

/// What the connections of a pool are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Whole documents, and the poll for changes.
    Definitions,
    /// A few rows by their keys.
    SubjectReads,
    /// What requests leave behind.
    SubjectWrites,
    /// Change sets, export, the schema.
    Admin,
}

/// Kept connections and the right to make more.
#[derive(Debug)]
pub(crate) struct Pool {
    options: PgConnectOptions,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
    acquire_timeout: Duration,
    connect_timeout: Duration,
    idle_timeout: Duration,
    work_timeout: Duration,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(
        purpose: Purpose,
        location: &PostgresLocation,
        config: &PostgresConfig,
    ) -> Self {
        let sizes = &config.pools;
        let (name, size, acquire_ms, work_ms) = match purpose {
            Purpose::Definitions => {
                let limit = config.definition_timeout_ms;
                ("definitions", sizes.definitions, limit, limit)
            }
            Purpose::SubjectReads => {
                let (acquire, work) = (config.acquire_timeout_ms, config.query_timeout_ms);
                ("subject reads", sizes.subject_reads, acquire, work)
            }
            Purpose::SubjectWrites => {
                let (acquire, work) = (config.acquire_timeout_ms, config.write_timeout_ms);
                ("subject writes", sizes.subject_writes, acquire, work)
            }
            Purpose::Admin => {
                let limit = config.commit_timeout_ms;
                ("admin", sizes.admin, limit, limit)
            }
        };
        let options = location.options().clone();
        let options = options.application_name(&format!("burgee {name}"));
        Self {
            options: with_settings(options, purpose, work_ms),
            permits: Semaphore::new(size),
            idle: Mutex::new(Vec::new()),
            acquire_timeout: Duration::from_millis(acquire_ms),
            connect_timeout: Duration::from_millis(config.connect_timeout_ms),
            idle_timeout: Duration::from_millis(config.idle_timeout_ms),
            work_timeout: Duration::from_millis(work_ms),
        }
    }

    /// How long the work of a lease may take.
    pub(crate) fn work_timeout(&self) -> Duration {
        self.work_timeout
    }

    /// A connection, kept or new. `PoolTimeout`: all are in use; `Unavailable`: none can be made.
    pub(crate) async fn acquire(&self) -> Result<Lease<'_>, StoreError> {
        let permit = match timeout(self.acquire_timeout, self.permits.acquire()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(closed()),
            Err(_) => return Err(exhausted()),
        };
        let connection = match self.take_idle() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Lease {
            pool: self,
            connection,
            _permit: permit,
        })
    }

    /// Closes what is idle, and what is in use once it comes back.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.forget_idle();
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        match timeout(self.connect_timeout, self.options.connect()).await {
            Ok(connected) => connected.map_err(from_connecting),
            Err(_) => Err(slow_connecting()),
        }
    }

    fn take_idle(&self) -> Option<PgConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(kept) = idle.pop() {
            if kept.since.elapsed() < self.idle_timeout {
                return Some(kept.connection);
            }
        }
        None
    }

    /// One dead connection is a sign that all are: a server that was restarted.
    fn forget_idle(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.clear();
    }
}

/// A connection in use. Dropped without [`Lease::finish`], it is closed.
#[derive(Debug)]
pub(crate) struct Lease<'p> {
    pool: &'p Pool,
    connection: PgConnection,
    _permit: SemaphorePermit<'p>,
}

impl Lease<'_> {
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Gives the connection back, if what was done with it left it in order.
    pub(crate) fn finish<T>(
        self,
        done: Result<Result<T, StoreError>, tokio::time::error::Elapsed>,
    ) -> Result<T, StoreError> {
        let Ok(answer) = done else {
            return Err(late());
        };
        let pool = self.pool;
        match &answer {
            Err(StoreError::Unavailable(_)) => pool.forget_idle(),
            _ if pool.permits.is_closed() => {}
            _ => {
                let idle = Idle {
                    connection: self.connection,
                    since: Instant::now(),
                };
                let mut kept = pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(idle);
            }
        }
        answer
    }
}

/// Settings that the server holds to by itself, in case nobody is there to tell it.
fn with_settings(options: PgConnectOptions, purpose: Purpose, work_ms: u64) -> PgConnectOptions {
    let limit = work_ms.to_string();
    // A failure is told to the caller; statements are not logged a second time.
    let options = options.disable_statement_logging().options([
        ("statement_timeout", limit.as_str()),
        ("lock_timeout", limit.as_str()),
        ("idle_in_transaction_session_timeout", limit.as_str()),
        ("jit", "off"),
    ]);
    // What is read all the time is planned once a connection: planning takes longer than reading what
    // changed of an environment, and for partitions most of a read.
    let options = match purpose {
        Purpose::Definitions | Purpose::SubjectReads => {
            options.options([("plan_cache_mode", "force_generic_plan")])
        }
        Purpose::SubjectWrites | Purpose::Admin => options,
    };
    if purpose != Purpose::SubjectReads {
        return options;
    }
    // These statements only ever follow keys. Told so, their plans do not depend on when the tables
    // were last analyzed.
    options.options([
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("enable_bitmapscan", "off"),
    ])
}
