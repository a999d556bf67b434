//! What changed: one number, and the list only if that number moved.

use burgee_model::{EnvironmentId, Revision};
use burgee_store::{RevisionList, StoreError};
use sqlx::PgConnection;

use super::column::{plain, token, unsigned};
use crate::error::from_sqlx;

/// One row at least, with the mark; environments only if it is not the one that is known.
const READ_REVISIONS: &str = "SELECT mark, environments.id, token, revision
    FROM change_mark LEFT JOIN environments ON mark IS DISTINCT FROM $1
    ORDER BY environments.id";

/// The revisions of all environments, unless nothing changed since the mark `unless`. One statement
/// either way, which every node asks again and again.
pub(crate) async fn read_revisions(
    connection: &mut PgConnection,
    unless: Option<u64>,
) -> Result<Option<RevisionList>, StoreError> {
    let rows = sqlx::query(READ_REVISIONS)
        .bind(unless.map(u64::cast_signed))
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let Some(first) = rows.first() else {
        let message = "there is no change mark".to_owned();
        return Err(StoreError::Corrupt(message));
    };
    let mark = unsigned(first, 0)?;
    if Some(mark) == unless {
        return Ok(None);
    }
    let mut revisions = Vec::with_capacity(rows.len());
    for row in &rows {
        // A store without environments has a row with nothing but the mark.
        if let Some(id) = plain(row, 1)? {
            let revision = Revision(unsigned(row, 3)?);
            revisions.push((EnvironmentId(id), token(row, 2)?, revision));
        }
    }
    Ok(Some(RevisionList { mark, revisions }))
}
