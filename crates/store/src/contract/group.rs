//! Groups: each index with its own key.

use super::{
    Store,
    fixture::{PRODUCTION, STAGING, commit, found, group, group_ref, put_group, query},
};

pub async fn groups_are_not_crossed(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = [
        (0, "acme", r#"{"is":"organization acme"}"#),
        (0, "blue", r#"{"is":"organization blue"}"#),
        (2, "acme", r#"{"is":"team acme"}"#),
        (2, "blue", r#"{"is":"team blue"}"#),
    ]
    .map(|(index, key, properties)| put_group(PRODUCTION, group(index, key, properties)));
    commit(store, changes.to_vec()).await.unwrap();

    let mut asked = query(production, "u");
    asked.groups = vec![
        group_ref(2, "acme"),
        group_ref(1, "acme"),
        group_ref(0, "blue"),
    ];
    let read = store.read_subject(asked).await.unwrap();
    let mut found: Vec<_> = read
        .facts
        .groups
        .into_iter()
        .map(|group| group.properties)
        .collect();
    found.sort();
    assert_eq!(
        found,
        [r#"{"is":"organization blue"}"#, r#"{"is":"team acme"}"#]
    );
}

pub async fn groups_of_two_environments_are_apart(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_group(PRODUCTION, group(0, "acme", r#"{"in":"production"}"#)),
        put_group(STAGING, group(0, "blue", r#"{"in":"staging"}"#)),
    ];
    commit(store, changes).await.unwrap();
    for (environment, expected) in [(production, "production"), (staging, "staging")] {
        let mut asked = query(environment, "u");
        asked.groups = vec![group_ref(0, "acme"), group_ref(0, "blue")];
        let read = store.read_subject(asked).await.unwrap();
        assert_eq!(read.facts.groups.len(), 1);
        assert!(read.facts.groups[0].properties.contains(expected));
    }
}

pub async fn a_group_put_again_changes_its_properties(store: &impl Store) {
    found(store).await;
    for (properties, changed) in [
        (r#"{"size":1}"#, 1),
        (r#"{ "size" : 1 }"#, 0),
        (r#"{"size":2}"#, 1),
    ] {
        let change = put_group(PRODUCTION, group(0, "acme", properties));
        let committed = commit(store, vec![change]).await.unwrap();
        assert_eq!(committed.changed, changed, "{properties}");
    }
}
