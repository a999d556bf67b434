//! What changed: one number, then the list only if that number moved.

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::{RevisionList, StoreError};
use rusqlite::Connection;

use super::{definitions::rows, snapshot};
use crate::error::from_sqlite;

/// The revisions of all environments, unless nothing changed since the mark `unless`.
pub(crate) fn read_revisions(
    connection: &Connection,
    unless: Option<u64>,
) -> Result<Option<RevisionList>, StoreError> {
    snapshot(connection, |connection| {
        let sql = "SELECT mark FROM change_mark";
        let mut statement = connection.prepare_cached(sql).map_err(from_sqlite)?;
        let mark: i64 = statement
            .query_row([], |row| row.get(0))
            .map_err(from_sqlite)?;
        let mark = mark.cast_unsigned();
        if unless == Some(mark) {
            return Ok(None);
        }
        let sql = "SELECT id, token, revision FROM environments ORDER BY id";
        let read = |row: &rusqlite::Row<'_>| {
            let token: String = row.get(1)?;
            let revision = Revision(row.get::<_, i64>(2)?.cast_unsigned());
            Ok((
                EnvironmentId(row.get(0)?),
                ProjectToken::parse(&token),
                revision,
            ))
        };
        let mut revisions = Vec::new();
        for (id, token, revision) in rows(connection, sql, [], read)? {
            let token = token.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            revisions.push((id, token, revision));
        }
        Ok(Some(RevisionList { mark, revisions }))
    })
}
