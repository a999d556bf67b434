//! Credentials on top of the lanes.

use async_trait::async_trait;
use burgee_store::{CredentialReader, KeyDigest, KeyGrant, StoreError};

use super::SqliteStore;
use crate::read;

#[async_trait]
impl CredentialReader for SqliteStore {
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        let keys = keys.to_vec();
        self.define(move |connection| read::read_grants(connection, &keys))
            .await
    }
}
