//! Everything that is read, as plain functions of a connection. Which connection, and for how long,
//! is `store.rs`'s business.

mod change;
mod column;
mod credential;
mod definitions;
mod flag;
mod page;
mod project;
mod revisions;
mod setting;
mod subject;
mod usage;

use burgee_store::StoreError;
use sqlx::{Connection as _, PgConnection, Postgres, Transaction};

use crate::error::from_sqlx;

pub(crate) use change::read_change;
pub(crate) use column::{token, unsigned};
pub(crate) use credential::{list_keys, read_grants};
pub(crate) use definitions::{group_types, read_by_token};
pub(crate) use flag::{cohort, flag};
pub(crate) use page::read_page;
pub(crate) use project::{list_projects, read_project};
pub(crate) use revisions::read_revisions;
pub(crate) use setting::read_setting;
pub(crate) use subject::{hash_keys_of, read_subjects};
pub(crate) use usage::{read_quotas, read_usage};

/// Begins a transaction whose statements all see one state of the database.
async fn snapshot(connection: &mut PgConnection) -> Result<Transaction<'_, Postgres>, StoreError> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    connection.begin_with(begin).await.map_err(from_sqlx)
}

/// Ends a transaction in which nothing was written. The answer's own error is the one to tell.
async fn end<T>(
    transaction: Transaction<'_, Postgres>,
    answer: Result<T, StoreError>,
) -> Result<T, StoreError> {
    let ended = transaction.rollback().await.map_err(from_sqlx);
    answer.and_then(|answer| ended.map(|()| answer))
}
