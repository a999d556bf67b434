//! Credentials on top of the pools.

use async_trait::async_trait;
use burgee_store::{CredentialReader, KeyDigest, KeyGrant, StoreError};

use super::{PostgresStore, on};
use crate::read;

#[async_trait]
impl CredentialReader for PostgresStore {
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        self.prepare_for_request().await?;
        on!(self.inner.definitions, |connection| read::read_grants(
            connection, keys
        ))
    }
}
