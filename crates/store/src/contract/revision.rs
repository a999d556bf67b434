//! How a node learns that something changed.

use burgee_model::Revision;

use super::{
    Store,
    fixture::{
        PRODUCTION, STAGING, commit, flag, found, group, put_flag, put_group, put_person, token,
    },
};

pub async fn revisions_are_told_with_a_mark(store: &impl Store) {
    let empty = store.read_revisions(None).await.unwrap().unwrap();
    assert_eq!(empty.revisions, []);
    let (production, staging) = found(store).await;
    let first = store
        .read_revisions(Some(empty.mark))
        .await
        .unwrap()
        .unwrap();
    let expected = |revision| {
        [
            (production, token(PRODUCTION), Revision(revision)),
            (staging, token(STAGING), Revision(1)),
        ]
    };
    assert_eq!(first.revisions, expected(1));
    commit(store, vec![put_flag(PRODUCTION, flag(1, "a"))])
        .await
        .unwrap();
    let second = store
        .read_revisions(Some(first.mark))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.revisions, expected(2));
    assert_ne!(second.mark, first.mark);
}

pub async fn an_unchanged_mark_tells_nothing(store: &impl Store) {
    found(store).await;
    let mark = store.read_revisions(None).await.unwrap().unwrap().mark;
    assert_eq!(store.read_revisions(Some(mark)).await, Ok(None));
    assert!(store.read_revisions(None).await.unwrap().is_some());
}

pub async fn persons_and_groups_raise_no_revision(store: &impl Store) {
    found(store).await;
    let before = store.read_revisions(None).await.unwrap().unwrap();
    let changes = vec![
        put_person(PRODUCTION, &["u"], "{}"),
        put_group(PRODUCTION, group(0, "acme", "{}")),
    ];
    let committed = commit(store, changes).await.unwrap();
    assert_eq!((committed.changed, committed.revisions.len()), (2, 0));
    let after = store.read_revisions(None).await.unwrap().unwrap();
    assert_eq!(after.revisions, before.revisions);
}
