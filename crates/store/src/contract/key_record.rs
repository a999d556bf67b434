//! Keys as people see them: names, ages, expiry and last use; and the pages they come in.

use burgee_model::Timestamp;

use super::{
    Store,
    fixture::{PRODUCTION, PROJECT, STAGING, commit, found, token},
};
use crate::{
    Change, KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, KeyRecord, SecretKey, StoreError,
};

/// Some moment long gone, and one far ahead, in microseconds.
const EARLY: Timestamp = Timestamp::from_unix_micros(1_000_000_000_000_001);
const LATE: Timestamp = Timestamp::from_unix_micros(4_000_000_000_000_003);

fn key(text: &str, name: Option<&str>, expires_at: Option<Timestamp>) -> SecretKey {
    SecretKey {
        digest: KeyDigest::of(text),
        hint: text.chars().take(5).collect(),
        name: name.map(str::to_owned),
        scopes: Vec::new(),
        expires_at,
    }
}

fn put_secret(environment: &str, key: SecretKey) -> Change {
    Change::PutSecretKey {
        environment: token(environment),
        key,
    }
}

fn put_personal(environment: &str, key: SecretKey) -> Change {
    Change::PutPersonalKey {
        environment: token(environment),
        key,
    }
}

fn expire(text: &str, expires_at: Timestamp) -> Change {
    Change::ExpireKey {
        digest: KeyDigest::of(text),
        expires_at,
    }
}

async fn mark(store: &impl Store) -> u64 {
    store.read_revisions(None).await.unwrap().unwrap().mark
}

async fn record(store: &impl Store, text: &str) -> KeyRecord {
    let records = store.list_keys(None, KEYS_READ_MAX).await.unwrap();
    let digest = KeyDigest::of(text);
    let found = records.into_iter().find(|record| record.digest == digest);
    found.unwrap()
}

async fn grants(store: &impl Store, text: &str) -> Vec<KeyGrant> {
    let read = store.read_grants(&[KeyDigest::of(text)]).await;
    read.unwrap().remove(0)
}

pub async fn a_key_tells_its_name_its_age_and_what_it_opens(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_personal(STAGING, key("phx_a", Some("Ada’s"), None)),
        put_personal(PRODUCTION, key("phx_a", Some("Ada’s"), Some(LATE))),
    ];
    commit(store, changes).await.unwrap();
    let record = record(store, "phx_a").await;
    assert_eq!(record.hint, "phx_a");
    assert_eq!(record.name.as_deref(), Some("Ada’s"));
    assert!(record.created_at.unwrap() > EARLY);
    assert_eq!(record.last_used_at, None);
    let places: Vec<_> = record
        .places
        .iter()
        .map(|place| {
            let grant = &place.grant;
            let names = (&*place.project, &*place.environment);
            (names, grant.environment, grant.kind, grant.expires_at)
        })
        .collect();
    let personal = KeyKind::Personal;
    assert_eq!(
        places,
        [
            ((PROJECT, "production"), production, personal, Some(LATE)),
            ((PROJECT, "staging"), staging, personal, None),
        ]
    );
    assert_eq!(record.places[0].grant, grants(store, "phx_a").await[0]);
}

pub async fn a_key_put_again_keeps_name_and_expiry_unless_told(store: &impl Store) {
    found(store).await;
    let named = key("phs_a", Some("old"), Some(LATE));
    commit(store, vec![put_secret(PRODUCTION, named)])
        .await
        .unwrap();
    let created_at = record(store, "phs_a").await.created_at;
    let untold = put_secret(PRODUCTION, key("phs_a", None, None));
    let committed = commit(store, vec![untold]).await.unwrap();
    assert_eq!((committed.changed, committed.unchanged), (0, 1));
    let kept = record(store, "phs_a").await;
    assert_eq!(kept.name.as_deref(), Some("old"));
    assert_eq!(kept.places[0].grant.expires_at, Some(LATE));

    let told = put_secret(PRODUCTION, key("phs_a", Some("new"), Some(EARLY)));
    commit(store, vec![told]).await.unwrap();
    let changed = record(store, "phs_a").await;
    assert_eq!(changed.name.as_deref(), Some("new"));
    assert_eq!(changed.places[0].grant.expires_at, Some(EARLY));
    assert_eq!(changed.created_at, created_at);
}

pub async fn an_expiry_is_told_with_the_grant_and_moves_the_mark(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_personal(PRODUCTION, key("phx_a", None, None)),
        put_personal(STAGING, key("phx_a", None, None)),
    ];
    commit(store, changes).await.unwrap();
    let before = mark(store).await;
    let committed = commit(store, vec![expire("phx_a", EARLY)]).await.unwrap();
    assert_eq!((committed.changed, committed.revisions), (1, Vec::new()));
    assert_ne!(mark(store).await, before);
    // That it has passed is not the store's to say.
    let grants = grants(store, "phx_a").await;
    assert_eq!(grants.len(), 2);
    assert!(grants.iter().all(|grant| grant.expires_at == Some(EARLY)));
}

