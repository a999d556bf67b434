//! Brings a database to the schema that this program knows. Forward only, numbered, each recorded
//! with the checksum of its text, so that a database whose history differs is refused rather than
//! bent. Nodes that start together take turns; one that finds everything in place only reads.

use burgee_store::{Migration, StoreError, check_history};
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::error::from_sqlx;

/// For `pg_advisory_xact_lock`: the letters `Burg`.
const LOCK: i64 = 0x4275_7267;

const RECORD_TABLE: &str = "CREATE TABLE IF NOT EXISTS burgee_migrations (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    checksum   TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)";

/// In order; the number of a migration is its place, counted from 1.
const MIGRATIONS: [Migration; 6] = [
    Migration {
        name: "foundation",
        sql: include_str!("../migrations/0001_foundation.sql"),
    },
    Migration {
        name: "keys",
        sql: include_str!("../migrations/0002_keys.sql"),
    },
    Migration {
        name: "usage",
        sql: include_str!("../migrations/0003_usage.sql"),
    },
    Migration {
        name: "push",
        sql: include_str!("../migrations/0004_push.sql"),
    },
    Migration {
        name: "changes",
        sql: include_str!("../migrations/0005_changes.sql"),
    },
    Migration {
        name: "settings",
        sql: include_str!("../migrations/0006_settings.sql"),
    },
];

/// Applies what is missing, all or nothing. Needs no right to change anything if nothing is missing.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    if is_current(connection).await? {
        return Ok(());
    }
    let mut transaction = connection.begin().await.map_err(from_sqlx)?;
    match apply_missing(&mut transaction).await {
        Ok(()) => transaction.commit().await.map_err(from_sqlx),
        Err(error) => {
            // Ends the transaction now; the error of the migration is the one to tell.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

/// Whether nothing is missing. Only reads.
pub(crate) async fn is_current(connection: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(is_ours(connection).await? && read_applied(connection).await? == MIGRATIONS.len())
}

async fn apply_missing(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    if !is_ours(connection).await? {
        check_emptiness(connection).await?;
    }
    sqlx::raw_sql(RECORD_TABLE)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let applied = read_applied(connection).await?;
    for (number, migration) in (1_i32..).zip(&MIGRATIONS).skip(applied) {
        sqlx::raw_sql(migration.sql)
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        sqlx::query("INSERT INTO burgee_migrations (number, name, checksum) VALUES ($1, $2, $3)")
            .bind(number)
            .bind(migration.name)
            .bind(migration.checksum())
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    }
    Ok(())
}

/// Not `to_regclass`: what a session once did not find that way, it may not find again in the
/// transaction in which it waited for another node to make it.
async fn is_ours(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT FROM pg_tables
        WHERE schemaname = current_schema() AND tablename = 'burgee_migrations')";
    sqlx::query_scalar(sql)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)
}

/// Refuses the tables of another program, and an encoding that cannot hold every text.
async fn check_emptiness(connection: &mut PgConnection) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('server_encoding'),
        EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema())";
    let row = sqlx::query(sql)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)?;
    let encoding: &str = row.try_get(0).map_err(from_sqlx)?;
    if encoding != "UTF8" {
        let message = format!("the database is encoded in {encoding}, and UTF8 is needed");
        return Err(StoreError::Refused(message));
    }
    if row.try_get(1).map_err(from_sqlx)? {
        let message = "the database holds the tables of another program";
        return Err(StoreError::Refused(message.to_owned()));
    }
    Ok(())
}

/// How many migrations were applied, all of which must be the ones known here.
async fn read_applied(connection: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "SELECT number::bigint, checksum FROM burgee_migrations ORDER BY number";
    let applied: Vec<(i64, String)> = sqlx::query_as(sql)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    check_history(&applied, &MIGRATIONS)?;
    Ok(applied.len())
}
