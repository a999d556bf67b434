//! Pages of an environment's subjects, for export.

use burgee_model::{CohortId, EnvironmentId, Timestamp};

use super::{
    Store,
    fixture::{PRODUCTION, PROJECT, cohort, commit, found, group, person, put_cohort, token},
};
use crate::{Change, MemberChange, StoreError, SubjectPage};

/// All pages, one after another.
async fn all_pages(
    store: &impl Store,
    environment: EnvironmentId,
    rows_max: usize,
) -> Vec<SubjectPage> {
    let mut pages = Vec::new();
    let mut after: Option<String> = None;
    while pages.len() < 100 {
        let page = store
            .read_page(environment, after.take(), rows_max)
            .await
            .unwrap();
        after.clone_from(&page.next);
        pages.push(page);
        if after.is_none() {
            return pages;
        }
    }
    unreachable!("pages come to an end")
}

pub async fn an_empty_environment_is_one_empty_page(store: &impl Store) {
    let (production, _) = found(store).await;
    assert_eq!(
        all_pages(store, production, 10).await,
        [SubjectPage::default()]
    );
}

pub async fn pages_hold_every_subject_once(store: &impl Store) {
    let (production, staging) = found(store).await;
    let ids: Vec<String> = (0..7).map(|index| format!("id-{}", 9 - index)).collect();
    let persons: Vec<_> = ids.iter().map(|id| person(&[id], "{}")).collect();
    let keys = [(0, "a"), (0, "a:b"), (0, "ü"), (1, ""), (1, "a"), (2, "z")];
    let groups: Vec<_> = keys
        .iter()
        .filter(|(_, key)| !key.is_empty())
        .map(|(index, key)| group(*index, key, "{}"))
        .collect();
    store
        .put_subjects(production, persons, groups.clone())
        .await
        .unwrap();
    store
        .put_subjects(staging, vec![person(&["other"], "{}")], Vec::new())
        .await
        .unwrap();
    for rows_max in [0, 1, 2, 3, 7, 8, usize::MAX] {
        let pages = all_pages(store, production, rows_max).await;
        let largest = pages
            .iter()
            .map(|page| page.persons.len().max(page.groups.len()))
            .max();
        assert!(largest.unwrap() <= rows_max.max(1), "{rows_max}");
        let persons = pages.iter().flat_map(|page| &page.persons);
        let found: Vec<_> = persons
            .map(|(person, _)| person.distinct_ids[0].clone())
            .collect();
        assert_eq!(found, ids, "oldest first, {rows_max} a page");
        let found: Vec<_> = pages.iter().flat_map(|page| page.groups.clone()).collect();
        assert_eq!(found, groups, "{rows_max} a page");
    }
}

pub async fn a_page_tells_what_can_be_put_again(store: &impl Store) {
    let (production, _) = found(store).await;
    let mut declared = person(&["a", "b"], r#"{"plan": "pro"}"#);
    declared.created_at = Some(Timestamp::from_unix_micros(5));
    let add = |cohort| {
        Change::AddMembers(MemberChange {
            environment: token(PRODUCTION),
            cohort: CohortId(cohort),
            distinct_ids: vec!["a".to_owned()],
        })
    };
    let put = Change::PutPerson {
        environment: token(PRODUCTION),
        person: declared.clone(),
    };
    let archive = Change::ArchiveCohort {
        project: PROJECT.to_owned(),
        cohort: CohortId(2),
    };
    let changes = vec![
        put,
        put_cohort(cohort(1, true)),
        put_cohort(cohort(2, true)),
        put_cohort(cohort(3, true)),
        add(3),
        add(2),
        add(1),
        archive,
    ];
    commit(store, changes).await.unwrap();
    let page = store.read_page(production, None, 10).await.unwrap();
    assert_eq!(page.persons, [(declared, vec![CohortId(1), CohortId(3)])]);
}

pub async fn a_page_ends_only_where_a_page_ended(store: &impl Store) {
    let (production, _) = found(store).await;
    let nonsense = Some("nonsense".to_owned());
    let refused = store.read_page(production, nonsense, 10).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
}
