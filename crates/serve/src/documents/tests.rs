//! Catching up with changes while one environment cannot be read, on a real store behind a reader
//! that fails for one token: over HTTP such a fault cannot be aimed.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use burgee_model::{Definitions, EnvironmentId, Revision, Timestamp};
use burgee_store::{
    Change, ChangeSet, DefinitionChange, DefinitionReader, DefinitionWriter, RevisionList,
    StoreError,
};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};

use super::*;
use crate::{Clock, Stores, cpu_pool::CpuPool, metrics::Metrics};

/// Cannot read the environment with one token.
struct Blinded {
    store: SqliteStore,
    token: Mutex<Option<ProjectToken>>,
}

impl Blinded {
    fn look_at(&self, token: &ProjectToken) -> Result<(), StoreError> {
        if self.token.lock().unwrap().as_ref() == Some(token) {
            return Err(StoreError::Corrupt("a flag".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl DefinitionReader for Blinded {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        self.look_at(token)?;
        self.store.read_by_token(token).await
    }

    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        self.look_at(token)?;
        self.store.read_change(token, known).await
    }

    async fn read_revisions(
        &self,
        unless: Option<u64>,
    ) -> Result<Option<RevisionList>, StoreError> {
        self.store.read_revisions(unless).await
    }
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(0)
    }

    fn monotonic_micros(&self) -> u64 {
        0
    }
}

/// Documents read through `reader`, everything else from `store`.
fn documents(reader: Arc<dyn DefinitionReader>, store: SqliteStore) -> Documents {
    let store = Arc::new(store);
    let stores = Stores {
        definitions: reader,
        credentials: Arc::clone(&store) as _,
        keys: Arc::clone(&store) as _,
        usage: Arc::clone(&store) as _,
        quotas: Arc::clone(&store) as _,
        settings: Arc::clone(&store) as _,
        subjects: Arc::clone(&store) as _,
        subject_writer: store,
        shared: None,
        announcer: None,
        last_good: None,
        notices: Vec::new(),
    };
    let cpu = Arc::new(CpuPool::start(1, 0, Duration::from_secs(20)).unwrap());
    let (metrics, clock) = (Arc::new(Metrics::new()), Arc::new(Still) as Arc<dyn Clock>);
    let config = ServeConfig::default();
    let sources = Sources::new(&stores, &cpu, &metrics, &clock, &config);
    Documents::new(Arc::new(sources), &config)
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
    let documents = documents(Arc::clone(&reader) as _, store.clone());
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
