//! What a commit changes, and what it says it changed.

use burgee_model::{CohortId, FlagId, ProjectToken, PropertyMatching, Revision};

use super::{
    Store,
    fixture::{
        PRODUCTION, PROJECT, STAGING, assert_refused, cohort, commit, flag, found, put_cohort,
        put_environment, put_flag, put_group, put_person, put_project, read, revision, token,
    },
};
use crate::{
    Change, ChangeSet, Committed, HOLD_POLLS_SECONDS_MAX, KeyDigest, MemberChange, SecretKey,
    StoreError,
};

pub async fn a_new_environment_has_its_first_revision(store: &impl Store) {
    let changes = vec![
        put_project(PROJECT),
        put_environment(PROJECT, "production", PRODUCTION),
        put_flag(PRODUCTION, flag(1, "a")),
    ];
    let expected = Committed {
        changed: 3,
        unchanged: 0,
        revisions: vec![(token(PRODUCTION), Revision(1))],
    };
    assert_eq!(commit(store, changes).await, Ok(expected));
    assert_eq!(revision(store, PRODUCTION).await, Revision(1));
}

pub async fn putting_the_same_twice_changes_nothing(store: &impl Store) {
    found(store).await;
    let mut deleted = cohort(2, false);
    deleted.deleted = true;
    let key = SecretKey {
        digest: KeyDigest::of("phs_a"),
        hint: "phs_a".to_owned(),
        name: None,
        scopes: vec!["feature_flag:read".to_owned()],
        expires_at: None,
    };
    let environment = token(PRODUCTION);
    let changes = vec![
        put_project(PROJECT),
        put_environment(PROJECT, "production", PRODUCTION),
        Change::PutSecretKey {
            environment: environment.clone(),
            key: key.clone(),
        },
        Change::PutPersonalKey {
            environment: environment.clone(),
            key,
        },
        put_cohort(cohort(1, true)),
        put_cohort(deleted),
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(STAGING, flag(1, "a")),
        put_person(PRODUCTION, &["u1", "u2"], r#"{"plan": "pro", "n": 1}"#),
        put_group(PRODUCTION, super::fixture::group(0, "acme", "{}")),
        Change::AddMembers(MemberChange {
            environment,
            cohort: CohortId(1),
            distinct_ids: vec!["u2".to_owned()],
        }),
    ];
    let count = changes.len();
    commit(store, changes.clone()).await.unwrap();
    let before = (read(store, PRODUCTION).await, read(store, STAGING).await);
    let expected = Committed {
        changed: 0,
        unchanged: count,
        revisions: Vec::new(),
    };
    assert_eq!(commit(store, changes).await, Ok(expected));
    assert_eq!(
        (read(store, PRODUCTION).await, read(store, STAGING).await),
        before
    );
}

pub async fn one_commit_raises_a_revision_once(store: &impl Store) {
    found(store).await;
    let flags = (1..=5).map(|id| put_flag(PRODUCTION, flag(id, &format!("flag-{id}"))));
    let committed = commit(store, flags.collect()).await.unwrap();
    assert_eq!(committed.revisions, [(token(PRODUCTION), Revision(2))]);
}

pub async fn only_environments_that_see_a_change_are_raised(store: &impl Store) {
    found(store).await;
    let both = [PRODUCTION, STAGING];
    let mut renamed = flag(1, "renamed");
    renamed.version = None;
    let archive = Change::ArchiveFlag {
        environment: token(STAGING),
        flag: FlagId(1),
    };
    for (change, raised) in [
        (put_flag(PRODUCTION, flag(1, "a")), &both[..1]),
        (put_flag(STAGING, flag(1, "a")), &both[1..]),
        (put_cohort(cohort(1, false)), &both),
        (put_flag(PRODUCTION, renamed), &both),
        (archive, &both[1..]),
        (put_flag(PRODUCTION, flag(1, "renamed-again")), &both[..1]),
        (put_person(PRODUCTION, &["u"], "{}"), &[]),
        (
            put_environment(PROJECT, "third", "phc_third"),
            &["phc_third"],
        ),
    ] {
        let committed = commit(store, vec![change.clone()]).await.unwrap();
        let tokens: Vec<_> = committed
            .revisions
            .iter()
            .map(|(token, _)| token.as_str())
            .collect();
        assert_eq!(tokens, raised, "{change:?}");
    }
}

pub async fn a_refused_change_undoes_those_before_it(store: &impl Store) {
    found(store).await;
    let before = store.read_project(PROJECT).await;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_cohort(cohort(1, false)),
        put_project("Other"),
        put_flag("phc_unknown", flag(2, "b")),
    ];
    assert_refused(&commit(store, changes).await);
    assert_eq!(store.read_project(PROJECT).await, before);
    assert_eq!(store.read_project("Other").await, Ok(None));
}

