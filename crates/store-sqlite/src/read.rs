//! Everything that is read, as plain functions of a connection. What runs them, and for how long,
//! is `store.rs`'s business.

mod definitions;
mod page;
mod revisions;
mod subject;

pub(crate) use definitions::{
    cohorts, flag, list_projects, read_by_id, read_by_token, read_project, rows,
};
pub(crate) use page::read_page;
pub(crate) use revisions::read_revisions;
pub(crate) use subject::{DistinctIds, read_hash_keys, read_subject};

use burgee_store::StoreError;
use rusqlite::Connection;

use crate::error::from_sqlite;

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
