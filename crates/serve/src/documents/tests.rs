//! Catching up with changes while one environment cannot be read, on a real store behind a reader
//! that fails for one token: over HTTP such a fault cannot be aimed.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use burgee_store::{Change, ChangeSet, DefinitionWriter, RevisionList, StoreError};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};

use super::*;

/// Cannot read the environment with one token.
struct Blinded {
    store: SqliteStore,
    token: Mutex<Option<ProjectToken>>,
}

#[async_trait]
impl DefinitionReader for Blinded {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        if self.token.lock().unwrap().as_ref() == Some(token) {
            return Err(StoreError::Corrupt("a flag".to_owned()));
        }
        self.store.read_by_token(token).await
    }

    async fn read_revisions(
        &self,
        unless: Option<u64>,
    ) -> Result<Option<RevisionList>, StoreError> {
        self.store.read_revisions(unless).await
    }
}

fn token(text: &str) -> ProjectToken {
    ProjectToken::parse(text).unwrap()
}

/// Puts environments a and b, whose zone counts as a change.
async fn put(store: &SqliteStore, timezone: &str) {
    let environment = |name: &str| Change::PutEnvironment {
        project: "Acme".to_owned(),
        name: name.to_owned(),
        token: token(&format!("phc_{name}")),
        timezone: timezone.to_owned(),
        property_matching: burgee_model::PropertyMatching::Released,
    };
    let project = Change::PutProject {
        name: "Acme".to_owned(),
        group_types: Vec::new(),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![project, environment("a"), environment("b")],
    };
    store.commit(&changes).await.unwrap();
}

#[tokio::test]
async fn an_environment_that_cannot_be_read_holds_up_no_other() {
    let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
    put(&store, "UTC").await;
    let reader = Arc::new(Blinded {
        store: store.clone(),
        token: Mutex::new(None),
    });
    let cpu = Arc::new(CpuPool::start(1, 0, Duration::from_secs(20)).unwrap());
    let metrics = Arc::new(Metrics::new());
    let documents = Documents::new(
        Arc::clone(&reader) as _,
        cpu,
        metrics,
        &ServeConfig::default(),
    );
    let held = async |text: &str| documents.get(&token(text)).await.unwrap().revision.0;
    assert_eq!((held("phc_a").await, held("phc_b").await), (1, 1));

    put(&store, "Europe/Berlin").await;
    let revisions = store.read_revisions(None).await.unwrap().unwrap().revisions;
    *reader.token.lock().unwrap() = Some(token("phc_a"));
    assert!(documents.catch_up(&revisions).await.is_err());
    assert_eq!((held("phc_a").await, held("phc_b").await), (1, 2));

    *reader.token.lock().unwrap() = None;
    assert_eq!(documents.catch_up(&revisions).await, Ok(()));
    assert_eq!((held("phc_a").await, held("phc_b").await), (2, 2));
}
