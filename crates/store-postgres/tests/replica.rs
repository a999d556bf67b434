//! Reading from a streaming replica: what goes where, and what it means that one of the two is gone.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching};
use burgee_store::{
    Change, ChangeSet, CredentialReader, DefinitionReader, DefinitionWriter, KeyDigest,
    PersonRecord, ProjectReader, StoreError, SubjectQuery, SubjectStore, SubjectWriter,
};
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::{PATIENCE, PostgresServer, eventually};

fn token() -> ProjectToken {
    ProjectToken::parse("phc_a").unwrap()
}

fn open(server: &PostgresServer) -> PostgresStore {
    let config = PostgresConfig {
        replica: Some(server.replica_url("postgres").parse().unwrap()),
        acquire_timeout_ms: 20_000,
        query_timeout_ms: 20_000,
        ..PostgresConfig::at(server.url("postgres").parse().unwrap())
    };
    PostgresStore::open(&config).unwrap()
}

async fn commit(store: &PostgresStore, changes: Vec<Change>) -> Result<(), StoreError> {
    let expected = Vec::new();
    let committed = store.commit(&ChangeSet { expected, changes }).await;
    committed.map(|_| ())
}

fn project() -> Vec<Change> {
    vec![
        Change::PutProject {
            name: "Acme".to_owned(),
            group_types: Vec::new(),
        },
        Change::PutEnvironment {
            project: "Acme".to_owned(),
            name: "production".to_owned(),
            token: token(),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Explicit,
        },
    ]
}

async fn reads_environment(store: &PostgresStore) -> Option<EnvironmentId> {
    let read = store.read_by_token(&token()).await.ok()?;
    read.map(|definitions| definitions.environment)
}

fn person() -> PersonRecord {
    PersonRecord {
        distinct_ids: vec!["u".to_owned()],
        properties: "{}".to_owned(),
        created_at: None,
    }
}

async fn reads_person(store: &PostgresStore, environment: EnvironmentId) -> Option<bool> {
    let query = SubjectQuery {
        environment,
        distinct_id: "u".to_owned(),
        anon_distinct_id: None,
        person: true,
        groups: Vec::new(),
        hash_keys: false,
        continuity_flags: Vec::new(),
    };
    let read = store.read_subject(query).await.ok()?;
    Some(read.facts.person.is_some())
}

/// A server with a replica and a store on both, which hold an environment with a person.
async fn start() -> Option<(PostgresServer, PostgresStore, EnvironmentId)> {
    let server = PostgresServer::start()?;
    server.start_replica();
    let store = open(&server);
    commit(&store, project()).await.unwrap();
    eventually("the replica follows", PATIENCE, async || {
        reads_environment(&store).await.is_some()
    })
    .await;
    let environment = reads_environment(&store).await.unwrap();
    store
        .put_subjects(environment, vec![person()], Vec::new())
        .await
        .unwrap();
    eventually("the replica has the person", PATIENCE, async || {
        reads_person(&store, environment).await == Some(true)
    })
    .await;
    Some((server, store, environment))
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_read_from_the_replica_and_changes_go_to_the_database() {
    let Some((server, store, environment)) = start().await else {
        return;
    };
    // What the replica does not follow any more, requests do not see.
    let (pause, go_on) = (
        "SELECT pg_wal_replay_pause()",
        "SELECT pg_wal_replay_resume()",
    );
    server.execute_on_replica("postgres", pause);
    let other = Change::PutEnvironment {
        project: "Acme".to_owned(),
        name: "staging".to_owned(),
        token: ProjectToken::parse("phc_b").unwrap(),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Explicit,
    };
    commit(&store, vec![other]).await.unwrap();
    let unseen = ProjectToken::parse("phc_b").unwrap();
    assert_eq!(store.read_by_token(&unseen).await, Ok(None));
    let project = store.read_project("Acme").await.unwrap().unwrap();
    assert_eq!(project.environments.len(), 2, "who changes sees it");
    assert_eq!(reads_person(&store, environment).await, Some(true));
    server.execute_on_replica("postgres", go_on);
    eventually("the replica follows", PATIENCE, async || {
        store.read_by_token(&unseen).await.unwrap().is_some()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_needs_no_database_that_can_be_written_to() {
    let Some((server, store, environment)) = start().await else {
        return;
    };
    server.stop();
    let newcomer = open(&server);
    for store in [&store, &newcomer] {
        assert_eq!(reads_environment(store).await, Some(environment));
        assert_eq!(reads_person(store, environment).await, Some(true));
        let grants = store.read_grants(&[KeyDigest::of("phs_a")]).await;
        assert_eq!(grants, Ok(vec![Vec::new()]));
        let refused = commit(store, project()).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_replica_reads_fail_and_changes_are_made() {
    let Some((server, store, environment)) = start().await else {
        return;
    };
    server.stop_replica();
    let newcomer = open(&server);
    for store in [&store, &newcomer] {
        let gone = store.read_by_token(&token()).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
        assert_eq!(reads_person(store, environment).await, None);
        commit(store, project()).await.unwrap();
    }
    server.start_replica();
    for store in [&store, &newcomer] {
        eventually("reads come back", PATIENCE, async || {
            reads_environment(store).await == Some(environment)
        })
        .await;
    }
}
