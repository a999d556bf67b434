//! Usage and quotas on top of the pools.

use std::ops::Range;

use async_trait::async_trait;
use burgee_model::Timestamp;
use burgee_store::{
    Quota, QuotaReader, QuotaWriter, StoreError, UsageBatch, UsageBucket, UsageStore, UsageTotal,
};

use super::{PostgresStore, on};
use crate::{read, write};

#[async_trait]
impl UsageStore for PostgresStore {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError> {
        self.prepare_for_request().await?;
        write::add_usage(&self.inner.writes, batch).await
    }

    async fn read_usage(&self, buckets: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        self.prepare().await?;
        on!(self.inner.admin, |connection| read::read_usage(
            connection, &buckets
        ))
    }
}

#[async_trait]
impl QuotaReader for PostgresStore {
    async fn read_quotas(&self, since: Timestamp) -> Result<Vec<Quota>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_quotas(
            connection, since
        ))
    }
}

#[async_trait]
impl QuotaWriter for PostgresStore {
    async fn put_quota(&self, quota: &Quota) -> Result<(), StoreError> {
        self.prepare().await?;
        write::put_quota(&self.inner.admin, quota).await
    }
}
