//! The read of `benches/person_read.rs` through sqlx, for the decision in
//! `docs/adr/0001-rusqlite-on-reader-threads.md`. Prints microseconds per read; on one core
//! (`taskset -c 0 cargo run --release`) that is CPU time.

use std::{error::Error, time::Instant};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use tokio::task::JoinSet;

const PERSONS: u64 = 100_000;
const READS: u64 = 64_000;
const SCHEMA: &str = "
    CREATE TABLE persons (id INTEGER PRIMARY KEY, properties TEXT NOT NULL) STRICT;
    CREATE TABLE person_distinct_ids (
        environment_id INTEGER NOT NULL,
        distinct_id    TEXT NOT NULL,
        person_id      INTEGER NOT NULL,
        PRIMARY KEY (environment_id, distinct_id)
    ) STRICT, WITHOUT ROWID;
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999)
    INSERT INTO persons SELECT n, '{\"padding\":\"' || hex(zeroblob(735)) || '\"}' FROM numbers;
    INSERT INTO person_distinct_ids SELECT 1, 'user-' || id, id FROM persons;";
const READ: &str = "SELECT persons.properties FROM person_distinct_ids AS owned
    JOIN persons ON persons.id = owned.person_id
    WHERE owned.environment_id = ?1 AND owned.distinct_id = ?2";

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("bench.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("mmap_size", "67108864");
    runtime.block_on(async {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        for tasks in [1, 32] {
            let start = Instant::now();
            let mut set = JoinSet::new();
            for task in 0..tasks {
                set.spawn(read_many(pool.clone(), task * READS, READS / tasks));
            }
            for read in set.join_all().await {
                read?;
            }
            let micros = start.elapsed().as_secs_f64() * 1e6;
            println!("sqlx, {tasks} tasks: {:.1} us a read", micros / READS as f64);
        }
        Ok(())
    })
}

async fn read_many(pool: SqlitePool, first: u64, count: u64) -> Result<(), sqlx::Error> {
    for index in first..first + count {
        let id = format!("user-{}", index * 7_919 % PERSONS);
        let query = sqlx::query_scalar::<_, String>(READ).bind(1_i64).bind(id);
        query.fetch_one(&pool).await?;
    }
    Ok(())
}
