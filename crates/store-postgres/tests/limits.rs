//! What is particular to PostgreSQL: pools that are used up, deadlines, servers that come and go, and
//! schemas that are not ours.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching, TimeoutKind};
use burgee_store::{
    Change, ChangeSet, DefinitionReader, DefinitionWriter, PersonRecord, ProjectReader, StoreError,
    SubjectQuery, SubjectRead, SubjectStore, SubjectWriter,
};
use burgee_store_postgres::{CONNECTIONS_MAX, PoolSizes, PostgresConfig, PostgresStore};
use burgee_testkit::{PATIENCE, PostgresServer, eventually};

/// With deadlines that no busy machine misses.
fn config(url: &str) -> PostgresConfig {
    PostgresConfig {
        acquire_timeout_ms: 30_000,
        connect_timeout_ms: 30_000,
        query_timeout_ms: 30_000,
        definition_timeout_ms: 30_000,
        write_timeout_ms: 30_000,
        ..PostgresConfig::at(url.parse().unwrap())
    }
}

/// A project with one environment.
async fn found(store: &PostgresStore) -> EnvironmentId {
    let token = ProjectToken::parse("phc_a").unwrap();
    let changes = vec![
        Change::PutProject {
            name: "Acme".to_owned(),
            group_types: Vec::new(),
        },
        Change::PutEnvironment {
            project: "Acme".to_owned(),
            name: "production".to_owned(),
            token: token.clone(),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Explicit,
        },
    ];
    let expected = Vec::new();
    store
        .commit(&ChangeSet { expected, changes })
        .await
        .unwrap();
    let read = store.read_by_token(&token).await.unwrap();
    read.unwrap().environment
}

