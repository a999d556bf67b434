//! Everything that is read, as plain functions of a connection. What runs them, and for how long,
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
use rusqlite::{Connection, Params, Row};

use crate::error::from_sqlite;

pub(crate) use change::read_change;
pub(crate) use credential::{list_keys, read_grants};
pub(crate) use definitions::{group_types, read_by_token};
pub(crate) use flag::{cohort, flag};
pub(crate) use page::read_page;
pub(crate) use project::{list_projects, read_project};
pub(crate) use revisions::read_revisions;
pub(crate) use setting::read_setting;
pub(crate) use subject::{DistinctIds, read_hash_keys, read_subject};
pub(crate) use usage::{read_quotas, read_usage};

/// Has several statements see one state of the database, which may be open already.
fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if !connection.is_autocommit() {
        return read(connection);
    }
    let transaction = connection.unchecked_transaction().map_err(from_sqlite)?;
    let answer = read(&transaction)?;
    // Nothing was written: ending it either way is the same, and dropping it cannot fail.
    drop(transaction);
    Ok(answer)
}

/// All rows of a cached statement.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let rows = statement.query_map(parameters, read).map_err(from_sqlite)?;
    rows.collect::<rusqlite::Result<_>>().map_err(from_sqlite)
}
