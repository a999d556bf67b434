//! Quotas: set by token, told until long after their end.

use burgee_model::{ProjectToken, Timestamp};

use super::{
    Store,
    fixture::{PRODUCTION, PROJECT, STAGING, commit, found, put_environment, token},
};
use crate::{Quota, StoreError};

fn seconds(unix_seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(unix_seconds)
}

async fn put(store: &impl Store, environment: &str, until: Timestamp) -> Result<(), StoreError> {
    let token = token(environment);
    store.put_quota(&Quota { token, until }).await
}

/// Token and end in Unix seconds, by token.
async fn quotas(store: &impl Store, since: Timestamp) -> Vec<(ProjectToken, i64)> {
    let quotas = store.read_quotas(since).await.unwrap();
    let mut quotas: Vec<_> = quotas
        .into_iter()
        .map(|quota| (quota.token, quota.until.unix_micros() / 1_000_000))
        .collect();
    quotas.sort();
    quotas
}

pub async fn nobody_is_out_of_quota_at_first(store: &impl Store) {
    found(store).await;
    assert_eq!(quotas(store, seconds(0)).await, []);
}

pub async fn a_quota_is_told_until_its_end_is_long_past(store: &impl Store) {
    found(store).await;
    let until = Timestamp::from_unix_micros(1_000_999_999);
    put(store, PRODUCTION, until).await.unwrap();
    put(store, STAGING, seconds(2_000)).await.unwrap();
    let production = (token(PRODUCTION), 1_000);
    let staging = (token(STAGING), 2_000);
    for (since, expected) in [
        (0, vec![production.clone(), staging.clone()]),
        (1_000, vec![production, staging.clone()]),
        (1_001, vec![staging.clone()]),
        (2_000, vec![staging]),
        (2_001, vec![]),
    ] {
        assert_eq!(quotas(store, seconds(since)).await, expected, "{since}");
    }
}

pub async fn a_quota_put_again_ends_as_it_says_last(store: &impl Store) {
    found(store).await;
    for until in [1_000, 3_000, 2_000] {
        put(store, PRODUCTION, seconds(until)).await.unwrap();
        let expected = [(token(PRODUCTION), until)];
        assert_eq!(quotas(store, seconds(0)).await, expected);
    }
}

pub async fn a_quota_follows_its_environment_to_a_new_token(store: &impl Store) {
    found(store).await;
    put(store, PRODUCTION, seconds(1_000)).await.unwrap();
    let renamed = put_environment(PROJECT, "production", "phc_new");
    commit(store, vec![renamed]).await.unwrap();
    let expected = [(token("phc_new"), 1_000)];
    assert_eq!(quotas(store, seconds(0)).await, expected);
}

pub async fn nobody_has_no_quota(store: &impl Store) {
    found(store).await;
    let refused = put(store, "phc_nobody", seconds(1_000)).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(quotas(store, seconds(0)).await, []);
}

pub async fn quotas_raise_no_revision(store: &impl Store) {
    found(store).await;
    let before = store.read_revisions(None).await.unwrap().unwrap();
    put(store, PRODUCTION, seconds(1_000)).await.unwrap();
    assert_eq!(store.read_revisions(Some(before.mark)).await, Ok(None));
}