fn person(distinct_id: &str) -> PersonRecord {
    PersonRecord {
        distinct_ids: vec![distinct_id.to_owned()],
        properties: format!(r#"{{"id":"{}"}}"#, distinct_id.escape_default()),
        created_at: None,
    }
}

fn query(environment: EnvironmentId, distinct_id: &str) -> SubjectQuery {
    SubjectQuery {
        environment,
        distinct_id: distinct_id.to_owned(),
        anon_distinct_id: None,
        person: true,
        groups: Vec::new(),
        hash_keys: true,
        continuity_flags: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_at_the_same_time_each_get_their_own_answer() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let mut config = config(&server.schema_url(&server.create_schema()));
    config.pools.subject_reads = 2;
    config.reads_per_statement_max = 7;
    let store = PostgresStore::open(&config).unwrap();
    let environment = found(&store).await;
    let persons: Vec<_> = (0..100).map(|number| person(&number.to_string())).collect();
    store
        .put_subjects(environment, persons.clone(), Vec::new())
        .await
        .unwrap();
    let reads = persons.into_iter().map(|person| {
        let store = store.clone();
        tokio::spawn(async move {
            let asked = query(environment, &person.distinct_ids[0]);
            let read = store.read_subject(asked).await.unwrap();
            assert_eq!(read.facts.person.unwrap().properties, person.properties);
        })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_a_nul_is_nobodys_and_spoils_no_other_read() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let config = config(&server.schema_url(&server.create_schema()));
    let store = PostgresStore::open(&config).unwrap();
    let environment = found(&store).await;
    let refused = store
        .put_subjects(environment, vec![person("u\0")], Vec::new())
        .await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    let read = store.read_subject(query(environment, "u\0")).await;
    assert_eq!(read, Ok(SubjectRead::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_waited_for_until_the_deadline_and_a_pool_in_use_is_a_timeout() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let schema = server.create_schema();
    let mut config = config(&server.schema_url(&schema));
    config.pools = PoolSizes {
        subject_reads: 1,
        ..PoolSizes::default()
    };
    let environment = found(&PostgresStore::open(&config).unwrap()).await;
    config.acquire_timeout_ms = 100;
    config.query_timeout_ms = 2_000;
    let store = PostgresStore::open(&config).unwrap();
    eventually("a connection is there", PATIENCE, async || {
        store.read_subject(query(environment, "u")).await.is_ok()
    })
    .await;
    // psql holds the lock until it is woken.
    let locking = format!(
        "BEGIN; LOCK TABLE {schema}.persons IN ACCESS EXCLUSIVE MODE;
        DO $$ BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END $$; COMMIT"
    );
    let holder = std::thread::spawn(move || server.execute("postgres", &locking));
    eventually("the lock is held", PATIENCE, async || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        server.execute("postgres", sql).trim() != "0"
    })
    .await;
    let first = store.read_subject(query(environment, "u"));
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        store.read_subject(query(environment, "u")).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first, Err(StoreError::Timeout(TimeoutKind::QueryCanceled)));
    assert_eq!(second, Err(StoreError::Timeout(TimeoutKind::PoolTimeout)));
    let wake = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    server.execute("postgres", wake);
    holder.join().unwrap();
    eventually("reads go on", PATIENCE, async || {
        store.read_subject(query(environment, "u")).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_unavailable_and_one_that_comes_back_is_found() {
    let Some(server) = PostgresServer::start() else {
        return;
    };
    let store = PostgresStore::open(&config(&server.url("postgres"))).unwrap();
    let environment = found(&store).await;
    store.read_subject(query(environment, "u")).await.unwrap();
    server.stop();
    for _ in 0..3 {
        let gone = store.read_subject(query(environment, "u")).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
        let gone = store.read_revisions(None).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    }
    server.resume();
    eventually("reads come back", PATIENCE, async || {
        store.read_subject(query(environment, "u")).await.is_ok()
            && store.read_revisions(None).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_ours_is_refused_and_left_as_it_is() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let schema = server.create_schema();
    server.execute("postgres", &format!("CREATE TABLE {schema}.persons ()"));
    let store = PostgresStore::open(&config(&server.schema_url(&schema))).unwrap();
    let refused = store.prepare().await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );

    let schema = server.create_schema();
    let url = server.schema_url(&schema);
    PostgresStore::open(&config(&url))
        .unwrap()
        .prepare()
        .await
        .unwrap();
    let table = format!("{schema}.burgee_migrations");
    let newer = format!("INSERT INTO {table} SELECT max(number) + 1, 'newer', '' FROM {table}");
    server.execute("postgres", &newer);
    let refused = PostgresStore::open(&config(&url)).unwrap().prepare().await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_together_make_the_schema_once() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let config = config(&server.schema_url(&server.create_schema()));
    let nodes = [(); 4].map(|()| PostgresStore::open(&config).unwrap());
    let [a, b, c, d] = &nodes;
    let started = tokio::join!(a.prepare(), b.prepare(), c.prepare(), d.prepare());
    assert_eq!(started, (Ok(()), Ok(()), Ok(()), Ok(())));
}

/// No table has been analyzed yet, as on a new machine.
#[tokio::test(flavor = "multi_thread")]
async fn reads_follow_primary_keys_even_without_statistics() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let schema = server.create_schema();
    let store = PostgresStore::open(&config(&server.schema_url(&schema))).unwrap();
    store.prepare().await.unwrap();
    let statement = include_str!("../queries/read_subjects.sql");
    let plan = server.execute(
        "postgres",
        &format!(
            "SET search_path = {schema}; SET plan_cache_mode = force_generic_plan;
            SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
            SET enable_bitmapscan = off; PREPARE subjects AS {statement};
            EXPLAIN EXECUTE subjects ('{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}')"
        ),
    );
    let indexes = plan.matches(" using ").count();
    assert!(indexes >= 7, "{plan}");
    assert_eq!(plan.matches("_pkey on ").count(), indexes, "{plan}");
}

#[tokio::test]
async fn limits_out_of_range_are_refused() {
    let open = |change: fn(&mut PostgresConfig)| {
        let mut config = config("postgres://u@127.0.0.1:1/burgee");
        change(&mut config);
        PostgresStore::open(&config).is_ok()
    };
    assert!(open(|config| config.pools.admin = CONNECTIONS_MAX));
    assert!(!open(|config| config.pools.admin = CONNECTIONS_MAX + 1));
    assert!(!open(|config| config.pools.subject_reads = 0));
    assert!(!open(|config| config.reads_per_statement_max = 0));
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let store = PostgresStore::open(&config("postgres://u@127.0.0.1:1/burgee")).unwrap();
    store.close();
    let closed = store.list_projects().await;
    assert!(
        matches!(closed, Err(StoreError::Unavailable(_))),
        "{closed:?}"
    );
}
