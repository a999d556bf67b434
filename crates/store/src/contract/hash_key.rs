//! Hash keys of experience continuity (spec: engine §9).

use burgee_model::{EnvironmentId, HashKeyOverride};

use super::{
    Store,
    fixture::{PRODUCTION, STAGING, claim, commit, found, key, put_person, query},
};

/// Rows as `flag=hash key`, sorted.
fn told(rows: Vec<HashKeyOverride>) -> Vec<String> {
    let mut told: Vec<_> = rows
        .into_iter()
        .map(|row| format!("{}={}", row.flag, row.hash_key))
        .collect();
    told.sort();
    told
}

async fn stored(
    store: &impl Store,
    environment: EnvironmentId,
    distinct_id: &str,
    anon_distinct_id: Option<&str>,
) -> Vec<String> {
    let mut asked = query(environment, distinct_id);
    asked.anon_distinct_id = anon_distinct_id.map(str::to_owned);
    told(store.read_subject(asked).await.unwrap().hash_keys)
}

async fn claimed(
    store: &impl Store,
    environment: EnvironmentId,
    ids: (&str, &str),
    flags: &[&str],
) -> Vec<String> {
    let claim = claim(environment, ids, flags);
    told(store.claim_hash_keys(claim).await.unwrap())
}

pub async fn nothing_is_stored_before_a_claim(store: &impl Store) {
    let (production, _) = found(store).await;
    commit(store, vec![put_person(PRODUCTION, &["u"], "{}")])
        .await
        .unwrap();
    assert!(
        stored(store, production, "u", Some("anon"))
            .await
            .is_empty()
    );
    assert!(
        claimed(store, production, ("u", "anon"), &[])
            .await
            .is_empty()
    );
}

pub async fn a_claim_covers_both_persons_and_all_flags(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u", "u2"], "{}"),
        put_person(PRODUCTION, &["anon"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    let expected = ["a=anon", "b=anon"];
    assert_eq!(
        claimed(store, production, ("u", "anon"), &["a", "b"]).await,
        expected
    );
    for id in ["u", "u2", "anon"] {
        assert_eq!(stored(store, production, id, None).await, expected, "{id}");
    }
}

pub async fn the_owner_of_the_distinct_id_wins(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u"], "{}"),
        put_person(PRODUCTION, &["v"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    claimed(store, production, ("u", "first"), &["a"]).await;
    claimed(store, production, ("v", "second"), &["a", "b"]).await;
    assert_eq!(
        stored(store, production, "u", Some("v")).await,
        ["a=first", "b=second"]
    );
    assert_eq!(
        stored(store, production, "v", Some("u")).await,
        ["a=second", "b=second"]
    );
}

pub async fn a_claim_leaves_existing_rows(store: &impl Store) {
    let (production, _) = found(store).await;
    commit(store, vec![put_person(PRODUCTION, &["u"], "{}")])
        .await
        .unwrap();
    claimed(store, production, ("u", "first"), &["a"]).await;
    let told = claimed(store, production, ("u", "second"), &["a", "b"]).await;
    assert_eq!(told, ["a=first", "b=second"]);
    assert_eq!(stored(store, production, "u", None).await, told);
}

pub async fn a_missing_row_is_told(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u"], "{}"),
        put_person(PRODUCTION, &["anon"], "{}"),
        put_person(PRODUCTION, &["late"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    claimed(store, production, ("u", "anon"), &["a"]).await;
    for (anonymous, flags, expected) in [
        (Some("anon"), vec!["a"], false),
        (Some("anon"), vec!["a", "b"], true),
        (Some("late"), vec!["a"], true),
        (Some("visitor"), vec!["a"], true),
        (Some("anon"), vec![], false),
        (None, vec!["a", "b"], false),
    ] {
        let mut asked = query(production, "u");
        asked.anon_distinct_id = anonymous.map(str::to_owned);
        asked.continuity_flags = flags.iter().map(|flag| key(flag)).collect();
        let read = store.read_subject(asked).await.unwrap();
        assert_eq!(
            read.hash_keys_incomplete, expected,
            "{anonymous:?} {flags:?}"
        );
    }
}

pub async fn a_visitor_without_a_person_keeps_the_claim_aside(store: &impl Store) {
    let (production, _) = found(store).await;
    assert_eq!(
        claimed(store, production, ("u", "anon"), &["a"]).await,
        ["a=anon"]
    );
    assert_eq!(stored(store, production, "u", None).await, ["a=anon"]);
    assert_eq!(
        claimed(store, production, ("u", "other"), &["a"]).await,
        ["a=anon"]
    );
    let mut asked = query(production, "u");
    asked.anon_distinct_id = Some("anon".to_owned());
    asked.continuity_flags = vec![key("a")];
    let read = store.read_subject(asked).await.unwrap();
    assert!(!read.hash_keys_incomplete);
    assert_eq!(read.facts.person, None, "a claim makes no person");
}

pub async fn a_person_adopts_what_was_kept_aside(store: &impl Store) {
    let (production, _) = found(store).await;
    claimed(store, production, ("u", "anon"), &["a", "b"]).await;
    commit(store, vec![put_person(PRODUCTION, &["u", "u2"], "{}")])
        .await
        .unwrap();
    for id in ["u", "u2"] {
        assert_eq!(
            stored(store, production, id, None).await,
            ["a=anon", "b=anon"],
            "{id}"
        );
    }
}

pub async fn an_adopted_row_gives_way_to_one_that_is_there(store: &impl Store) {
    let (production, _) = found(store).await;
    commit(store, vec![put_person(PRODUCTION, &["u"], "{}")])
        .await
        .unwrap();
    claimed(store, production, ("u", "first"), &["a"]).await;
    claimed(store, production, ("late", "second"), &["a", "b"]).await;
    commit(store, vec![put_person(PRODUCTION, &["u", "late"], "{}")])
        .await
        .unwrap();
    for id in ["u", "late"] {
        assert_eq!(
            stored(store, production, id, None).await,
            ["a=first", "b=second"],
            "{id}"
        );
    }
}

pub async fn claims_of_two_environments_are_apart(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u"], "{}"),
        put_person(STAGING, &["u"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    claimed(store, production, ("u", "anon"), &["a"]).await;
    claimed(store, production, ("visitor", "anon"), &["a"]).await;
    for id in ["u", "visitor", "anon"] {
        assert!(stored(store, staging, id, None).await.is_empty(), "{id}");
    }
}

pub async fn claims_at_the_same_time_agree(store: &impl Store) {
    let (production, _) = found(store).await;
    commit(store, vec![put_person(PRODUCTION, &["u"], "{}")])
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        claimed(store, production, ("u", "first"), &["a", "b"]),
        claimed(store, production, ("u", "second"), &["a", "b"]),
    );
    assert_eq!(one, two);
    assert_eq!(stored(store, production, "u", None).await, one);
}
