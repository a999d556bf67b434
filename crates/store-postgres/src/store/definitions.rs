//! Definitions on top of the pools. What a change is made from is read where changes are made: a
//! replica may not know it yet.

use async_trait::async_trait;
use burgee_model::{Definitions, EnvironmentId, ProjectToken, Revision};
use burgee_store::{
    ChangeSet, Committed, DefinitionChange, DefinitionReader, DefinitionWriter, ProjectReader,
    ProjectRecord, ProjectTree, RevisionList, StoreError,
};

use super::{PostgresStore, on};
use crate::{read, write};

#[async_trait]
impl DefinitionReader for PostgresStore {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_by_token(
            connection, token
        ))
    }

    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_change(
            connection, token, known
        ))
    }

    async fn read_revisions(
        &self,
        unless: Option<u64>,
    ) -> Result<Option<RevisionList>, StoreError> {
        self.prepare_for_reading().await?;
        on!(self.inner.definitions, |connection| read::read_revisions(
            connection, unless
        ))
    }
}

#[async_trait]
impl ProjectReader for PostgresStore {
    async fn list_projects(&self) -> Result<Vec<ProjectRecord>, StoreError> {
        self.prepare().await?;
        on!(self.inner.admin, |connection| read::list_projects(
            connection
        ))
    }

    async fn read_project(&self, name: &str) -> Result<Option<ProjectTree>, StoreError> {
        self.prepare().await?;
        on!(self.inner.admin, |connection| read::read_project(
            connection, name
        ))
    }
}

#[async_trait]
impl DefinitionWriter for PostgresStore {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StoreError> {
        changes.check()?;
        self.prepare().await?;
        write::commit(&self.inner.admin, changes).await
    }
}