pub async fn a_revision_that_has_passed_is_a_conflict(store: &impl Store) {
    let (production, _) = found(store).await;
    let set = |revision, id| ChangeSet {
        expected: vec![(production, Revision(revision))],
        changes: vec![put_flag(PRODUCTION, flag(id, &format!("flag-{id}")))],
    };
    assert!(store.commit(&set(1, 1)).await.is_ok());
    let refused = store.commit(&set(1, 2)).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(read(store, PRODUCTION).await.flags.len(), 1);
    assert!(store.commit(&set(2, 2)).await.is_ok());
}

pub async fn a_flag_counts_its_versions_unless_told(store: &impl Store) {
    found(store).await;
    let version = |version, active| {
        let mut flag = flag(1, "a");
        flag.version = version;
        flag.active = active;
        put_flag(PRODUCTION, flag)
    };
    for (change, expected) in [
        (version(None, true), 1),
        (version(None, true), 1),
        (version(None, false), 2),
        (version(Some(9), false), 9),
        (version(None, false), 9),
        (version(None, true), 10),
        (version(Some(4), true), 4),
    ] {
        commit(store, vec![change]).await.unwrap();
        let stored = read(store, PRODUCTION).await.flags[0].version;
        assert_eq!(stored, Some(expected));
    }
}

pub async fn a_flag_without_a_name_keeps_its_name(store: &impl Store) {
    found(store).await;
    let mut unnamed = flag(1, "a");
    unnamed.name = None;
    commit(store, vec![put_flag(PRODUCTION, flag(1, "a"))])
        .await
        .unwrap();
    let committed = commit(store, vec![put_flag(PRODUCTION, unnamed)])
        .await
        .unwrap();
    assert_eq!(committed.changed, 0);
    assert_eq!(read(store, PRODUCTION).await.flags, [flag(1, "a")]);
}

pub async fn key_and_name_are_those_of_the_project(store: &impl Store) {
    found(store).await;
    let changes = vec![
        put_flag(PRODUCTION, flag(1, "a")),
        put_flag(STAGING, flag(1, "b")),
    ];
    commit(store, changes).await.unwrap();
    assert_eq!(read(store, PRODUCTION).await.flags, [flag(1, "b")]);
    assert_eq!(read(store, STAGING).await.flags, [flag(1, "b")]);
}

pub async fn two_flags_do_not_share_a_key_but_may_exchange_theirs(store: &impl Store) {
    found(store).await;
    let put = |id, key| put_flag(PRODUCTION, flag(id, key));
    commit(store, vec![put(1, "a"), put(2, "b")]).await.unwrap();
    assert_refused(&commit(store, vec![put(3, "a")]).await);
    assert_refused(&commit(store, vec![put(2, "a")]).await);
    commit(store, vec![put(1, "b"), put(2, "a")]).await.unwrap();
    assert_eq!(
        read(store, PRODUCTION).await.flags,
        [flag(1, "b"), flag(2, "a")]
    );
}

pub async fn an_environment_takes_a_new_token_but_not_anothers(store: &impl Store) {
    let (production, _) = found(store).await;
    assert_refused(&commit(store, vec![put_environment(PROJECT, "production", STAGING)]).await);
    let changes = vec![put_environment(PROJECT, "production", "phc_new")];
    let committed = commit(store, changes).await.unwrap();
    assert_eq!(committed.revisions, [(token("phc_new"), Revision(2))]);
    assert_eq!(store.read_by_token(&token(PRODUCTION)).await, Ok(None));
    assert_eq!(read(store, "phc_new").await.environment, production);
}

