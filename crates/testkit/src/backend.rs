//! Which stores test servers stand on: SQLite in memory, or PostgreSQL and Redis, as the variable
//! [`VARIABLE`] says. Whichever it is, each server has them to itself.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use burgee_redis::Redis;
use burgee_serve::Stores;
use burgee_store::{AdmissionStore, ChangeNotices, Store};
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};

use crate::{
    Faults, FaultyStore, PATIENCE, PostgresServer, RedisServer, patient_redis::open_redis,
};

/// `sqlite` (the default) or `postgres+redis`.
const VARIABLE: &str = "BURGEE_TEST_STORES";

/// A store of whichever kind, which tests can close.
pub trait TestStore: Store + Debug {
    /// From now on every call fails.
    fn close(&self);
}

impl TestStore for SqliteStore {
    fn close(&self) {
        Self::close(self);
    }
}

impl TestStore for PostgresStore {
    fn close(&self) {
        Self::close(self);
    }
}

/// The stores of one server.
pub(crate) struct Backend {
    pub(crate) store: Arc<dyn TestStore>,
    /// What it shares with others, though there are none.
    pub(crate) redis: Option<Redis>,
    /// Where requests are counted, and where is set who may ask.
    pub(crate) admission: Arc<dyn AdmissionStore>,
}

impl Backend {
    pub(crate) fn sqlite(config: &SqliteConfig) -> Self {
        let store = Arc::new(SqliteStore::open(config).expect("a store"));
        Self {
            admission: Arc::clone(&store) as _,
            store,
            redis: None,
        }
    }

    /// PostgreSQL and Redis if the variable asks for them and they are installed. That they are not
    /// has been said then.
    pub(crate) fn chosen() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "whoever runs the tests chooses")]
        let chosen = std::env::var(VARIABLE).unwrap_or_default();
        match chosen.as_str() {
            "" | "sqlite" => None,
            "postgres+redis" => Self::postgres_and_redis(),
            other => panic!("{VARIABLE} is `{other}`, not `sqlite` or `postgres+redis`"),
        }
    }

    /// What a server is given: this behind `faults`, and Redis as it is.
    pub(crate) fn stores(&self, faults: &Arc<Faults>) -> Stores {
        let store = Arc::new(FaultyStore {
            store: Arc::clone(&self.store),
            admission: Arc::clone(&self.admission),
            faults: Arc::clone(faults),
        });
        let redis = self.redis.clone().map(Arc::new);
        let mut notices = vec![Arc::clone(&store) as Arc<dyn ChangeNotices>];
        notices.extend(redis.iter().map(|redis| Arc::clone(redis) as _));
        Stores {
            definitions: Arc::clone(&store) as _,
            credentials: Arc::clone(&store) as _,
            keys: Arc::clone(&store) as _,
            usage: Arc::clone(&store) as _,
            quotas: Arc::clone(&store) as _,
            settings: Arc::clone(&store) as _,
            subjects: Arc::clone(&store) as _,
            subject_writer: store,
            notices,
            shared: redis.clone().map(|redis| redis as _),
            announcer: redis.map(|redis| redis as _),
            last_good: None,
        }
    }

    fn postgres_and_redis() -> Option<Self> {
        let (postgres, redis) = (PostgresServer::shared()?, RedisServer::shared()?);
        let store = open_postgres(&postgres.schema_url(&postgres.create_schema()));
        let redis = open_redis_apart(&redis.url());
        Some(Self {
            store: Arc::new(store),
            admission: Arc::new(redis.clone()),
            redis: Some(redis),
        })
    }
}

/// Deadlines that no busy machine misses.
pub(crate) fn sqlite_with_patience() -> SqliteConfig {
    let patience = patience_ms();
    SqliteConfig {
        acquire_timeout_ms: patience,
        query_timeout_ms: patience,
        write_timeout_ms: patience,
        ..SqliteConfig::at(SqliteLocation::Memory)
    }
}

fn patience_ms() -> u64 {
    u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)
}

fn open_postgres(url: &str) -> PostgresStore {
    let patience = patience_ms();
    let config = PostgresConfig {
        acquire_timeout_ms: patience,
        connect_timeout_ms: patience,
        query_timeout_ms: patience,
        definition_timeout_ms: patience,
        write_timeout_ms: patience,
        ..PostgresConfig::at(url.parse().expect("a URL"))
    };
    PostgresStore::open(&config).expect("a store")
}

/// Notices are heard in all databases of a server, so the prefix, and with it their channel, tells tests
/// apart.
fn open_redis_apart(url: &str) -> Redis {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let prefix = format!("burgee{}:", NEXT.fetch_add(1, Ordering::Relaxed));
    open_redis(url, &prefix, patience_ms())
}
