//! The read that most requests make, of one person among many, asked for by many tasks at once: by
//! the store with several bounds on connections and on reads in one statement, by sqlx's pool with
//! one statement a read, and by connections that are pipelined.
//!
//! The tasks share core 0, PostgreSQL has core 1. Not divan: what counts is reads a second and how
//! long one takes, side by side in one run. Ends by itself in about two minutes. The figures behind
//! the defaults are in `docs/adr/0006-reads-gathered-into-statements.md`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot be set up has nothing to say, and this one prints figures"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching};
use burgee_store::{
    Change, ChangeSet, DefinitionReader, DefinitionWriter, PersonRecord, SubjectQuery,
    SubjectStore, SubjectWriter,
};
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::PostgresServer;
use rustix::thread::{CpuSet, sched_setaffinity};
use sqlx::{
    Row as _,
    postgres::{PgPool, PgPoolOptions},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};
use tokio_postgres::{Client, NoTls, Statement};

const PERSONS: u64 = 20_000;
const CONNECTIONS: [usize; 5] = [1, 2, 4, 8, 16];
const READS_PER_STATEMENT: [usize; 4] = [1, 8, 32, 64];
const ROUNDS: usize = 3;
const RUN: Duration = Duration::from_millis(500);

/// Tasks that do nothing but read, as so many requests at a time would.
const TASKS: usize = 64;

/// Connections of sqlx's pool.
const POOL: u32 = 16;

/// What the store's own statement does, for one person.
const READ_ONE: &str = "
    SELECT persons.properties, persons.created_at, ARRAY(
        SELECT members.cohort_id FROM static_cohort_members AS members
        WHERE members.environment_id = persons.environment_id AND members.person_id = persons.id
    )
    FROM person_distinct_ids AS owned
    JOIN persons ON persons.environment_id = owned.environment_id AND persons.id = owned.person_id
    WHERE owned.environment_id = $1 AND owned.distinct_id = $2";

/// Settings of the store's connections.
const SETTINGS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off";

/// One way to read.
#[derive(Clone)]
enum Way {
    Store(PostgresStore),
    Pool(PgPool),
    Pipelined(Arc<[(Client, Statement)]>),
}

