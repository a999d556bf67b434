//! What changed: one number, then the list only if that number moved.

use burgee_model::{EnvironmentId, Revision};
use burgee_store::{RevisionList, StoreError};
use rusqlite::Connection;

use super::{column::Token, rows, snapshot};
use crate::error::from_sqlite;

/// The revisions of all environments, unless nothing changed since the mark `unless`.
pub(crate) fn read_revisions(
    connection: &Connection,
    unless: Option<u64>,
) -> Result<Option<RevisionList>, StoreError> {
    snapshot(connection, |connection| {
        let mark: u64 = connection
            .prepare_cached("SELECT mark FROM change_mark")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(from_sqlite)?;
        if unless == Some(mark) {
            return Ok(None);
        }
        let sql = "SELECT id, token, revision FROM environments ORDER BY id";
        let revisions = rows(connection, sql, [], |row| {
            Ok((
                EnvironmentId(row.get(0)?),
                row.get::<_, Token>(1)?.0,
                Revision(row.get(2)?),
            ))
        })?;
        Ok(Some(RevisionList { mark, revisions }))
    })
}
