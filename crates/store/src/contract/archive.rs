//! What is taken out stays known: an id is given once.

use burgee_model::{CohortId, FlagId, Revision};

use super::{
    Store,
    fixture::{
        PRODUCTION, PROJECT, STAGING, cohort, commit, flag, found, put_cohort, put_flag, read,
        token,
    },
};
use crate::Change;

fn archive_flag(token_text: &str, id: i32) -> Change {
    Change::ArchiveFlag {
        environment: token(token_text),
        flag: FlagId(id),
    }
}

fn archive_cohort(id: i32) -> Change {
    Change::ArchiveCohort {
        project: PROJECT.to_owned(),
        cohort: CohortId(id),
    }
}

pub async fn an_archived_flag_is_gone_from_one_environment(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(STAGING, flag(1, "a")),
    ];
    commit(store, changes).await.unwrap();
    let committed = commit(store, vec![archive_flag(PRODUCTION, 1)])
        .await
        .unwrap();
    assert_eq!(committed.revisions, [(token(PRODUCTION), Revision(3))]);
    assert_eq!(read(store, PRODUCTION).await.flags, []);
    assert_eq!(read(store, STAGING).await.flags, [flag(1, "a")]);
    let again = commit(store, vec![archive_flag(PRODUCTION, 1)])
        .await
        .unwrap();
    assert_eq!((again.changed, again.unchanged), (0, 1));
}

pub async fn ids_are_counted_even_when_archived(store: &impl Store) {
    found(store).await;
    let empty = store.read_project(PROJECT).await.unwrap().unwrap();
    assert_eq!((empty.flag_id_max, empty.cohort_id_max), (0, 0));
    let changes = vec![
        put_flag(PRODUCTION, flag(41, "a")),
        put_cohort(cohort(12, false)),
        archive_flag(PRODUCTION, 41),
        archive_cohort(12),
    ];
    commit(store, changes).await.unwrap();
    let tree = store.read_project(PROJECT).await.unwrap().unwrap();
    assert_eq!((tree.flag_id_max, tree.cohort_id_max), (41, 12));
    assert!(tree.cohorts.is_empty());
    assert!(tree.environments.iter().all(|(_, flags)| flags.is_empty()));
}

pub async fn an_archived_flag_comes_back_with_its_next_version(store: &impl Store) {
    found(store).await;
    let mut unversioned = flag(1, "a");
    unversioned.version = None;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        archive_flag(PRODUCTION, 1),
        put_flag(PRODUCTION, unversioned),
    ];
    commit(store, changes).await.unwrap();
    assert_eq!(read(store, PRODUCTION).await.flags[0].version, Some(4));
}

pub async fn an_archived_cohort_is_gone_from_all_environments(store: &impl Store) {
    found(store).await;
    commit(store, vec![put_cohort(cohort(1, false))])
        .await
        .unwrap();
    let committed = commit(store, vec![archive_cohort(1)]).await.unwrap();
    assert_eq!(committed.revisions.len(), 2);
    assert_eq!(read(store, PRODUCTION).await.cohorts, []);
    let again = commit(store, vec![archive_cohort(1)]).await.unwrap();
    assert_eq!((again.changed, again.unchanged), (0, 1));
}

pub async fn a_flag_put_as_deleted_is_archived(store: &impl Store) {
    found(store).await;
    let mut deleted = flag(1, "a");
    deleted.deleted = true;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(PRODUCTION, deleted),
    ];
    commit(store, changes.clone()).await.unwrap();
    assert_eq!(read(store, PRODUCTION).await.flags, []);
    let again = commit(store, changes[1..].to_vec()).await.unwrap();
    assert_eq!(again.changed, 0);
}
