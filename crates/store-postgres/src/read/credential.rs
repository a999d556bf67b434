//! What keys open.

use burgee_model::EnvironmentId;
use burgee_store::{KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, StoreError};
use sqlx::{PgConnection, postgres::PgRow};

use super::column::{json, plain, token};
use crate::error::from_sqlx;

const READ_GRANTS: &str = include_str!("../../queries/read_grants.sql");

/// What each key opens, by one statement.
pub(crate) async fn read_grants(
    connection: &mut PgConnection,
    keys: &[KeyDigest],
) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
    let count = keys.len();
    if count > KEYS_READ_MAX {
        return Err(StoreError::Refused(format!(
            "{count} keys at once, at most {KEYS_READ_MAX} are possible"
        )));
    }
    let digests: Vec<String> = keys.iter().map(KeyDigest::to_string).collect();
    let rows = sqlx::query(READ_GRANTS)
        .bind(digests)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut grants = vec![Vec::new(); count];
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

/// Columns: place, whether the key is personal, environment, its token, scopes.
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
    })
}
