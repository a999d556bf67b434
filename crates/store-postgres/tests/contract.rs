//! The contract of stores, held by plain tables and by hash-partitioned ones.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::PostgresServer;
use tokio::sync::OnceCell;

/// What `docs/postgres.md` shows.
const HASH_PARTITIONS: &str = include_str!("../partitions/hash_partitions.sql");

/// Laws are not about deadlines, and many of them run at once.
fn open(server: &PostgresServer, database: &str) -> PostgresStore {
    let config = PostgresConfig {
        acquire_timeout_ms: 30_000,
        connect_timeout_ms: 30_000,
        query_timeout_ms: 30_000,
        write_timeout_ms: 30_000,
        ..PostgresConfig::at(server.url(database).parse().unwrap())
    };
    PostgresStore::open(&config).unwrap()
}

/// A database with the schema and nothing else, to be copied.
async fn template(server: &PostgresServer) -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let create = || async {
        let database = server.create_database();
        let store = open(server, &database);
        store.prepare().await.unwrap();
        store.close();
        database
    };
    TEMPLATE.get_or_init(create).await
}

mod plain {
    use super::*;

    async fn fresh() -> Option<(PostgresStore, ())> {
        let server = PostgresServer::shared()?;
        let database = server.copy_database(template(server).await);
        Some((open(server, &database), ()))
    }

    burgee_store::store_contract!(fresh);
}

mod hash_partitions {
    use super::*;

    async fn partitioned(server: &PostgresServer) -> &'static str {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let create = || async {
            let database = server.copy_database(template(server).await);
            server.execute(&database, HASH_PARTITIONS);
            database
        };
        TEMPLATE.get_or_init(create).await
    }

    async fn fresh() -> Option<(PostgresStore, ())> {
        let server = PostgresServer::shared()?;
        let database = server.copy_database(partitioned(server).await);
        Some((open(server, &database), ()))
    }

    burgee_store::store_contract!(fresh);
}
