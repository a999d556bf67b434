//! Credentials on top of the pools.

use async_trait::async_trait;
use burgee_model::Timestamp;
use burgee_store::{CredentialReader, KeyDigest, KeyGrant, KeyRecord, KeyStore, StoreError};

use super::{PostgresStore, on};
use crate::{read, write};

#[async_trait]
impl CredentialReader for PostgresStore {
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_grants(
            connection, keys
        ))
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
impl KeyStore for PostgresStore {
    /// Reads where changes are made: a replica may not know yet what was just put.
    async fn list_keys(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        self.prepare().await?;
        on!(self.inner.admin, |connection| read::list_keys(
            connection, after, limit
        ))
    }

    async fn touch_keys(&self, used: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError> {
        self.prepare_for_request().await?;
        write::touch_keys(&self.inner.writes, used).await
    }
}
