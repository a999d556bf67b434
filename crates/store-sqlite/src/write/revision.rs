//! Revisions of environments: what a change set expects them to be, and how it raises them.

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::StoreError;
use rusqlite::{Row, Transaction};

use super::find;
use crate::error::from_sqlite;

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
pub(super) fn check_expected(
    transaction: &Transaction<'_>,
    expected: &[(EnvironmentId, Revision)],
) -> Result<(), StoreError> {
    for (environment, revision) in expected {
        let sql = "SELECT revision FROM environments WHERE id = ?1";
        let found: Option<i64> = find(transaction, sql, [environment.0])?;
        if found.map(i64::cast_unsigned) != Some(revision.0) {
            return Err(StoreError::Conflict(format!(
                "environment {environment} is no longer at revision {revision}"
            )));
        }
    }
    Ok(())
}

/// The next revision, of which it is known how much changed with it.
pub(super) fn raise(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    extent: Extent,
) -> Result<(ProjectToken, Revision), StoreError> {
    let mut statement = transaction
        .prepare_cached(RAISE_REVISION)
        .map_err(from_sqlite)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let (token, revision) = statement
        .query_row((environment.0, extent == Extent::Whole), read)
        .map_err(from_sqlite)?;
    let token =
        ProjectToken::parse(&token).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok((token, Revision(revision.cast_unsigned())))
}
