//! Usage and quotas on top of the lanes.

use std::ops::Range;

use async_trait::async_trait;
use burgee_model::Timestamp;
use burgee_store::{
    Quota, QuotaReader, QuotaWriter, StoreError, UsageBatch, UsageBucket, UsageStore, UsageTotal,
};

use super::SqliteStore;
use crate::{read, write};

#[async_trait]
impl UsageStore for SqliteStore {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError> {
        let batch = batch.clone();
        let deadlines = self.inner.config.write_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::add_usage(connection, &batch, ticket)
        })
        .await
    }

    async fn read_usage(&self, buckets: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        self.define(move |connection| read::read_usage(connection, &buckets))
            .await
    }
}

#[async_trait]
impl QuotaReader for SqliteStore {
    async fn read_quotas(&self, since: Timestamp) -> Result<Vec<Quota>, StoreError> {
        self.define(move |connection| read::read_quotas(connection, since))
            .await
    }
}

#[async_trait]
impl QuotaWriter for SqliteStore {
    async fn put_quota(&self, quota: &Quota) -> Result<(), StoreError> {
        let quota = quota.clone();
        let deadlines = self.inner.config.commit_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::put_quota(connection, &quota, ticket)
        })
        .await
    }
}
