//! A transaction that changes something, and what it has looked up already: a change set may name
//! one environment a hundred thousand times.

use std::collections::{BTreeSet, HashMap};

use burgee_model::{EnvironmentId, ProjectId, ProjectToken};
use burgee_store::StoreError;
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};

use crate::error::from_sqlx;

/// Advisory locks belong to the whole database, which may hold several stores in several schemas.
const LOCK_ALONE: &str = "SELECT pg_advisory_xact_lock(
    hashtextextended('burgee subjects of ' || current_schema(), $1))";
const LOCK_SHARED: &str = "SELECT pg_advisory_xact_lock_shared(
    hashtextextended('burgee subjects of ' || current_schema(), $1))";

/// How the subjects of an environment are locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// Nobody else makes or claims.
    Alone,
    /// Nobody makes; others may claim as well.
    Shared,
}

/// A transaction.
#[derive(Debug)]
pub(super) struct Changing<'c> {
    connection: &'c mut PgConnection,
    environments: HashMap<ProjectToken, EnvironmentId>,
    locked: BTreeSet<EnvironmentId>,
}

impl<'c> Changing<'c> {
    pub(super) fn new(connection: &'c mut PgConnection) -> Self {
        Self {
            connection,
            environments: HashMap::new(),
            locked: BTreeSet::new(),
        }
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.connection
    }

    /// Returns how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64, StoreError> {
        let done = query.execute(&mut *self.connection).await;
        Ok(done.map_err(from_sqlx)?.rows_affected())
    }

    pub(super) async fn project_id(&mut self, name: &str) -> Result<ProjectId, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM projects WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(from_sqlx)?;
        found
            .map(ProjectId)
            .ok_or_else(|| StoreError::Refused(format!("there is no project `{name}`")))
    }

    pub(super) async fn environment_id(
        &mut self,
        token: &ProjectToken,
    ) -> Result<EnvironmentId, StoreError> {
        if let Some(known) = self.environments.get(token) {
            return Ok(*known);
        }
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM environments WHERE token = $1")
            .bind(token.as_str())
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(from_sqlx)?;
        let missing = || StoreError::Refused(format!("no environment has the token `{token}`"));
        let found = found.map(EnvironmentId).ok_or_else(missing)?;
        self.environments.insert(token.clone(), found);
        Ok(found)
    }

    /// Tokens may mean other environments from now on.
    pub(super) fn forget_tokens(&mut self) {
        self.environments.clear();
    }

    /// Every environment of a project.
    pub(super) async fn environments_of(
        &mut self,
        project: ProjectId,
    ) -> Result<Vec<EnvironmentId>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM environments WHERE project_id = $1")
            .bind(project.0)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(from_sqlx)?;
        Ok(ids.into_iter().map(EnvironmentId).collect())
    }

    /// Locks the subjects of an environment, once.
    pub(super) async fn lock_subjects(
        &mut self,
        environment: EnvironmentId,
        lock: Lock,
    ) -> Result<(), StoreError> {
        if !self.locked.insert(environment) {
            return Ok(());
        }
        let sql = match lock {
            Lock::Alone => LOCK_ALONE,
            Lock::Shared => LOCK_SHARED,
        };
        self.execute(sqlx::query(sql).bind(environment.0))
            .await
            .map(|_| ())
    }
}
