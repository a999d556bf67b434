//! Credentials on top of the lanes.

use async_trait::async_trait;
use burgee_model::Timestamp;
use burgee_store::{CredentialReader, KeyDigest, KeyGrant, KeyRecord, KeyStore, StoreError};

use super::SqliteStore;
use crate::{read, write};

#[async_trait]
impl CredentialReader for SqliteStore {
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        let keys = keys.to_vec();
        self.define(move |connection| read::read_grants(connection, &keys))
            .await
    }

    async fn list_grants(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<(KeyDigest, Vec<KeyGrant>)>, StoreError> {
        let records = self.list_keys(after, limit).await?;
        Ok(records.into_iter().map(KeyRecord::into_grants).collect())
    }
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn list_keys(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        self.define(move |connection| read::list_keys(connection, after, limit))
            .await
    }

    async fn touch_keys(&self, used: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        let deadlines = self.inner.config.write_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::touch_keys(connection, &used, ticket)
        })
        .await
    }
}
