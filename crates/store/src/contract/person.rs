//! Persons: found by any of their distinct ids, in their environment only.

use burgee_model::Timestamp;

use super::{
    Store,
    fixture::{
        PRODUCTION, STAGING, assert_refused, commit, found, group, group_ref, person, properties,
        put_person, query, read_subject,
    },
};
use crate::{DISTINCT_IDS_MAX, PROPERTIES_BYTES_MAX, StoreError, SubjectRead};

pub async fn nobody_is_found_where_nobody_was_put(store: &impl Store) {
    let (production, _) = found(store).await;
    assert_eq!(
        read_subject(store, production, "u").await,
        SubjectRead::default()
    );
}

pub async fn a_person_is_found_by_each_distinct_id(store: &impl Store) {
    let (production, _) = found(store).await;
    let ids: Vec<String> = (0..1_000).map(|index| format!("id-{index}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let changes = vec![
        put_person(PRODUCTION, &ids, r#"{"plan":"pro"}"#),
        put_person(PRODUCTION, &["other"], r#"{"plan":"free"}"#),
    ];
    commit(store, changes).await.unwrap();
    for id in ["id-0", "id-500", "id-999"] {
        let found = properties(store, production, id).await;
        assert_eq!(found.as_deref(), Some(r#"{"plan":"pro"}"#), "{id}");
    }
    let found = properties(store, production, "other").await;
    assert_eq!(found.as_deref(), Some(r#"{"plan":"free"}"#));
}

pub async fn distinct_ids_are_any_text(store: &impl Store) {
    let (production, _) = found(store).await;
    let long = "é".repeat(200);
    let ids = [
        "",
        " ",
        "U",
        "u",
        "ü",
        "u\u{308}",
        "😀'\"--\\%_",
        "null",
        "0",
        "00",
        &long,
    ];
    let properties_of = |index: usize| format!(r#"{{"index":{index}}}"#);
    let changes = ids
        .iter()
        .enumerate()
        .map(|(index, id)| put_person(PRODUCTION, &[id], &properties_of(index)));
    commit(store, changes.collect()).await.unwrap();
    for (index, id) in ids.iter().enumerate() {
        let found = properties(store, production, id).await;
        assert_eq!(found, Some(properties_of(index)), "{id:?}");
    }
    assert_eq!(properties(store, production, "u ").await, None);
}

pub async fn properties_come_back_as_text_up_to_the_limit(store: &impl Store) {
    let (production, _) = found(store).await;
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(PROPERTIES_BYTES_MAX - 8));
    for text in [r#"{ "b" : 1.0, "a" : "\u00fc", "b2" : 1e2 }"#, "{}", &large] {
        commit(store, vec![put_person(PRODUCTION, &["u"], text)])
            .await
            .unwrap();
        let found = properties(store, production, "u").await.unwrap();
        assert!(found == text, "{} bytes", found.len());
    }
}

pub async fn a_person_beyond_the_limits_is_refused(store: &impl Store) {
    found(store).await;
    let many = vec!["u"; DISTINCT_IDS_MAX + 1];
    let long = "u".repeat(201);
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(PROPERTIES_BYTES_MAX - 7));
    for change in [
        put_person(PRODUCTION, &[], "{}"),
        put_person(PRODUCTION, &many, "{}"),
        put_person(PRODUCTION, &[&long], "{}"),
        put_person(PRODUCTION, &["u"], &large),
        put_person(PRODUCTION, &["u"], "[]"),
        put_person(PRODUCTION, &["u"], "{"),
    ] {
        assert_refused(&commit(store, vec![change]).await);
    }
}

pub async fn only_what_is_asked_for_is_read(store: &impl Store) {
    let (production, _) = found(store).await;
    let (person, group) = (person(&["u"], "{}"), group(0, "acme", "{}"));
    store
        .put_subjects(production, vec![person], vec![group])
        .await
        .unwrap();
    let mut asked = query(production, "u");
    asked.person = false;
    let read = store.read_subject(asked.clone()).await.unwrap();
    assert_eq!(read, SubjectRead::default());
    asked.groups = vec![group_ref(0, "acme")];
    asked.hash_keys = false;
    let read = store.read_subject(asked).await.unwrap();
    assert_eq!((read.facts.person, read.facts.groups.len()), (None, 1));
}

pub async fn environments_do_not_share_persons(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u", "v"], r#"{"in":"production"}"#),
        put_person(STAGING, &["u"], r#"{"in":"staging"}"#),
    ];
    commit(store, changes).await.unwrap();
    let of = |environment, id| properties(store, environment, id);
    assert_eq!(
        of(production, "u").await.as_deref(),
        Some(r#"{"in":"production"}"#)
    );
    assert_eq!(
        of(staging, "u").await.as_deref(),
        Some(r#"{"in":"staging"}"#)
    );
    assert_eq!(of(staging, "v").await, None);
}

pub async fn a_person_put_again_gains_ids_and_changes_properties(store: &impl Store) {
    let (production, _) = found(store).await;
    commit(store, vec![put_person(PRODUCTION, &["u"], r#"{"a":1}"#)])
        .await
        .unwrap();
    let again = commit(
        store,
        vec![put_person(PRODUCTION, &["v", "u"], r#"{"b":2}"#)],
    )
    .await;
    assert_eq!(again.unwrap().changed, 1);
    for id in ["u", "v"] {
        let found = properties(store, production, id).await;
        assert_eq!(found.as_deref(), Some(r#"{"b":2}"#));
    }
}

pub async fn equal_properties_are_no_change(store: &impl Store) {
    found(store).await;
    commit(
        store,
        vec![put_person(PRODUCTION, &["u"], r#"{"a":1,"b":[]}"#)],
    )
    .await
    .unwrap();
    for (text, changed) in [
        (r#"{"b" : [], "a": 1}"#, 0),
        (r#"{"a":1}"#, 1),
        (r#"{"a":"1"}"#, 1),
    ] {
        let committed = commit(store, vec![put_person(PRODUCTION, &["u"], text)]).await;
        assert_eq!(committed.unwrap().changed, changed, "{text}");
    }
}

pub async fn distinct_ids_of_two_persons_are_refused(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_person(PRODUCTION, &["u"], r#"{"a":1}"#),
        put_person(PRODUCTION, &["v"], r#"{"a":2}"#),
    ];
    commit(store, changes).await.unwrap();
    assert_refused(&commit(store, vec![put_person(PRODUCTION, &["u", "v"], "{}")]).await);
    assert_eq!(
        properties(store, production, "v").await.as_deref(),
        Some(r#"{"a":2}"#)
    );
}

pub async fn a_person_keeps_the_time_of_its_first_sight(store: &impl Store) {
    let (production, _) = found(store).await;
    let time = Timestamp::from_unix_micros(1_700_000_000_123_456);
    let mut declared = person(&["u"], "{}");
    declared.created_at = Some(time);
    let later = person(&["u"], r#"{"a":1}"#);
    let unknown = person(&["v"], "{}");
    for person in [declared, later, unknown] {
        store
            .put_subjects(production, vec![person], Vec::new())
            .await
            .unwrap();
    }
    let created_at = async |id| {
        let read = read_subject(store, production, id).await;
        read.facts.person.unwrap().created_at.unwrap()
    };
    assert_eq!(created_at("u").await, time);
    assert!(created_at("v").await > time, "the time when it was stored");
}

pub async fn subjects_are_put_all_or_not_at_all(store: &impl Store) {
    let (production, _) = found(store).await;
    let persons = vec![person(&["u"], "{}"), person(&["v"], "no object")];
    let refused = store.put_subjects(production, persons, Vec::new()).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(properties(store, production, "u").await, None);
    let nowhere = burgee_model::EnvironmentId(production.0 + 1_000);
    let persons = vec![person(&["u"], "{}")];
    let refused = store.put_subjects(nowhere, persons, Vec::new()).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
}
