//! What keys open.

use burgee_model::EnvironmentId;
use burgee_store::{KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, StoreError};
use rusqlite::{Connection, Row};

use super::{
    column::{Json, Token},
    rows, snapshot,
};

const READ_GRANTS: &str = include_str!("../../queries/read_grants.sql");

/// What each key opens, all in one state of the database.
pub(crate) fn read_grants(
    connection: &Connection,
    keys: &[KeyDigest],
) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
    let count = keys.len();
    if count > KEYS_READ_MAX {
        return Err(StoreError::Refused(format!(
            "{count} keys at once, at most {KEYS_READ_MAX} are possible"
        )));
    }
    snapshot(connection, |connection| {
        let grants = |key: &KeyDigest| rows(connection, READ_GRANTS, [key.to_string()], grant_row);
        keys.iter().map(grants).collect()
    })
}

/// Columns: whether the key is personal, environment, its token, scopes.
fn grant_row(row: &Row<'_>) -> rusqlite::Result<KeyGrant> {
    Ok(KeyGrant {
        kind: if row.get(0)? {
            KeyKind::Personal
        } else {
            KeyKind::Secret
        },
        environment: EnvironmentId(row.get(1)?),
        token: row.get::<_, Token>(2)?.0,
        scopes: row.get::<_, Json<Vec<String>>>(3)?.0,
    })
}