pub async fn an_expiry_only_comes_nearer(store: &impl Store) {
    found(store).await;
    let early = key("phs_a", None, Some(EARLY));
    commit(store, vec![put_secret(PRODUCTION, early)])
        .await
        .unwrap();
    let before = mark(store).await;
    let changes = vec![
        expire("phs_a", LATE),
        expire("phs_a", EARLY),
        expire("phs_nobody", EARLY),
    ];
    let committed = commit(store, changes).await.unwrap();
    assert_eq!((committed.changed, committed.unchanged), (0, 3));
    assert_eq!(mark(store).await, before);
    assert_eq!(grants(store, "phs_a").await[0].expires_at, Some(EARLY));
}

pub async fn pages_of_keys_hold_every_key_once(store: &impl Store) {
    found(store).await;
    let mut changes = Vec::new();
    let mut expected = Vec::new();
    for number in 0..5 {
        let secret = format!("phs_{number}");
        expected.push((KeyDigest::of(&secret), 1));
        changes.push(put_secret(PRODUCTION, key(&secret, None, None)));
        let personal = format!("phx_{number}");
        expected.push((KeyDigest::of(&personal), 2));
        changes.push(put_personal(PRODUCTION, key(&personal, None, None)));
        changes.push(put_personal(STAGING, key(&personal, None, None)));
    }
    commit(store, changes).await.unwrap();
    expected.sort_unstable();

    for limit in [1, 3, 10, 11] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_grants(after, limit).await.unwrap();
            let records = store.list_keys(after, limit).await.unwrap();
            let of_records: Vec<_> = records
                .iter()
                .map(|record| {
                    let places = record.places.iter();
                    let grants = places.map(|place| place.grant.clone()).collect();
                    (record.digest, grants)
                })
                .collect();
            assert_eq!(page, of_records);
            assert!(page.len() <= limit);
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            seen.extend(page.iter().map(|(digest, grants)| (*digest, grants.len())));
        }
        assert_eq!(seen, expected, "pages of {limit}");
    }
}

pub async fn a_page_of_keys_has_a_limit(store: &impl Store) {
    found(store).await;
    for limit in [1, KEYS_READ_MAX] {
        assert_eq!(store.list_grants(None, limit).await, Ok(Vec::new()));
        assert_eq!(store.list_keys(None, limit).await, Ok(Vec::new()));
    }
    for limit in [0, KEYS_READ_MAX + 1] {
        let refused = store.list_grants(None, limit).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{limit}");
        let refused = store.list_keys(None, limit).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{limit}");
    }
}

pub async fn use_is_noted_forward_only(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_secret(PRODUCTION, key("phs_a", None, None)),
        put_personal(PRODUCTION, key("phx_b", None, None)),
        put_personal(STAGING, key("phx_b", None, None)),
        put_secret(STAGING, key("phs_c", None, None)),
    ];
    commit(store, changes).await.unwrap();
    let at = |text: &str, moment| (KeyDigest::of(text), moment);
    let uses = [
        at("phs_a", LATE),
        at("phx_b", EARLY),
        at("phs_nobody", LATE),
    ];
    store.touch_keys(&uses).await.unwrap();
    let again = [at("phs_a", EARLY), at("phx_b", LATE)];
    store.touch_keys(&again).await.unwrap();
    assert_eq!(record(store, "phs_a").await.last_used_at, Some(LATE));
    assert_eq!(record(store, "phx_b").await.last_used_at, Some(LATE));
    assert_eq!(record(store, "phs_c").await.last_used_at, None);
    // A key that is put anew was still used.
    let again = put_secret(PRODUCTION, key("phs_a", Some("named"), None));
    commit(store, vec![again]).await.unwrap();
    assert_eq!(record(store, "phs_a").await.last_used_at, Some(LATE));
}

pub async fn use_moves_neither_mark_nor_revision(store: &impl Store) {
    found(store).await;
    let put = put_secret(PRODUCTION, key("phs_a", None, None));
    commit(store, vec![put]).await.unwrap();
    let before = store.read_revisions(None).await.unwrap();
    let uses = [(KeyDigest::of("phs_a"), LATE)];
    store.touch_keys(&uses).await.unwrap();
    assert_eq!(store.read_revisions(None).await.unwrap(), before);
}

pub async fn a_write_of_uses_has_a_limit(store: &impl Store) {
    found(store).await;
    let uses = vec![(KeyDigest::of("phs_nobody"), LATE); KEYS_READ_MAX + 1];
    assert_eq!(store.touch_keys(&[]).await, Ok(()));
    assert_eq!(store.touch_keys(&uses[..KEYS_READ_MAX]).await, Ok(()));
    let refused = store.touch_keys(&uses).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
}