/// What one run gave.
#[derive(Clone, Copy)]
struct Figures {
    reads_per_sec: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn main() {
    // What is started now stays on core 1; the tasks of this process are on core 0.
    pin(1);
    let Some(server) = PostgresServer::start() else {
        return;
    };
    pin(0);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let url = server.url(&server.create_database());
    runtime.block_on(async {
        let environment = fill(&store(&url, 8, 32)).await;
        println!("{TASKS} tasks, median of {ROUNDS} rounds");
        println!("                                       reads/s  us CPU  p50 ms  p99 ms");
        let mut ways = Vec::new();
        for connections in CONNECTIONS {
            for reads in READS_PER_STATEMENT {
                let name = format!("{connections:2} connections, {reads:2} reads a statement");
                ways.push((name, Way::Store(store(&url, connections, reads))));
            }
        }
        let name = format!("sqlx's pool of {POOL}, one read a statement");
        ways.push((name, pool(&url).await));
        for connections in [1, 2, 4] {
            let name = format!("{connections} pipelined, one read a statement");
            ways.push((name, pipelined(&url, connections).await));
        }
        let mut figures = vec![Vec::new(); ways.len()];
        for _ in 0..ROUNDS {
            for ((_, way), figures) in ways.iter().zip(&mut figures) {
                figures.push(run(way, environment).await);
            }
        }
        for ((name, _), figures) in ways.iter().zip(figures) {
            let of = |field: fn(&Figures) -> f64| median(figures.iter().map(field).collect());
            println!(
                "{name:36}{:10.0}{:8.1}{:8.2}{:8.2}",
                of(|it| it.reads_per_sec),
                of(|it| it.cpu_us),
                of(|it| it.p50_ms),
                of(|it| it.p99_ms)
            );
        }
    });
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    // On a machine with one core everything shares it.
    let _ = sched_setaffinity(None, &cores);
}

fn store(url: &str, connections: usize, reads: usize) -> PostgresStore {
    let mut config = PostgresConfig {
        reads_per_statement_max: reads,
        acquire_timeout_ms: 10_000,
        query_timeout_ms: 10_000,
        ..PostgresConfig::at(url.parse().unwrap())
    };
    config.pools.subject_reads = connections;
    PostgresStore::open(&config).unwrap()
}

async fn pool(url: &str) -> Way {
    let options = PgPoolOptions::new().max_connections(POOL);
    let options = options.after_connect(|connection, _| {
        Box::pin(async move {
            sqlx::raw_sql(SETTINGS).execute(connection).await?;
            Ok(())
        })
    });
    Way::Pool(options.connect(url).await.unwrap())
}

async fn pipelined(url: &str, connections: usize) -> Way {
    let mut clients = Vec::new();
    for _ in 0..connections {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(SETTINGS).await.unwrap();
        let statement = client.prepare(READ_ONE).await.unwrap();
        clients.push((client, statement));
    }
    Way::Pipelined(clients.into())
}

/// All tasks at once, for as long as a run takes.
async fn run(way: &Way, environment: EnvironmentId) -> Figures {
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let (started, cpu) = (Instant::now(), cpu_ticks());
    for task in 0..TASKS {
        let (way, stop) = (way.clone(), Arc::clone(&stop));
        tasks.spawn(async move {
            let mut took = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let asked = Instant::now();
                read(&way, environment, task).await;
                took.push(asked.elapsed());
            }
            took
        });
    }
    sleep(RUN).await;
    stop.store(true, Ordering::Relaxed);
    let mut took: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let (elapsed, cpu) = (started.elapsed(), cpu_ticks() - cpu);
    took.sort_unstable();
    let reads = took.len() as f64;
    let milliseconds = |rank: usize| took[(took.len() - 1) * rank / 100].as_secs_f64() * 1e3;
    Figures {
        reads_per_sec: reads / elapsed.as_secs_f64(),
        // A tick is 10 ms on every Linux that this runs on.
        cpu_us: cpu as f64 * 10_000.0 / reads,
        p50_ms: milliseconds(50),
        p99_ms: milliseconds(99),
    }
}

/// Reads a person far from the one before.
async fn read(way: &Way, environment: EnvironmentId, task: usize) {
    static READS: AtomicU64 = AtomicU64::new(0);
    let number = READS.fetch_add(7_919, Ordering::Relaxed) % PERSONS;
    let distinct_id = distinct_id(number);
    let properties: String = match way {
        Way::Store(store) => {
            let query = SubjectQuery {
                environment,
                distinct_id,
                anon_distinct_id: None,
                person: true,
                groups: Vec::new(),
                hash_keys: false,
                continuity_flags: Vec::new(),
            };
            let read = store.read_subject(query).await.unwrap();
            read.facts.person.unwrap().properties
        }
        Way::Pool(pool) => {
            let query = sqlx::query(READ_ONE).bind(environment.0).bind(distinct_id);
            query.fetch_one(pool).await.unwrap().get(0)
        }
        Way::Pipelined(clients) => {
            let (client, statement) = &clients[task % clients.len()];
            let row = client
                .query_one(statement, &[&environment.0, &distinct_id])
                .await;
            row.unwrap().get(0)
        }
    };
    assert!(properties.len() > 1_000);
}

async fn fill(store: &PostgresStore) -> EnvironmentId {
    let token = ProjectToken::parse("phc_bench").unwrap();
    let changes = vec![
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
    let expected = Vec::new();
    let changes = ChangeSet { expected, changes };
    store.commit(&changes).await.unwrap();
    let read = store.read_by_token(&token).await.unwrap();
    let environment = read.unwrap().environment;
    let properties = format!(r#"{{"plan":"pro","padding":"{}"}}"#, "x".repeat(1_470));
    let persons = (0..PERSONS).map(|number| PersonRecord {
        distinct_ids: vec![distinct_id(number)],
        properties: properties.clone(),
        created_at: None,
    });
    let persons: Vec<_> = persons.collect();
    for some in persons.chunks(500) {
        store
            .put_subjects(environment, some.to_vec(), Vec::new())
            .await
            .unwrap();
    }
    environment
}

fn distinct_id(number: u64) -> String {
    format!("user-{number}")
}

/// CPU time that this process has used.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
