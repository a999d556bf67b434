//! What keys open, and that everybody hears when that changes.

use super::{
    Store,
    fixture::{PRODUCTION, PROJECT, STAGING, commit, found, put_environment, token},
};
use crate::{Change, KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, SecretKey, StoreError};

fn key(text: &str, scopes: &[&str]) -> SecretKey {
    SecretKey {
        digest: KeyDigest::of(text),
        hint: text.chars().take(4).collect(),
        name: None,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_at: None,
    }
}

fn put_secret(environment: &str, text: &str, scopes: &[&str]) -> Change {
    Change::PutSecretKey {
        environment: token(environment),
        key: key(text, scopes),
    }
}

fn put_personal(environment: &str, text: &str, scopes: &[&str]) -> Change {
    Change::PutPersonalKey {
        environment: token(environment),
        key: key(text, scopes),
    }
}

async fn grants(store: &impl Store, text: &str) -> Vec<KeyGrant> {
    let mut grants = store.read_grants(&[KeyDigest::of(text)]).await.unwrap();
    assert_eq!(grants.len(), 1);
    grants.remove(0)
}

async fn mark(store: &impl Store) -> u64 {
    store.read_revisions(None).await.unwrap().unwrap().mark
}

pub async fn a_key_that_nobody_has_opens_nothing(store: &impl Store) {
    found(store).await;
    assert_eq!(grants(store, "phs_nobody").await, []);
    assert_eq!(store.read_grants(&[]).await, Ok(Vec::new()));
}

pub async fn a_key_opens_what_it_was_given_to(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_secret(PRODUCTION, "phs_a", &[]),
        put_secret(STAGING, "phs_b", &["feature_flag:read", "ü"]),
        put_personal(PRODUCTION, "phx_c", &["*"]),
        put_personal(STAGING, "phx_c", &[]),
    ];
    commit(store, changes).await.unwrap();
    let grant = |kind, environment, token_text, scopes: &[&str]| KeyGrant {
        kind,
        environment,
        token: token(token_text),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_at: None,
    };
    let keys = ["phx_c", "phs_b", "phs_nobody", "phs_a"].map(KeyDigest::of);
    let expected = vec![
        vec![
            grant(KeyKind::Personal, production, PRODUCTION, &["*"]),
            grant(KeyKind::Personal, staging, STAGING, &[]),
        ],
        vec![grant(
            KeyKind::Secret,
            staging,
            STAGING,
            &["feature_flag:read", "ü"],
        )],
        Vec::new(),
        vec![grant(KeyKind::Secret, production, PRODUCTION, &[])],
    ];
    assert_eq!(store.read_grants(&keys).await, Ok(expected));
}

pub async fn a_key_names_the_token_that_its_environment_has_now(store: &impl Store) {
    found(store).await;
    commit(store, vec![put_secret(PRODUCTION, "phs_a", &[])])
        .await
        .unwrap();
    commit(
        store,
        vec![put_environment(PROJECT, "production", "phc_new")],
    )
    .await
    .unwrap();
    assert_eq!(grants(store, "phs_a").await[0].token, token("phc_new"));
}

pub async fn a_revoked_key_opens_nothing_anywhere(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_secret(PRODUCTION, "phs_a", &[]),
        put_personal(PRODUCTION, "phx_b", &[]),
        put_personal(STAGING, "phx_b", &[]),
    ];
    commit(store, changes).await.unwrap();
    let revoke = |text| Change::RevokeKey {
        digest: KeyDigest::of(text),
    };
    let committed = commit(store, vec![revoke("phx_b"), revoke("phx_b")])
        .await
        .unwrap();
    assert_eq!((committed.changed, committed.unchanged), (1, 1));
    assert_eq!(grants(store, "phx_b").await, []);
    assert_eq!(grants(store, "phs_a").await.len(), 1);
    commit(store, vec![revoke("phs_a")]).await.unwrap();
    assert_eq!(grants(store, "phs_a").await, []);
}

pub async fn giving_and_taking_keys_moves_the_mark_but_no_revision(store: &impl Store) {
    found(store).await;
    let revisions = store.read_revisions(None).await.unwrap().unwrap().revisions;
    let revoke = Change::RevokeKey {
        digest: KeyDigest::of("phs_a"),
    };
    for (change, moves) in [
        (put_secret(PRODUCTION, "phs_a", &[]), true),
        (put_secret(PRODUCTION, "phs_a", &[]), false),
        (put_secret(PRODUCTION, "phs_a", &["*"]), true),
        (put_personal(STAGING, "phx_b", &[]), true),
        (revoke.clone(), true),
        (revoke, false),
    ] {
        let before = mark(store).await;
        let committed = commit(store, vec![change.clone()]).await.unwrap();
        assert_eq!(committed.revisions, []);
        assert_eq!(mark(store).await != before, moves, "{change:?}");
    }
    let after = store.read_revisions(None).await.unwrap().unwrap().revisions;
    assert_eq!(after, revisions);
}

pub async fn a_read_of_keys_has_a_limit(store: &impl Store) {
    found(store).await;
    let keys = vec![KeyDigest::of("phs_nobody"); KEYS_READ_MAX + 1];
    let most = store.read_grants(&keys[..KEYS_READ_MAX]).await.unwrap();
    assert_eq!(most.len(), KEYS_READ_MAX);
    let refused = store.read_grants(&keys).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
}
