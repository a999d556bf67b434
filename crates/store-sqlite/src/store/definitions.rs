//! Definitions on top of the lanes.

use async_trait::async_trait;
use burgee_model::{Definitions, EnvironmentId, ProjectToken, Revision};
use burgee_store::{
    ChangeSet, Committed, DefinitionChange, DefinitionReader, DefinitionWriter, ProjectReader,
    ProjectRecord, ProjectTree, RevisionList, StoreError,
};

use super::SqliteStore;
use crate::{read, write};

#[async_trait]
impl DefinitionReader for SqliteStore {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        let token = token.clone();
        self.define(move |connection| read::read_by_token(connection, &token))
            .await
    }

    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        let token = token.clone();
        self.define(move |connection| read::read_change(connection, &token, known))
            .await
    }

    async fn read_revisions(
        &self,
        unless: Option<u64>,
    ) -> Result<Option<RevisionList>, StoreError> {
        self.define(move |connection| read::read_revisions(connection, unless))
            .await
    }
}

#[async_trait]
impl ProjectReader for SqliteStore {
    async fn list_projects(&self) -> Result<Vec<ProjectRecord>, StoreError> {
        self.define(read::list_projects).await
    }

    async fn read_project(&self, name: &str) -> Result<Option<ProjectTree>, StoreError> {
        let name = name.to_owned();
        self.define(move |connection| read::read_project(connection, &name))
            .await
    }
}

#[async_trait]
impl DefinitionWriter for SqliteStore {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StoreError> {
        let changes = changes.clone();
        let deadlines = self.inner.config.commit_deadlines();
        let committed = self
            .write(deadlines, move |connection, ticket| {
                write::commit(connection, &changes, ticket)
            })
            .await?;
        self.lookout().nudge();
        Ok(committed)
    }
}
