//! That word of a change comes by itself, and how it ends.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    Store,
    fixture::{PRODUCTION, commit, flag, found, put_flag, token},
};
use crate::{Change, ChangeListener, KeyDigest, SecretKey, StoreError};

/// Far longer than a notice takes, so that a busy machine fails no law.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for a notice of `what`, the last change: if it names a mark, it is the one made by that.
async fn heard(store: &impl Store, listener: &mut dyn ChangeListener, what: &str) {
    let next = timeout(PATIENCE, listener.next()).await;
    assert!(matches!(next, Ok(Ok(_))), "{what}: {next:?}");
    if let Ok(Ok(Some(mark))) = next {
        let list = store.read_revisions(None).await.unwrap().unwrap();
        assert_eq!(mark, list.mark, "{what}");
    }
}

pub async fn a_commit_is_heard_of(store: &impl Store) {
    found(store).await;
    let mut listener = store.listen().await.unwrap();
    for version in 1..4 {
        let mut flag = flag(1, "a");
        flag.version = Some(version);
        commit(store, vec![put_flag(PRODUCTION, flag)])
            .await
            .unwrap();
        heard(store, &mut *listener, "a flag").await;
    }
}

pub async fn a_key_that_is_given_or_taken_is_heard_of(store: &impl Store) {
    found(store).await;
    let mut listener = store.listen().await.unwrap();
    let digest = KeyDigest::of("phs_a");
    let put = Change::PutSecretKey {
        environment: token(PRODUCTION),
        key: SecretKey {
            digest,
            hint: "phs_".to_owned(),
            name: None,
            scopes: Vec::new(),
            expires_at: None,
        },
    };
    for (change, what) in [
        (put, "a key is given"),
        (Change::RevokeKey { digest }, "it is taken"),
    ] {
        commit(store, vec![change]).await.unwrap();
        heard(store, &mut *listener, what).await;
    }
}

pub async fn everybody_who_listens_hears(store: &impl Store) {
    found(store).await;
    let mut first = store.listen().await.unwrap();
    let mut second = store.listen().await.unwrap();
    commit(store, vec![put_flag(PRODUCTION, flag(1, "a"))])
        .await
        .unwrap();
    heard(store, &mut *first, "the first").await;
    heard(store, &mut *second, "the second").await;
}

/// A node that was busy with one change need not look once for each that came meanwhile.
pub async fn changes_that_nobody_waited_for_are_few_notices(store: &impl Store) {
    const COMMITS: i32 = 20;
    found(store).await;
    let mut listener = store.listen().await.unwrap();
    for version in 1..=COMMITS {
        let mut flag = flag(1, "a");
        flag.version = Some(version);
        commit(store, vec![put_flag(PRODUCTION, flag)])
            .await
            .unwrap();
    }
    let mut notices = 0;
    while let Ok(next) = timeout(Duration::from_millis(500), listener.next()).await {
        next.unwrap();
        notices += 1;
    }
    // The first may come while the last is still on its way.
    assert!((1..COMMITS).contains(&notices), "{notices} notices");
}

/// `close` closes the store.
pub async fn listening_ends_with_the_store(store: &impl Store, close: impl FnOnce()) {
    found(store).await;
    let mut listener = store.listen().await.unwrap();
    close();
    let ended = async {
        // What was committed before may be heard of first.
        loop {
            if let Err(error) = listener.next().await {
                return error;
            }
        }
    };
    let ended = timeout(PATIENCE, ended).await;
    assert!(matches!(ended, Ok(StoreError::Unavailable(_))), "{ended:?}");
    let again = store.listen().await.map(|_| ());
    assert!(
        matches!(again, Err(StoreError::Unavailable(_))),
        "{again:?}"
    );
}
