//! Of which environments what changed is read alone, and when all of it is read instead; on a real store.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use burgee_model::{EnvironmentId, PropertyMatching, Revision};
use burgee_store::{Change, ChangeSet, DefinitionWriter as _, RevisionList};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use serde_json::json;

use super::*;

/// Counts how often all of an environment is read.
struct Counting {
    store: SqliteStore,
    whole: AtomicUsize,
}

#[async_trait]
impl DefinitionReader for Counting {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        self.whole.fetch_add(1, Ordering::Relaxed);
        self.store.read_by_token(token).await
    }

    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        self.store.read_change(token, known).await
    }

    async fn read_revisions(&self, _: Option<u64>) -> Result<Option<RevisionList>, StoreError> {
        Ok(None)
    }
}

fn token(text: &str) -> ProjectToken {
    ProjectToken::parse(text).unwrap()
}

fn environment(text: &str) -> Change {
    Change::PutEnvironment {
        project: "Acme".to_owned(),
        name: "production".to_owned(),
        token: token(text),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
    }
}

async fn commit(store: &SqliteStore, changes: Vec<Change>) {
    let expected = Vec::new();
    let changes = ChangeSet { expected, changes };
    store.commit(&changes).await.unwrap();
}

async fn put_flag(store: &SqliteStore, id: i32, is_active: bool) {
    let flag = json!({
        "id": id, "key": format!("flag-{id}"), "active": is_active, "filters": {"groups": []},
    });
    let put = Change::PutFlag {
        environment: token("phc_a"),
        flag: serde_json::from_value(flag).unwrap(),
    };
    commit(store, vec![put]).await;
}

async fn start() -> (Arc<Counting>, RecentDefinitions) {
    let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
    let project = Change::PutProject {
        name: "Acme".to_owned(),
        group_types: Vec::new(),
    };
    commit(&store, vec![project, environment("phc_a")]).await;
    let counting = Arc::new(Counting {
        store,
        whole: AtomicUsize::new(0),
    });
    let recent = RecentDefinitions::new(Arc::clone(&counting) as _);
    (counting, recent)
}

#[tokio::test]
async fn an_environment_that_changes_again_is_read_by_what_changed() {
    let (counting, recent) = start().await;
    for id in 1..=3 {
        put_flag(&counting.store, id, true).await;
    }
    let token = token("phc_a");
    for id in [0, 2, 3, 4] {
        put_flag(&counting.store, id, false).await;
        let read = recent.read_changed(&token).await.unwrap().unwrap();
        let stored = counting.store.read_by_token(&token).await.unwrap().unwrap();
        assert_eq!(*read, stored);
        assert_eq!(counting.whole.load(Ordering::Relaxed), 1);
    }
    let unchanged = recent.read_changed(&token).await.unwrap().unwrap();
    let again = recent.read_changed(&token).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&unchanged, &again));
}

#[tokio::test]
async fn what_is_only_read_is_not_held() {
    let (_, recent) = start().await;
    let token = token("phc_a");
    assert!(recent.read(&token).await.unwrap().is_some());
    assert!(!recent.holds(&token));
    assert!(recent.read_changed(&token).await.unwrap().is_some());
    assert!(recent.holds(&token));
}

#[tokio::test]
async fn an_environment_that_is_gone_is_not_held() {
    let (counting, recent) = start().await;
    let token = token("phc_a");
    recent.read_changed(&token).await.unwrap();
    commit(&counting.store, vec![environment("phc_b")]).await;
    assert_eq!(recent.read_changed(&token).await, Ok(None));
    assert!(!recent.holds(&token));
}
