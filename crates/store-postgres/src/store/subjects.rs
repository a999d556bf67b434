//! Persons and groups on top of the pools.

use async_trait::async_trait;
use burgee_model::{EnvironmentId, HashKeyOverride};
use burgee_store::{
    GroupRecord, HashKeyClaim, PersonRecord, StoreError, SubjectPage, SubjectQuery, SubjectRead,
    SubjectStore, SubjectWriter,
};

use super::{PostgresStore, on};
use crate::{read, write};

#[async_trait]
impl SubjectStore for PostgresStore {
    async fn read_subject(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError> {
        self.prepare_for_reading().await?;
        self.inner.subjects.read(query).await
    }

    async fn read_page(
        &self,
        environment: EnvironmentId,
        after: Option<String>,
        rows_max: usize,
    ) -> Result<SubjectPage, StoreError> {
        self.prepare().await?;
        on!(self.inner.admin, |connection| read::read_page(
            connection,
            environment,
            after.as_deref(),
            rows_max
        ))
    }
}

#[async_trait]
impl SubjectWriter for PostgresStore {
    async fn claim_hash_keys(
        &self,
        claim: HashKeyClaim,
    ) -> Result<Vec<HashKeyOverride>, StoreError> {
        self.prepare_for_request().await?;
        write::claim_hash_keys(&self.inner.writes, &claim).await
    }

    async fn put_subjects(
        &self,
        environment: EnvironmentId,
        persons: Vec<PersonRecord>,
        groups: Vec<GroupRecord>,
    ) -> Result<(), StoreError> {
        self.prepare().await?;
        write::put_subjects(&self.inner.admin, environment, &persons, &groups).await
    }
}
