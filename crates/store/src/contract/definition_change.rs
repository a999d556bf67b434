//! What is different from a state that somebody holds.

use burgee_model::{CohortId, Definitions, EnvironmentId, FlagId, PropertyMatching, Revision};

use super::{
    Store,
    fixture::{
        PRODUCTION, PROJECT, STAGING, cohort, commit, flag, found, put_cohort, put_environment,
        put_flag, read, token,
    },
};
use crate::{Change, DefinitionChange, FlagChange};

/// What is different from `known` in the environment that has the token now.
async fn change_of(store: &impl Store, token_text: &str, known: &Definitions) -> DefinitionChange {
    let (token, state) = (token(token_text), (known.environment, known.revision));
    let change = store.read_change(&token, state).await.unwrap().unwrap();
    let now = read(store, token_text).await;
    assert_eq!(change.clone().apply(known), now, "{change:?}");
    change
}

/// The flags that were put and those that were removed since `known`; `None` if the whole is told.
async fn flags_since(store: &impl Store, known: &Definitions) -> Option<(Vec<i32>, Vec<i32>)> {
    match change_of(store, known.token.as_str(), known).await {
        DefinitionChange::Whole(_) => None,
        DefinitionChange::Flags(change) => Some((
            change.put.iter().map(|flag| flag.id.0).collect(),
            change.removed.iter().map(|id| id.0).collect(),
        )),
    }
}

fn archive_flag(token_text: &str, id: i32) -> Change {
    Change::ArchiveFlag {
        environment: token(token_text),
        flag: FlagId(id),
    }
}

/// The flags `a`, `b` and `c` in production, `a` and `b` in staging.
async fn put_some(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(PRODUCTION, flag(2, "b")),
        put_flag(PRODUCTION, flag(3, "c")),
        put_flag(STAGING, flag(1, "a")),
        put_flag(STAGING, flag(2, "b")),
    ];
    commit(store, changes).await.unwrap();
}

pub async fn a_change_of_one_flag_is_that_flag_alone(store: &impl Store) {
    put_some(store).await;
    let known = read(store, PRODUCTION).await;
    let mut off = flag(2, "b");
    off.active = false;
    commit(store, vec![put_flag(PRODUCTION, off.clone())])
        .await
        .unwrap();
    let expected = FlagChange {
        environment: known.environment,
        revision: Revision(known.revision.0 + 1),
        put: vec![off],
        removed: Vec::new(),
    };
    let change = change_of(store, PRODUCTION, &known).await;
    assert_eq!(change, DefinitionChange::Flags(expected));
}

pub async fn flags_that_come_and_go_are_told(store: &impl Store) {
    put_some(store).await;
    let put = |id, key| put_flag(PRODUCTION, flag(id, key));
    let mut deleted = flag(3, "c");
    deleted.deleted = true;
    let first = read(store, PRODUCTION).await;
    for (what, changes, expected) in [
        ("added", vec![put(4, "d")], (vec![4], vec![])),
        (
            "archived",
            vec![archive_flag(PRODUCTION, 2)],
            (vec![], vec![2]),
        ),
        (
            "archived again, another put",
            vec![archive_flag(PRODUCTION, 2), put(5, "e")],
            (vec![5], vec![]),
        ),
        ("back", vec![put(2, "b")], (vec![2], vec![])),
        (
            "put as deleted",
            vec![put_flag(PRODUCTION, deleted)],
            (vec![], vec![3]),
        ),
        (
            "come and gone",
            vec![put(6, "f"), archive_flag(PRODUCTION, 6)],
            (vec![], vec![6]),
        ),
    ] {
        let known = read(store, PRODUCTION).await;
        commit(store, changes).await.unwrap();
        assert_eq!(flags_since(store, &known).await, Some(expected), "{what}");
    }
    let since_first = flags_since(store, &first).await;
    assert_eq!(since_first, Some((vec![2, 4, 5], vec![3, 6])));
}

pub async fn another_key_is_told_wherever_the_flag_is(store: &impl Store) {
    put_some(store).await;
    commit(store, vec![archive_flag(STAGING, 2)]).await.unwrap();
    let put = |id, key| put_flag(PRODUCTION, flag(id, key));
    for (what, changes, production, staging) in [
        ("renamed", vec![put(1, "z")], vec![1], vec![1]),
        ("archived there", vec![put(2, "y")], vec![2], vec![]),
        ("not there", vec![put(3, "x")], vec![3], vec![]),
        (
            "exchanged",
            vec![put(1, "x"), put(3, "z")],
            vec![1, 3],
            vec![1],
        ),
    ] {
        let known = (read(store, PRODUCTION).await, read(store, STAGING).await);
        commit(store, changes).await.unwrap();
        let told = flags_since(store, &known.0).await;
        assert_eq!(told, Some((production, vec![])), "{what}");
        let told = flags_since(store, &known.1).await;
        assert_eq!(told, Some((staging, vec![])), "{what}");
    }
}

