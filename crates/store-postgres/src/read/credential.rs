//! What keys open, and what people want to know of them.

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{
    KeyDigest, KeyGrant, KeyKind, KeyPlace, KeyRecord, StoreError, check_key_count, check_key_page,
};
use sqlx::{PgConnection, postgres::PgRow};

use super::column::{digest, json, plain, token};
use crate::error::from_sqlx;

const READ_GRANTS: &str = include_str!("../../queries/read_grants.sql");
const LIST_KEYS: &str = include_str!("../../queries/list_keys.sql");

/// What each key opens, by one statement.
pub(crate) async fn read_grants(
    connection: &mut PgConnection,
    keys: &[KeyDigest],
) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
    check_key_count(keys.len())?;
    let digests: Vec<String> = keys.iter().map(KeyDigest::to_string).collect();
    let rows = sqlx::query(READ_GRANTS)
        .bind(digests)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut grants = vec![Vec::new(); keys.len()];
    for row in rows {
        // Places are counted from 1.
        let place: i64 = plain(&row, 0)?;
        let place = usize::try_from(place - 1).ok();
        if let Some(granted) = place.and_then(|place| grants.get_mut(place)) {
            granted.push(grant_row(&row)?);
        }
    }
    Ok(grants)
}

/// One page of all keys.
pub(crate) async fn list_keys(
    connection: &mut PgConnection,
    after: Option<KeyDigest>,
    limit: usize,
) -> Result<Vec<KeyRecord>, StoreError> {
    check_key_page(limit)?;
    // No digest is an empty text.
    let after = after.map_or_else(String::new, |digest| digest.to_string());
    let rows = sqlx::query(LIST_KEYS)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let records: Vec<KeyRecord> = rows.iter().map(record_row).collect::<Result<_, _>>()?;
    Ok(KeyRecord::gather(records))
}

/// Columns: any, whether the key is personal, environment, its token, scopes, expiry.
fn grant_row(row: &PgRow) -> Result<KeyGrant, StoreError> {
    Ok(KeyGrant {
        kind: if plain(row, 1)? {
            KeyKind::Personal
        } else {
            KeyKind::Secret
        },
        environment: EnvironmentId(plain(row, 2)?),
        token: token(row, 3)?,
        scopes: json(row, 4)?,
        expires_at: moment(row, 5)?,
    })
}

/// Columns: digest, those of a grant, project, environment, hint, name, age, last use.
fn record_row(row: &PgRow) -> Result<KeyRecord, StoreError> {
    Ok(KeyRecord {
        digest: digest(row, 0)?,
        hint: plain(row, 8)?,
        name: plain(row, 9)?,
        created_at: moment(row, 10)?,
        last_used_at: moment(row, 11)?,
        places: vec![KeyPlace {
            project: plain(row, 6)?,
            environment: plain(row, 7)?,
            grant: grant_row(row)?,
        }],
    })
}

fn moment(row: &PgRow, index: usize) -> Result<Option<Timestamp>, StoreError> {
    let micros: Option<i64> = plain(row, index)?;
    Ok(micros.map(Timestamp::from_unix_micros))
}
