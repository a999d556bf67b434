//! Revisions of environments: what a change set expects them to be, and how it raises them.

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::StoreError;
use sqlx::PgConnection;

use crate::{
    error::from_sqlx,
    read::{token, unsigned},
};

const RAISE_REVISION: &str = include_str!("../../queries/raise_revision.sql");

/// How much of an environment a change set changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Flags, whose rows say so.
    Flags,
    /// More than that.
    Whole,
}

/// Refuses a change set that was made from a state which has passed.
pub(super) async fn check_expected(
    connection: &mut PgConnection,
    expected: &[(EnvironmentId, Revision)],
) -> Result<(), StoreError> {
    for (environment, revision) in expected {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT revision FROM environments WHERE id = $1")
                .bind(environment.0)
                .fetch_optional(&mut *connection)
                .await
                .map_err(from_sqlx)?;
        if found.map(i64::cast_unsigned) != Some(revision.0) {
            return Err(StoreError::Conflict(format!(
                "environment {environment} is no longer at revision {revision}"
            )));
        }
    }
    Ok(())
}

/// The next revision, of which it is known how much changed with it.
pub(super) async fn raise(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    extent: Extent,
) -> Result<(ProjectToken, Revision), StoreError> {
    let row = sqlx::query(RAISE_REVISION)
        .bind(environment.0)
        .bind(extent == Extent::Whole)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)?;
    Ok((token(&row, 0)?, Revision(unsigned(&row, 1)?)))
}
