//! Members of static cohorts.

use burgee_model::{CohortId, EnvironmentId};

use super::{
    Store,
    fixture::{
        PRODUCTION, STAGING, assert_refused, cohort, commit, found, put_cohort, put_person,
        read_subject, token,
    },
};
use crate::{Change, MemberChange};

fn add(token_text: &str, cohort: i32, distinct_ids: &[&str]) -> Change {
    Change::AddMembers(MemberChange {
        environment: token(token_text),
        cohort: CohortId(cohort),
        distinct_ids: distinct_ids.iter().map(|id| (*id).to_owned()).collect(),
    })
}

async fn cohorts_of(store: &impl Store, environment: EnvironmentId, id: &str) -> Vec<CohortId> {
    let read = read_subject(store, environment, id).await;
    let mut cohorts = read.facts.person.unwrap().static_cohorts;
    cohorts.sort();
    cohorts
}

pub async fn members_of_static_cohorts_are_told_with_the_person(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_cohort(cohort(1, true)),
        put_cohort(cohort(2, true)),
        put_cohort(cohort(3, true)),
        put_person(PRODUCTION, &["u", "v"], "{}"),
        put_person(PRODUCTION, &["w"], "{}"),
        add(PRODUCTION, 3, &["u", "v", "w"]),
        add(PRODUCTION, 1, &["v"]),
    ];
    commit(store, changes).await.unwrap();
    for (id, expected) in [("u", vec![1, 3]), ("v", vec![1, 3]), ("w", vec![3])] {
        let expected: Vec<_> = expected.into_iter().map(CohortId).collect();
        assert_eq!(cohorts_of(store, production, id).await, expected, "{id}");
    }
    let again = commit(store, vec![add(PRODUCTION, 1, &["u"])])
        .await
        .unwrap();
    assert_eq!(again.changed, 0);
}

pub async fn only_static_cohorts_take_members(store: &impl Store) {
    found(store).await;
    let mut archived = cohort(2, true);
    archived.deleted = true;
    let changes = vec![
        put_cohort(cohort(1, false)),
        put_cohort(archived),
        put_person(PRODUCTION, &["u"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    for cohort in [1, 2, 3] {
        assert_refused(&commit(store, vec![add(PRODUCTION, cohort, &["u"])]).await);
    }
}

pub async fn nobody_cannot_be_a_member(store: &impl Store) {
    let (production, _) = found(store).await;
    let changes = vec![
        put_cohort(cohort(1, true)),
        put_person(PRODUCTION, &["u"], "{}"),
    ];
    commit(store, changes).await.unwrap();
    assert_refused(&commit(store, vec![add(PRODUCTION, 1, &["u", "nobody"])]).await);
    assert_eq!(cohorts_of(store, production, "u").await, []);
}

pub async fn members_belong_to_one_environment(store: &impl Store) {
    let (production, staging) = found(store).await;
    let changes = vec![
        put_cohort(cohort(1, true)),
        put_person(PRODUCTION, &["u"], "{}"),
        put_person(STAGING, &["u"], "{}"),
        add(STAGING, 1, &["u"]),
    ];
    commit(store, changes).await.unwrap();
    assert_eq!(cohorts_of(store, production, "u").await, []);
    assert_eq!(cohorts_of(store, staging, "u").await, [CohortId(1)]);
}
