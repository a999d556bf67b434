//! Settings on top of the pools.

use async_trait::async_trait;
use burgee_store::{SettingName, SettingReader, SettingWriter, StoreError};

use super::{PostgresStore, on};
use crate::{read, write};

#[async_trait]
impl SettingReader for PostgresStore {
    async fn read_setting(&self, name: SettingName) -> Result<Option<String>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_setting(
            connection, name
        ))
    }
}

#[async_trait]
impl SettingWriter for PostgresStore {
    async fn put_setting(&self, name: SettingName, value: Option<&str>) -> Result<(), StoreError> {
        self.prepare().await?;
        write::put_setting(&self.inner.admin, name, value).await
    }
}
