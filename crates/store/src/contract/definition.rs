//! Definitions read back as they were put.

use burgee_model::{GroupType, GroupTypeIndex, PropertyMatching, Revision};
use serde_json::json;

use super::{
    Store,
    fixture::{
        PRODUCTION, PROJECT, STAGING, cohort, commit, flag, found, put_cohort, put_environment,
        put_flag, put_project, read, token,
    },
};

pub async fn an_unknown_token_is_nothing_and_no_error(store: &impl Store) {
    found(store).await;
    assert_eq!(store.read_by_token(&token("phc_unknown")).await, Ok(None));
    assert_eq!(store.read_project("unknown").await, Ok(None));
}

pub async fn definitions_read_back_as_they_were_put(store: &impl Store) {
    found(store).await;
    let (flag, cohort) = (flag(7, "new-checkout"), cohort(2, false));
    let changes = vec![
        put_flag(PRODUCTION, flag.clone()),
        put_cohort(cohort.clone()),
    ];
    commit(store, changes).await.unwrap();

    let definitions = read(store, PRODUCTION).await;
    assert_eq!(definitions.token, token(PRODUCTION));
    assert_eq!(definitions.revision, Revision(2));
    assert_eq!(definitions.timezone, "Europe/Berlin");
    assert_eq!(definitions.property_matching, PropertyMatching::Explicit);
    assert_eq!(definitions.flags, [flag]);
    assert_eq!(definitions.cohorts, [cohort]);
}

pub async fn flags_come_by_id_and_without_the_archived_ones(store: &impl Store) {
    found(store).await;
    let mut inactive = flag(3, "inactive");
    inactive.active = false;
    let archive = crate::Change::ArchiveFlag {
        environment: token(PRODUCTION),
        flag: burgee_model::FlagId(2),
    };
    let changes = vec![
        put_flag(PRODUCTION, inactive),
        put_flag(PRODUCTION, flag(2, "archived")),
        put_flag(PRODUCTION, flag(1, "active")),
        archive,
    ];
    commit(store, changes).await.unwrap();
    let read = read(store, PRODUCTION).await;
    let keys: Vec<_> = read.flags.iter().map(|flag| flag.key.as_str()).collect();
    assert_eq!(keys, ["active", "inactive"]);
}

pub async fn documents_keep_what_nobody_knows(store: &impl Store) {
    found(store).await;
    let mut strange = flag(1, "strange");
    let filters = json!({
        "groups": [{"rollout_percentage": 0.1 + 0.2, "sort_key": "ü \u{1F600} \u{0}"}],
        "super_groups": null,
        "holdout": {"id": 9_007_199_254_740_993_i64, "exclusion_percentage": 1e-300},
        "": {"deep": [[[[{}]]]]},
    });
    strange.filters = filters.into();
    let mut legacy = cohort(1, false);
    legacy.filters = serde_json::Value::Null;
    legacy.groups = json!([{"properties": {"plan": "pro"}}]);
    legacy.name = None;
    let changes = vec![
        put_flag(PRODUCTION, strange.clone()),
        put_cohort(legacy.clone()),
    ];
    commit(store, changes).await.unwrap();
    let read = read(store, PRODUCTION).await;
    assert_eq!(read.flags, [strange]);
    assert_eq!(read.cohorts, [legacy]);
}

pub async fn group_types_keep_their_places(store: &impl Store) {
    found(store).await;
    let group_type = |index, name: &str| GroupType {
        index: GroupTypeIndex(index),
        name: name.to_owned(),
    };
    let read = read(store, PRODUCTION).await;
    assert_eq!(
        read.group_types,
        [group_type(0, "organization"), group_type(2, "team")]
    );
    let project = store.read_project(PROJECT).await.unwrap().unwrap().project;
    let names = [
        Some("organization".to_owned()),
        None,
        Some("team".to_owned()),
    ];
    assert_eq!(project.group_types, names);
}

pub async fn projects_are_listed_by_name(store: &impl Store) {
    assert_eq!(store.list_projects().await, Ok(Vec::new()));
    commit(store, vec![put_project("b"), put_project("a")])
        .await
        .unwrap();
    let projects = store.list_projects().await.unwrap();
    let names: Vec<_> = projects.iter().map(|project| &*project.name).collect();
    assert_eq!(names, ["a", "b"]);
}

pub async fn a_project_is_read_with_all_its_environments(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_flag(PRODUCTION, flag(2, "b")),
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(STAGING, flag(2, "b")),
        put_cohort(cohort(4, true)),
    ];
    commit(store, changes).await.unwrap();
    let tree = store.read_project(PROJECT).await.unwrap().unwrap();
    assert_eq!(tree.cohorts, [cohort(4, true)]);
    assert_eq!((tree.flag_id_max, tree.cohort_id_max), (2, 4));
    let read: Vec<_> = tree
        .environments
        .into_iter()
        .map(|(environment, flags)| (environment.id, environment.name, flags))
        .collect();
    let expected = [
        (
            production,
            "production".to_owned(),
            vec![flag(1, "a"), flag(2, "b")],
        ),
        (staging, "staging".to_owned(), vec![flag(2, "b")]),
    ];
    assert_eq!(read, expected);
}

pub async fn environments_do_not_see_each_others_flags(store: &impl Store) {
    found(store).await;
    let mut elsewhere = flag(1, "a");
    elsewhere.active = false;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(STAGING, elsewhere.clone()),
        put_project("Other"),
        put_environment("Other", "production", "phc_other"),
        put_flag("phc_other", flag(1, "unrelated")),
    ];
    commit(store, changes).await.unwrap();
    assert_eq!(read(store, PRODUCTION).await.flags, [flag(1, "a")]);
    assert_eq!(read(store, STAGING).await.flags, [elsewhere]);
    assert_eq!(read(store, "phc_other").await.flags, [flag(1, "unrelated")]);
}
