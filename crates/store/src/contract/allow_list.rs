//! The allow list: absent, or of so many. Stores keep it as a setting, so the laws are of settings.

use std::collections::BTreeSet;

use burgee_model::ProjectToken;

use super::{
    Store,
    fixture::{PRODUCTION, STAGING, found, token},
};
use crate::{
    ALLOW_LIST_MAX, SettingName, SettingReader, SettingWriter, StoreError, put_allow_list,
    read_allow_list,
};

fn list(tokens: &[&str]) -> BTreeSet<ProjectToken> {
    tokens.iter().copied().map(token).collect()
}

/// Puts it, and finds it as it was put.
async fn keep(
    store: &(impl SettingReader + SettingWriter),
    allow_list: Option<BTreeSet<ProjectToken>>,
) {
    let put = put_allow_list(store, allow_list.as_ref()).await;
    assert_eq!(put, Ok(()));
    assert_eq!(read_allow_list(store).await, Ok(allow_list));
}

pub async fn nobody_set_an_allow_list_at_first(store: &(impl SettingReader + SettingWriter)) {
    assert_eq!(read_allow_list(store).await, Ok(None));
}

pub async fn an_allow_list_is_the_one_that_was_set_last(
    store: &(impl SettingReader + SettingWriter),
) {
    for tokens in [&[PRODUCTION][..], &[PRODUCTION, STAGING], &[STAGING]] {
        keep(store, Some(list(tokens))).await;
    }
}

pub async fn an_allow_list_of_nobody_is_one(store: &(impl SettingReader + SettingWriter)) {
    for allow_list in [Some(list(&[])), None, Some(list(&[PRODUCTION])), None] {
        keep(store, allow_list).await;
    }
}

pub async fn an_allow_list_is_read_as_others_may_have_written_it(
    store: &(impl SettingReader + SettingWriter),
) {
    for (value, expected) in [
        ("phc_a, phc_b", &["phc_a", "phc_b"][..]),
        (r#""phc_a,phc_b""#, &["phc_a", "phc_b"]),
        (r#"["phc_a", "", null]"#, &["phc_a"]),
        ("null", &[]),
        ("", &[]),
    ] {
        let put = store.put_setting(SettingName::AllowList, Some(value)).await;
        assert_eq!(put, Ok(()), "{value}");
        let read = read_allow_list(store).await;
        assert_eq!(read, Ok(Some(list(expected))), "{value}");
    }
}

pub async fn an_allow_list_has_a_limit(store: &(impl SettingReader + SettingWriter)) {
    let tokens: Vec<String> = (0..=ALLOW_LIST_MAX).map(|it| format!("phc_{it}")).collect();
    let mut longest: BTreeSet<_> = tokens.iter().map(|it| token(it)).collect();
    let refused = put_allow_list(store, Some(&longest)).await;
    assert!(
        matches!(&refused, Err(StoreError::Refused(reason)) if reason.contains("10001")),
        "{refused:?}"
    );
    assert_eq!(read_allow_list(store).await, Ok(None));
    longest.pop_last();
    keep(store, Some(longest)).await;
    let value = tokens.join(",");
    let put = store.put_setting(SettingName::AllowList, Some(&value));
    assert_eq!(put.await, Ok(()));
    let corrupt = read_allow_list(store).await;
    assert!(
        matches!(&corrupt, Err(StoreError::Corrupt(reason)) if reason.contains("10001")),
        "{corrupt:?}"
    );
}

pub async fn an_allow_list_raises_no_revision(store: &impl Store) {
    found(store).await;
    let before = store.read_revisions(None).await.unwrap().unwrap();
    keep(store, Some(list(&[PRODUCTION]))).await;
    assert_eq!(store.read_revisions(Some(before.mark)).await, Ok(None));
}
