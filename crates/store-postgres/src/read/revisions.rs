//! What changed: one number, then the list only if that number moved.

use burgee_model::{EnvironmentId, Revision};
use burgee_store::{RevisionList, StoreError};
use sqlx::PgConnection;

use super::{
    column::{plain, token, unsigned},
    end, snapshot,
};
use crate::error::from_sqlx;

const READ_MARK: &str = "SELECT mark FROM change_mark";

/// The revisions of all environments, unless nothing changed since the mark `unless`. Then it is
/// one statement, which every node asks again and again.
pub(crate) async fn read_revisions(
    connection: &mut PgConnection,
    unless: Option<u64>,
) -> Result<Option<RevisionList>, StoreError> {
    if unless.is_some() && Some(read_mark(connection).await?) == unless {
        return Ok(None);
    }
    let mut transaction = snapshot(connection).await?;
    let answer = read_list(&mut transaction).await;
    end(transaction, answer).await.map(Some)
}

async fn read_list(connection: &mut PgConnection) -> Result<RevisionList, StoreError> {
    let mark = read_mark(connection).await?;
    let rows = sqlx::query("SELECT id, token, revision FROM environments ORDER BY id")
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut revisions = Vec::with_capacity(rows.len());
    for row in &rows {
        let environment = EnvironmentId(plain(row, 0)?);
        revisions.push((environment, token(row, 1)?, Revision(unsigned(row, 2)?)));
    }
    Ok(RevisionList { mark, revisions })
}

async fn read_mark(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let row = sqlx::query(READ_MARK)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)?;
    unsigned(&row, 0)
}
