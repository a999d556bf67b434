//! Brings a database to the schema that this program knows. Forward only, numbered, each recorded
//! with the checksum of its text, so that a file whose history differs is refused rather than bent.

use burgee_store::{Migration, StoreError, check_history};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::error::from_sqlite;

/// Marks a file as ours in its header: the letters `Burg`.
const APPLICATION_ID: i32 = 0x4275_7267;

const RECORD_TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    checksum   TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT";

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

/// Applies what is missing, in one transaction, under the lock of the file.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    check_owner(&transaction)?;
    transaction
        .execute_batch(RECORD_TABLE)
        .map_err(from_sqlite)?;
    let applied = read_applied(&transaction)?;
    check_history(&applied, &MIGRATIONS)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(applied.len()) {
        transaction
            .execute_batch(migration.sql)
            .map_err(from_sqlite)?;
        transaction
            .execute(
                "INSERT INTO migrations VALUES (?1, ?2, ?3, datetime('now'))",
                (index + 1, migration.name, migration.checksum()),
            )
            .map_err(from_sqlite)?;
    }
    transaction.commit().map_err(from_sqlite)
}

/// Refuses the database of another program before anything is written to it.
fn check_owner(connection: &Connection) -> Result<(), StoreError> {
    let application: i32 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(from_sqlite)?;
    if application == APPLICATION_ID {
        return Ok(());
    }
    let table: Option<String> = connection
        .query_row("SELECT name FROM sqlite_schema LIMIT 1", [], |row| {
            row.get(0)
        })
        .optional()
        .map_err(from_sqlite)?;
    if application != 0 || table.is_some() {
        return Err(StoreError::Refused(
            "the file is the database of another program".to_owned(),
        ));
    }
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(from_sqlite)
}

/// Number and checksum of what was applied, by number.
fn read_applied(connection: &Connection) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement = connection
        .prepare("SELECT number, checksum FROM migrations ORDER BY number")
        .map_err(from_sqlite)?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(from_sqlite)?;
    rows.collect::<Result<_, _>>().map_err(from_sqlite)
}

#[cfg(test)]
mod tests;
