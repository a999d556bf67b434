//! Settings: a text under a name, or none. These laws ask for what reads and writes settings and
//! nothing else, since that need not be a database.

use crate::{SETTING_BYTES_MAX, SettingName, SettingReader, SettingWriter, StoreError};

const NAME: SettingName = SettingName::AllowList;

async fn read(store: &impl SettingReader) -> Option<String> {
    store.read_setting(NAME).await.unwrap()
}

pub async fn a_setting_is_not_there_at_first(store: &(impl SettingReader + SettingWriter)) {
    assert_eq!(read(store).await, None);
    store.put_setting(NAME, None).await.unwrap();
    assert_eq!(read(store).await, None);
}

pub async fn a_setting_is_what_was_put_last(store: &(impl SettingReader + SettingWriter)) {
    for value in ["first", "", " ü\n\"'\\ ", "first"] {
        store.put_setting(NAME, Some(value)).await.unwrap();
        assert_eq!(read(store).await.as_deref(), Some(value));
    }
}

pub async fn a_setting_can_be_taken_away(store: &(impl SettingReader + SettingWriter)) {
    for value in ["first", ""] {
        store.put_setting(NAME, Some(value)).await.unwrap();
        store.put_setting(NAME, None).await.unwrap();
        assert_eq!(read(store).await, None, "after `{value}`");
    }
}

pub async fn a_setting_has_a_longest_value(store: &(impl SettingReader + SettingWriter)) {
    let longest = "x".repeat(SETTING_BYTES_MAX);
    store.put_setting(NAME, Some(&longest)).await.unwrap();
    let refused = store.put_setting(NAME, Some(&format!("{longest}x"))).await;
    assert!(
        matches!(&refused, Err(StoreError::Refused(reason)) if reason.contains(NAME.as_str())),
        "{refused:?}"
    );
    assert!(read(store).await == Some(longest));
}

/// `lengthen` adds a byte to the value, past the store.
pub async fn a_setting_that_others_made_too_long_is_not_read(
    store: &(impl SettingReader + SettingWriter),
    lengthen: impl FnOnce(),
) {
    let longest = "x".repeat(SETTING_BYTES_MAX);
    store.put_setting(NAME, Some(&longest)).await.unwrap();
    lengthen();
    let read = store.read_setting(NAME).await;
    assert!(
        matches!(&read, Err(StoreError::Corrupt(reason)) if reason.contains(NAME.as_str())),
        "a value of {:?} bytes",
        read.map(|value| value.map(|value| value.len()))
    );
}
