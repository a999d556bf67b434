//! The read that a request may make: one person of 100,000, with 1.5 KB of properties.
//!
//! What counts is the CPU time of a read, so run it on one core, where time is CPU time:
//! `taskset -c 0 cargo bench -p burgee-store-sqlite`. `benches/sqlx` measures sqlx on the same data.
//! The figures are in `docs/adr/0001-rusqlite-on-reader-threads.md`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to say"
)]

use std::{
    hint::black_box,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use burgee_model::{EnvironmentId, FlagDefinition, ProjectToken, PropertyMatching};
use burgee_store::{
    Change, ChangeSet, DefinitionReader, DefinitionWriter, PersonRecord, SubjectQuery, SubjectRead,
    SubjectStore, SubjectWriter,
};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use divan::{Bencher, counter::ItemsCount};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinSet};

const PERSONS: u64 = 100_000;
const FLAGS: i32 = 50;
const TASKS: u64 = 32;
const READS_PER_TASK: u64 = 50;
const TOKEN: &str = "phc_bench";

fn main() {
    divan::main();
}

struct Bench {
    runtime: Runtime,
    store: SqliteStore,
    environment: EnvironmentId,
    folder: TempDir,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let location = SqliteLocation::File(folder.path().join("bench.db"));
    let config = SqliteConfig {
        acquire_timeout_ms: 10_000,
        query_timeout_ms: 10_000,
        ..SqliteConfig::at(location)
    };
    let store = SqliteStore::open(&config).unwrap();
    let environment = runtime.block_on(fill(&store));
    Bench {
        runtime,
        store,
        environment,
        folder,
    }
});

async fn fill(store: &SqliteStore) -> EnvironmentId {
    let token = ProjectToken::parse(TOKEN).unwrap();
    let mut changes = vec![
        Change::PutProject {
            name: "Bench".to_owned(),
            group_types: Vec::new(),
        },
        Change::PutEnvironment {
            project: "Bench".to_owned(),
            name: "production".to_owned(),
            token: token.clone(),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Released,
        },
    ];
    changes.extend((1..=FLAGS).map(|id| Change::PutFlag {
        environment: token.clone(),
        flag: flag(id),
    }));
    let expected = Vec::new();
    store
        .commit(&ChangeSet { expected, changes })
        .await
        .unwrap();
    let environment = store
        .read_by_token(&token)
        .await
        .unwrap()
        .unwrap()
        .environment;
    let properties = format!(r#"{{"plan":"pro","padding":"{}"}}"#, "x".repeat(1_470));
    let persons = (0..PERSONS).map(|index| PersonRecord {
        distinct_ids: vec![distinct_id(index)],
        properties: properties.clone(),
        created_at: None,
    });
    store
        .put_subjects(environment, persons.collect(), Vec::new())
        .await
        .unwrap();
    environment
}

fn flag(id: i32) -> FlagDefinition {
    let condition = serde_json::json!({
        "properties": [
            {"key": "plan", "value": ["pro", "enterprise"], "operator": "exact", "type": "person"},
            {"key": "email", "value": "@example.com", "operator": "icontains", "type": "person"},
        ],
        "rollout_percentage": 50,
    });
    serde_json::from_value(serde_json::json!({
        "id": id,
        "key": format!("flag-{id}"),
        "active": true,
        "filters": {"groups": [condition, condition, condition], "payloads": {"true": "{}"}},
    }))
    .unwrap()
}

fn distinct_id(index: u64) -> String {
    format!("user-{index}")
}

/// A person far from the one before.
fn next_distinct_id() -> String {
    static READS: AtomicU64 = AtomicU64::new(0);
    distinct_id(READS.fetch_add(7_919, Ordering::Relaxed) % PERSONS)
}

async fn read(store: &SqliteStore, environment: EnvironmentId) -> SubjectRead {
    let query = SubjectQuery {
        environment,
        distinct_id: next_distinct_id(),
        anon_distinct_id: None,
        person: true,
        groups: Vec::new(),
        hash_keys: false,
        continuity_flags: Vec::new(),
    };
    let read = store.read_subject(query).await.unwrap();
    assert!(read.facts.person.is_some());
    read
}

/// The statement alone, on the thread that asks: what no store on SQLite can beat.
#[divan::bench(sample_size = 100)]
fn statement(bencher: Bencher<'_, '_>) {
    let path = BENCH.folder.path().join("bench.db");
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .pragma_update(None, "mmap_size", 64 << 20)
        .unwrap();
    let stable_plans = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
    connection.set_db_config(stable_plans, true).unwrap();
    let sql = include_str!("../queries/read_person.sql");
    bencher.bench_local(|| {
        let mut statement = connection.prepare_cached(sql).unwrap();
        let key = (BENCH.environment.0, next_distinct_id());
        let properties = statement.query_row(key, |row| row.get::<_, String>(0));
        properties.unwrap()
    });
}

/// One task: every read wakes a thread and waits for it.
#[divan::bench(sample_size = 100)]
fn one_task(bencher: Bencher<'_, '_>) {
    let Bench {
        runtime,
        store,
        environment,
        ..
    } = &*BENCH;
    bencher.bench_local(|| runtime.block_on(read(store, *environment)));
}

/// 32 tasks that do nothing else; divide by the number of items.
#[divan::bench]
fn tasks_32(bencher: Bencher<'_, '_>) {
    let Bench {
        runtime,
        store,
        environment,
        ..
    } = &*BENCH;
    bencher
        .counter(ItemsCount::new(TASKS * READS_PER_TASK))
        .bench_local(|| {
            runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..TASKS {
                    let (store, environment) = (store.clone(), *environment);
                    tasks.spawn(async move {
                        for _ in 0..READS_PER_TASK {
                            black_box(read(&store, environment).await);
                        }
                    });
                }
                tasks.join_all().await
            })
        });
}

/// All that serving needs of an environment with 50 flags.
#[divan::bench]
fn definitions_of_50_flags(bencher: Bencher<'_, '_>) {
    let token = ProjectToken::parse(TOKEN).unwrap();
    let Bench { runtime, store, .. } = &*BENCH;
    bencher.bench_local(|| runtime.block_on(store.read_by_token(&token)));
}
