//! Settings on top of the lanes.

use async_trait::async_trait;
use burgee_store::{SettingName, SettingReader, SettingWriter, StoreError};

use super::SqliteStore;
use crate::{read, write};

#[async_trait]
impl SettingReader for SqliteStore {
    async fn read_setting(&self, name: SettingName) -> Result<Option<String>, StoreError> {
        self.define(move |connection| read::read_setting(connection, name))
            .await
    }
}

#[async_trait]
impl SettingWriter for SqliteStore {
    async fn put_setting(&self, name: SettingName, value: Option<&str>) -> Result<(), StoreError> {
        let value = value.map(str::to_owned);
        let deadlines = self.inner.config.commit_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::put_setting(connection, (name, value.as_deref()), ticket)
        })
        .await
    }
}