pub async fn whoever_knows_the_present_is_told_nothing(store: &impl Store) {
    put_some(store).await;
    let known = read(store, PRODUCTION).await;
    let nothing = Some((vec![], vec![]));
    assert_eq!(flags_since(store, &known).await, nothing);
    let mut off = flag(1, "a");
    off.active = false;
    commit(store, vec![put_flag(STAGING, off)]).await.unwrap();
    assert_eq!(flags_since(store, &known).await, nothing);
}

pub async fn what_is_more_than_flags_is_told_as_the_whole(store: &impl Store) {
    put_some(store).await;
    let environment = |timezone: &str, property_matching| Change::PutEnvironment {
        project: PROJECT.to_owned(),
        name: "production".to_owned(),
        token: token(PRODUCTION),
        timezone: timezone.to_owned(),
        property_matching,
    };
    let changes = [
        put_cohort(cohort(1, false)),
        Change::ArchiveCohort {
            project: PROJECT.to_owned(),
            cohort: CohortId(1),
        },
        Change::PutProject {
            name: PROJECT.to_owned(),
            group_types: vec![Some("team".to_owned())],
        },
        environment("UTC", PropertyMatching::Explicit),
        environment("UTC", PropertyMatching::Released),
        Change::PutHoldPolls {
            environment: token(PRODUCTION),
            seconds: 7,
        },
    ];
    let earliest = read(store, PRODUCTION).await;
    for (id, change) in (10..).zip(changes) {
        let known = read(store, PRODUCTION).await;
        let with_a_flag = put_flag(PRODUCTION, flag(id, &format!("flag-{id}")));
        commit(store, vec![change.clone(), with_a_flag])
            .await
            .unwrap();
        assert_eq!(flags_since(store, &known).await, None, "{change:?}");
    }
    let known = read(store, PRODUCTION).await;
    let put = put_flag(PRODUCTION, flag(9, "later"));
    commit(store, vec![put]).await.unwrap();
    assert_eq!(flags_since(store, &known).await, Some((vec![9], vec![])));
    assert_eq!(flags_since(store, &earliest).await, None);
}

pub async fn an_environment_under_another_token_is_told_as_the_whole(store: &impl Store) {
    put_some(store).await;
    let known = read(store, PRODUCTION).await;
    let renamed = put_environment(PROJECT, "production", "phc_new");
    commit(store, vec![renamed]).await.unwrap();
    let told = change_of(store, "phc_new", &known).await;
    assert!(matches!(told, DefinitionChange::Whole(_)));
    let state = (known.environment, known.revision);
    let told = store.read_change(&token(PRODUCTION), state).await;
    assert_eq!(told, Ok(None), "nobody has this token");
}

pub async fn a_state_that_never_was_is_told_as_the_whole(store: &impl Store) {
    put_some(store).await;
    let (production, staging) = (read(store, PRODUCTION).await, read(store, STAGING).await);
    let Definitions {
        environment,
        revision,
        ..
    } = production;
    for (what, environment, revision) in [
        ("another environment's", staging.environment, revision),
        ("no environment's", EnvironmentId(-1), revision),
        ("before the first", environment, Revision(0)),
        ("the next", environment, Revision(revision.0 + 1)),
        ("beyond the sign", environment, Revision(1 << 63)),
        ("the last of all", environment, Revision(u64::MAX)),
    ] {
        let known = Definitions {
            environment,
            revision,
            ..production.clone()
        };
        assert_eq!(flags_since(store, &known).await, None, "{what}");
    }
}

pub async fn a_token_that_nobody_has_has_no_change(store: &impl Store) {
    let (production, _) = found(store).await;
    let state = (production, Revision(1));
    let told = store.read_change(&token("phc_unknown"), state).await;
    assert_eq!(told, Ok(None));
}

/// `raise` raises the revision of every environment in the database, and does no more, as programs of
/// the version before did. One may still be at work when the schema has been brought up to date.
pub async fn what_the_version_before_changed_is_told_as_the_whole(
    store: &impl Store,
    raise: impl FnOnce(),
) {
    put_some(store).await;
    let first = read(store, PRODUCTION).await;
    raise();
    let second = read(store, PRODUCTION).await;
    assert_ne!(second.revision, first.revision);
    assert_eq!(flags_since(store, &first).await, None);
    commit(store, vec![put_flag(PRODUCTION, flag(4, "d"))])
        .await
        .unwrap();
    for known in [first, second] {
        assert_eq!(flags_since(store, &known).await, None);
    }
    let third = read(store, PRODUCTION).await;
    commit(store, vec![put_flag(PRODUCTION, flag(5, "e"))])
        .await
        .unwrap();
    let told = flags_since(store, &third).await;
    assert_eq!(told, Some((vec![5], vec![])));
}
