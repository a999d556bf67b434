//! Persons and groups on top of the lanes.

use async_trait::async_trait;
use burgee_model::{EnvironmentId, HashKeyOverride};
use burgee_store::{
    GroupRecord, HashKeyClaim, PersonRecord, StoreError, SubjectPage, SubjectQuery, SubjectRead,
    SubjectStore, SubjectWriter,
};

use super::SqliteStore;
use crate::{read, write};

#[async_trait]
impl SubjectStore for SqliteStore {
    async fn read_subject(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError> {
        let deadlines = self.inner.config.subject_deadlines();
        let read = move |connection: &mut _, _: &_| read::read_subject(connection, &query);
        self.inner.subjects.run(deadlines, read).await
    }

    async fn read_page(
        &self,
        environment: EnvironmentId,
        after: Option<String>,
        rows_max: usize,
    ) -> Result<SubjectPage, StoreError> {
        self.define(move |connection| {
            read::read_page(connection, environment, after.as_deref(), rows_max)
        })
        .await
    }
}

#[async_trait]
impl SubjectWriter for SqliteStore {
    async fn claim_hash_keys(
        &self,
        claim: HashKeyClaim,
    ) -> Result<Vec<HashKeyOverride>, StoreError> {
        let deadlines = self.inner.config.write_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::claim_hash_keys(connection, &claim, ticket)
        })
        .await
    }

    async fn put_subjects(
        &self,
        environment: EnvironmentId,
        persons: Vec<PersonRecord>,
        groups: Vec<GroupRecord>,
    ) -> Result<(), StoreError> {
        let deadlines = self.inner.config.commit_deadlines();
        self.write(deadlines, move |connection, ticket| {
            write::put_subjects(connection, environment, &persons, &groups, ticket)
        })
        .await
    }
}
