//! Which files are taken, and which are refused before anything is written to them.

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::DefinitionChange;

use super::*;
use crate::read;

fn migrated() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    connection
}

fn tables(connection: &Connection) -> i64 {
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn migrating_twice_changes_nothing() {
    let mut connection = migrated();
    let before = connection.total_changes();
    migrate(&mut connection).unwrap();
    assert_eq!(connection.total_changes(), before);
}

/// A database of the first version, which holds an environment and two keys, brought up to date.
fn migrated_from_the_first() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    let [foundation, ..] = &MIGRATIONS;
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .unwrap();
    for sql in [
        RECORD_TABLE,
        foundation.sql,
        "INSERT INTO projects VALUES (1, 'Acme')",
        "INSERT INTO environments VALUES (1, 1, 'production', 'phc_a', 'UTC', 1, 7)",
        "INSERT INTO secret_keys VALUES ('sha256$a', 1, 'phs_a', '[]')",
        "INSERT INTO personal_keys VALUES ('sha256$b', 1, 'phx_b', '[]')",
    ] {
        connection.execute_batch(sql).unwrap();
    }
    let applied = "INSERT INTO migrations VALUES (1, 'foundation', ?1, '')";
    connection
        .execute(applied, [foundation.checksum()])
        .unwrap();
    migrate(&mut connection).unwrap();
    connection
}

#[test]
fn what_changed_in_an_environment_from_before_is_told_as_the_whole() {
    let connection = migrated_from_the_first();
    let token = ProjectToken::parse("phc_a").unwrap();
    let told = |revision| {
        let known = (EnvironmentId(1), Revision(revision));
        read::read_change(&connection, &token, known)
            .unwrap()
            .unwrap()
    };
    for revision in [0, 1, 6, 8] {
        let told = told(revision);
        assert!(matches!(told, DefinitionChange::Whole(_)), "{revision}");
    }
    assert!(matches!(told(7), DefinitionChange::Flags(change) if change.put.is_empty()));
}

#[test]
fn keys_from_before_they_had_names_are_kept() {
    let connection = migrated_from_the_first();
    for table in ["secret_keys", "personal_keys"] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE name IS NULL AND created_at IS NULL
                AND expires_at IS NULL AND last_used_at IS NULL"
        );
        let kept: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 1, "{table}");
    }
}

#[test]
fn a_newer_schema_is_refused() {
    let mut connection = migrated();
    let known = MIGRATIONS.len();
    let newer = "INSERT INTO migrations VALUES (?1, 'later', 'x', '')";
    connection.execute(newer, [known + 1]).unwrap();
    let message = format!(
        "the schema is of a newer version (migration {}; this program knows {known})",
        known + 1
    );
    assert_eq!(migrate(&mut connection), Err(StoreError::Refused(message)));
}

#[test]
fn a_changed_migration_is_refused() {
    let mut connection = migrated();
    connection
        .execute("UPDATE migrations SET checksum = 'x'", [])
        .unwrap();
    assert!(matches!(
        migrate(&mut connection),
        Err(StoreError::Corrupt(message)) if message.contains("migration 1")
    ));
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    for sql in ["CREATE TABLE notes (text)", "PRAGMA application_id = 7"] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let before = tables(&connection);
        assert!(
            matches!(migrate(&mut connection), Err(StoreError::Refused(_))),
            "{sql}"
        );
        assert_eq!(tables(&connection), before);
    }
}
