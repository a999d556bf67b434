//! The contract of stores, held by plain tables and by hash-partitioned ones.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_store::contract::{definition_change, setting};
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::PostgresServer;

/// What `docs/postgres.md` shows.
const HASH_PARTITIONS: &str = include_str!("../partitions/hash_partitions.sql");

/// Laws are not about deadlines, and many of them run at once.
fn open(server: &PostgresServer, schema: &str) -> PostgresStore {
    let config = PostgresConfig {
        acquire_timeout_ms: 30_000,
        connect_timeout_ms: 30_000,
        query_timeout_ms: 30_000,
        write_timeout_ms: 30_000,
        ..PostgresConfig::at(server.schema_url(schema).parse().unwrap())
    };
    PostgresStore::open(&config).unwrap()
}

#[test]
fn the_documentation_shows_the_partitions_that_are_tested() {
    let page = include_str!("../../../docs/postgres.md");
    assert!(page.contains(HASH_PARTITIONS));
}

mod plain {
    use super::*;

    #[expect(
        clippy::unused_async,
        reason = "other stores are opened asynchronously"
    )]
    async fn fresh() -> Option<(PostgresStore, ())> {
        let server = PostgresServer::shared()?;
        Some((open(server, &server.create_schema()), ()))
    }

    burgee_store::store_contract!(fresh);

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_version_before_changed_is_told_as_the_whole() {
        let Some(server) = PostgresServer::shared() else {
            return;
        };
        let schema = server.create_schema();
        let raise = || {
            let sql = format!("UPDATE {schema}.environments SET revision = revision + 1");
            server.execute("postgres", &sql);
        };
        let store = open(server, &schema);
        definition_change::what_the_version_before_changed_is_told_as_the_whole(&store, raise)
            .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_setting_that_others_made_too_long_is_not_read() {
        let Some(server) = PostgresServer::shared() else {
            return;
        };
        let schema = server.create_schema();
        let lengthen = || {
            let sql = format!("UPDATE {schema}.instance_settings SET value = value || 'x'");
            server.execute("postgres", &sql);
        };
        let store = open(server, &schema);
        setting::a_setting_that_others_made_too_long_is_not_read(&store, lengthen).await;
    }
}

mod hash_partitions {
    use super::*;

    async fn fresh() -> Option<(PostgresStore, ())> {
        let server = PostgresServer::shared()?;
        let schema = server.create_schema();
        let store = open(server, &schema);
        store.prepare().await.unwrap();
        let sql = format!("SET search_path = {schema}; {HASH_PARTITIONS}");
        server.execute("postgres", &sql);
        Some((store, ()))
    }

    burgee_store::store_contract!(fresh);
}
