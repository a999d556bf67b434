//! What keys open, and what people want to know of them.

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{
    KeyDigest, KeyGrant, KeyKind, KeyPlace, KeyRecord, StoreError, check_key_count, check_key_page,
};
use rusqlite::{Connection, Row};

use super::{
    column::{Digest, Json, Token},
    rows, snapshot,
};

const READ_GRANTS: &str = include_str!("../../queries/read_grants.sql");
const LIST_KEYS: &str = include_str!("../../queries/list_keys.sql");

/// What each key opens, all in one state of the database.
pub(crate) fn read_grants(
    connection: &Connection,
    keys: &[KeyDigest],
) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
    check_key_count(keys.len())?;
    snapshot(connection, |connection| {
        let grants = |key: &KeyDigest| rows(connection, READ_GRANTS, [key.to_string()], grant_row);
        keys.iter().map(grants).collect()
    })
}

/// One page of all keys.
pub(crate) fn list_keys(
    connection: &Connection,
    after: Option<KeyDigest>,
    limit: usize,
) -> Result<Vec<KeyRecord>, StoreError> {
    check_key_page(limit)?;
    // No digest is an empty text.
    let after = after.map_or_else(String::new, |digest| digest.to_string());
    let rows = rows(connection, LIST_KEYS, (after, limit), record_row)?;
    Ok(KeyRecord::gather(rows))
}

/// Columns: whether the key is personal, environment, its token, scopes, expiry.
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
        expires_at: moment(row, 4)?,
    })
}

/// Columns after those of a grant: digest, project, environment, hint, name, age, last use.
fn record_row(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    Ok(KeyRecord {
        digest: row.get::<_, Digest>(5)?.0,
        hint: row.get(8)?,
        name: row.get(9)?,
        created_at: moment(row, 10)?,
        last_used_at: moment(row, 11)?,
        places: vec![KeyPlace {
            project: row.get(6)?,
            environment: row.get(7)?,
            grant: grant_row(row)?,
        }],
    })
}

fn moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(index)?;
    Ok(micros.map(Timestamp::from_unix_micros))
}
