//! What is particular to SQLite: files, locks, other processes, and a store that is closed.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use std::{fs, path::Path, time::Duration};

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching, Revision, TimeoutKind};
use burgee_store::{
    Change, ChangeSet, Committed, DefinitionReader, DefinitionWriter, HashKeyClaim, PersonRecord,
    ProjectReader, StoreError, SubjectQuery, SubjectStore, SubjectWriter,
};
use burgee_store_sqlite::{READERS_MAX, SqliteConfig, SqliteLocation, SqliteStore};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

const TOKEN: &str = "phc_production";

/// With deadlines that no busy machine misses.
fn at(path: &Path) -> SqliteConfig {
    SqliteConfig {
        acquire_timeout_ms: 60_000,
        query_timeout_ms: 60_000,
        write_timeout_ms: 60_000,
        ..SqliteConfig::at(SqliteLocation::File(path.to_owned()))
    }
}

fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(&at(&folder.path().join("burgee.db"))).unwrap()
}

fn project(timezone: &str) -> ChangeSet {
    let project = "Acme".to_owned();
    ChangeSet {
        expected: Vec::new(),
        changes: vec![
            Change::PutProject {
                name: project.clone(),
                group_types: Vec::new(),
            },
            Change::PutEnvironment {
                project,
                name: "production".to_owned(),
                token: ProjectToken::parse(TOKEN).unwrap(),
                timezone: timezone.to_owned(),
                property_matching: PropertyMatching::Released,
            },
        ],
    }
}

async fn environment(store: &SqliteStore) -> EnvironmentId {
    let token = ProjectToken::parse(TOKEN).unwrap();
    store
        .read_by_token(&token)
        .await
        .unwrap()
        .unwrap()
        .environment
}

fn query(environment: EnvironmentId) -> SubjectQuery {
    SubjectQuery {
        environment,
        distinct_id: "u".to_owned(),
        anon_distinct_id: None,
        person: true,
        groups: Vec::new(),
        hash_keys: true,
        continuity_flags: Vec::new(),
    }
}

fn claim(environment: EnvironmentId) -> HashKeyClaim {
    HashKeyClaim {
        environment,
        distinct_id: "u".to_owned(),
        anon_distinct_id: "anon".to_owned(),
        flags: vec![burgee_model::FlagKey::parse("a").unwrap()],
    }
}

#[tokio::test]
async fn a_missing_file_is_created_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    store.commit(&project("UTC")).await.unwrap();
    assert!(folder.path().join("burgee.db-wal").exists(), "in WAL mode");
    drop(store);
    let again = open(&folder);
    assert_eq!(again.commit(&project("UTC")).await.unwrap().changed, 0);
}

#[tokio::test]
async fn a_database_in_memory_is_private_and_leaves_nothing() {
    let config = SqliteConfig::at(SqliteLocation::Memory);
    let one = SqliteStore::open(&config).unwrap();
    let two = SqliteStore::open(&config).unwrap();
    one.commit(&project("UTC")).await.unwrap();
    assert_eq!(two.list_projects().await, Ok(Vec::new()));
    drop(one);
    two.close();
    let again = SqliteStore::open(&config).unwrap();
    assert_eq!(again.list_projects().await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_another_connection_commits_is_seen_by_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let (serving, applying) = (open(&folder), open(&folder));
    applying.commit(&project("UTC")).await.unwrap();
    let first = serving.read_revisions(None).await.unwrap().unwrap();
    assert_eq!(serving.read_revisions(Some(first.mark)).await, Ok(None));
    applying.commit(&project("Europe/Berlin")).await.unwrap();
    let second = serving
        .read_revisions(Some(first.mark))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.revisions[0].2, Revision(2));
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "x".repeat(10_000)).unwrap();
    let error = SqliteStore::open(&at(&path)).unwrap_err();
    assert!(
        matches!(&error, StoreError::Corrupt(message) if message.contains("notes.txt")),
        "{error}"
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "x".repeat(10_000),
        "nothing was written"
    );
}

#[test]
fn a_place_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = SqliteStore::open(&at(&folder.path().join("missing/burgee.db"))).unwrap_err();
    let named = matches!(&error, StoreError::Unavailable(message) if message.contains("burgee.db"));
    assert!(named, "{error}");
}