pub async fn an_environment_says_how_long_polls_are_held(store: &impl Store) {
    found(store).await;
    assert_eq!(read(store, PRODUCTION).await.hold_polls_seconds, 0);
    let hold = |seconds| Change::PutHoldPolls {
        environment: token(PRODUCTION),
        seconds,
    };
    let before = revision(store, PRODUCTION).await;
    let committed = commit(store, vec![hold(HOLD_POLLS_SECONDS_MAX)]).await;
    assert_eq!(committed.unwrap().changed, 1);
    let definitions = read(store, PRODUCTION).await;
    assert_eq!(definitions.hold_polls_seconds, HOLD_POLLS_SECONDS_MAX);
    assert_eq!(definitions.revision, Revision(before.0 + 1));
    assert_eq!(read(store, STAGING).await.hold_polls_seconds, 0);
    let tree = store.read_project(PROJECT).await.unwrap().unwrap();
    let seconds: Vec<_> = tree
        .environments
        .iter()
        .map(|(record, _)| record.hold_polls_seconds)
        .collect();
    assert_eq!(seconds, [HOLD_POLLS_SECONDS_MAX, 0]);
    let again = commit(store, vec![hold(HOLD_POLLS_SECONDS_MAX)]).await;
    assert_eq!(again.unwrap().changed, 0);
    assert_refused(&commit(store, vec![hold(HOLD_POLLS_SECONDS_MAX + 1)]).await);
}

pub async fn a_secret_key_opens_one_environment_and_a_personal_key_several(store: &impl Store) {
    found(store).await;
    let key = || SecretKey {
        digest: KeyDigest::of("phs_a"),
        hint: "phs_a".to_owned(),
        name: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    let secret = |environment| Change::PutSecretKey {
        environment: token(environment),
        key: key(),
    };
    let personal = |environment| Change::PutPersonalKey {
        environment: token(environment),
        key: key(),
    };
    commit(store, vec![secret(PRODUCTION)]).await.unwrap();
    assert_refused(&commit(store, vec![secret(STAGING)]).await);
    let changes = vec![personal(PRODUCTION), personal(STAGING)];
    assert_eq!(commit(store, changes).await.unwrap().changed, 2);
}

pub async fn what_does_not_exist_cannot_be_changed(store: &impl Store) {
    found(store).await;
    let environment = |text: &str| -> ProjectToken { token(text) };
    let nowhere = Change::PutEnvironment {
        project: "nowhere".to_owned(),
        name: "production".to_owned(),
        token: environment("phc_nowhere"),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
    };
    let cohort_of_nowhere = Change::PutCohort {
        project: "nowhere".to_owned(),
        cohort: cohort(1, false),
    };
    for change in [
        nowhere,
        cohort_of_nowhere,
        put_flag("phc_nowhere", flag(1, "a")),
        put_person("phc_nowhere", &["u"], "{}"),
        put_group("phc_nowhere", super::fixture::group(0, "acme", "{}")),
    ] {
        assert_refused(&commit(store, vec![change]).await);
    }
}

pub async fn commits_at_the_same_time_are_all_made(store: &impl Store) {
    found(store).await;
    let put = |id| {
        commit(
            store,
            vec![put_flag(PRODUCTION, flag(id, &format!("flag-{id}")))],
        )
    };
    let (one, two, three, four) = tokio::join!(put(1), put(2), put(3), put(4));
    assert!([one, two, three, four].iter().all(Result::is_ok));
    let read = read(store, PRODUCTION).await;
    assert_eq!((read.flags.len(), read.revision), (4, Revision(5)));
}

pub async fn of_two_commits_that_expect_one_revision_one_is_made(store: &impl Store) {
    let (production, _) = found(store).await;
    let set = |id| ChangeSet {
        expected: vec![(production, Revision(1))],
        changes: vec![put_flag(PRODUCTION, flag(id, &format!("flag-{id}")))],
    };
    let (first, second) = (set(1), set(2));
    let (one, two) = tokio::join!(store.commit(&first), store.commit(&second));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(read(store, PRODUCTION).await.flags.len(), 1);
}
