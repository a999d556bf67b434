//! The contract of stores, held by a database in a file and by one in memory.
#![expect(
    clippy::unused_async,
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking; other stores are opened asynchronously"
)]

use burgee_store::contract::{definition_change, setting};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use tempfile::TempDir;

/// Laws are not about deadlines, and many of them run at once.
fn patient(location: SqliteLocation) -> SqliteConfig {
    SqliteConfig {
        acquire_timeout_ms: 30_000,
        query_timeout_ms: 30_000,
        write_timeout_ms: 30_000,
        ..SqliteConfig::at(location)
    }
}

mod file {
    use super::*;

    async fn fresh() -> (SqliteStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = SqliteLocation::File(folder.path().join("burgee.db"));
        (SqliteStore::open(&patient(location)).unwrap(), folder)
    }

    burgee_store::store_contract!(fresh);

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_version_before_changed_is_told_as_the_whole() {
        let (store, folder) = fresh().await;
        let raise = || {
            let file = rusqlite::Connection::open(folder.path().join("burgee.db")).unwrap();
            let sql = "UPDATE environments SET revision = revision + 1";
            assert_eq!(file.execute(sql, []), Ok(2));
        };
        definition_change::what_the_version_before_changed_is_told_as_the_whole(&store, raise)
            .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_setting_that_others_made_too_long_is_not_read() {
        let (store, folder) = fresh().await;
        let lengthen = || {
            let file = rusqlite::Connection::open(folder.path().join("burgee.db")).unwrap();
            let sql = "UPDATE instance_settings SET value = value || 'x'";
            assert_eq!(file.execute(sql, []), Ok(1));
        };
        setting::a_setting_that_others_made_too_long_is_not_read(&store, lengthen).await;
    }
}

mod memory {
    use super::*;

    async fn fresh() -> (SqliteStore, ()) {
        (
            SqliteStore::open(&patient(SqliteLocation::Memory)).unwrap(),
            (),
        )
    }

    burgee_store::store_contract!(fresh);
}