#[test]
fn a_database_that_another_process_has_locked_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("burgee.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let config = SqliteConfig {
        busy_timeout_ms: 10,
        ..at(&path)
    };
    let error = SqliteStore::open(&config).unwrap_err();
    assert!(
        error.to_string().contains("locked by another process"),
        "{error}"
    );
}

#[test]
fn a_newer_schema_is_refused_with_the_files_name() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder));
    let path = folder.path().join("burgee.db");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer
        .execute("INSERT INTO migrations VALUES (99, 'later', 'x', '')", [])
        .unwrap();
    let error = SqliteStore::open(&at(&path)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("burgee.db") && message.contains("newer version"),
        "{message}"
    );
}

#[test]
fn readers_are_limited() {
    for (readers, is_possible) in [
        (0, false),
        (1, true),
        (READERS_MAX, true),
        (READERS_MAX + 1, false),
    ] {
        let config = SqliteConfig {
            readers,
            ..SqliteConfig::at(SqliteLocation::Memory)
        };
        assert_eq!(SqliteStore::open(&config).is_ok(), is_possible, "{readers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_behind_another_process_is_late_and_changes_nothing_while_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig {
        write_timeout_ms: 2_000,
        busy_timeout_ms: 60_000,
        ..at(&folder.path().join("burgee.db"))
    };
    let store = SqliteStore::open(&config).unwrap();
    store.commit(&project("UTC")).await.unwrap();
    let environment = environment(&store).await;
    let other = rusqlite::Connection::open(folder.path().join("burgee.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let late = store.claim_hash_keys(claim(environment)).await;
    assert_eq!(late, Err(StoreError::Timeout(TimeoutKind::QueryCanceled)));
    let read = store.read_subject(query(environment)).await.unwrap();
    assert!(read.hash_keys.is_empty(), "readers do not wait for writers");
    other.execute_batch("ROLLBACK").unwrap();
    let read = store.read_subject(query(environment)).await.unwrap();
    assert!(
        read.hash_keys.is_empty(),
        "what was late was not done later"
    );
    assert!(store.claim_hash_keys(claim(environment)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_is_unavailable_at_once_for_all_its_clones() {
    let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
    store.commit(&project("UTC")).await.unwrap();
    let environment = environment(&store).await;
    let clone = store.clone();
    store.close();
    store.close();
    let is_gone = |error: StoreError| matches!(error, StoreError::Unavailable(_));
    let all = async {
        let token = ProjectToken::parse(TOKEN).unwrap();
        assert!(is_gone(clone.read_by_token(&token).await.unwrap_err()));
        assert!(is_gone(clone.read_revisions(None).await.unwrap_err()));
        assert!(is_gone(
            clone.read_subject(query(environment)).await.unwrap_err()
        ));
        assert!(is_gone(
            clone.claim_hash_keys(claim(environment)).await.unwrap_err()
        ));
        assert!(is_gone(clone.commit(&project("UTC")).await.unwrap_err()));
        assert!(is_gone(
            clone.read_page(environment, None, 1).await.unwrap_err()
        ));
    };
    timeout(Duration::from_secs(10), all).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_persons_are_put_within_seconds() {
    let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
    store.commit(&project("UTC")).await.unwrap();
    let person = |index: u32| Change::PutPerson {
        environment: ProjectToken::parse(TOKEN).unwrap(),
        person: PersonRecord {
            distinct_ids: vec![format!("user-{index}"), format!("anon-{index}")],
            properties: format!(r#"{{"plan":"pro","index":{index}}}"#),
            created_at: None,
        },
    };
    let persons = ChangeSet {
        expected: Vec::new(),
        changes: (0..20_000).map(person).collect(),
    };
    let start = Instant::now();
    let committed = store.commit(&persons).await;
    let expected = |changed, unchanged| {
        Ok(Committed {
            changed,
            unchanged,
            revisions: Vec::new(),
        })
    };
    assert_eq!(committed, expected(20_000, 0));
    assert_eq!(store.commit(&persons).await, expected(0, 20_000));
    // One or two seconds without optimisation; a scan per person would take hours.
    assert!(
        start.elapsed() < Duration::from_mins(1),
        "{:?}",
        start.elapsed()
    );
}
