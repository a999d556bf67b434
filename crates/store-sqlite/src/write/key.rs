//! Credentials. Which kind a key is decides how many environments it opens.

use burgee_model::{EnvironmentId, ProjectToken};
use burgee_store::{KeyDigest, SecretKey, StoreError};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;

use super::{Effect, environment_id, execute, find};
use crate::error::from_sqlite;

/// Gives an environment a secret key, which opens no other.
pub(super) fn put_secret(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let sql = "SELECT environment_id FROM secret_keys WHERE digest = ?1";
    let owner = find(transaction, sql, [key.digest.to_string()])?.map(EnvironmentId);
    if owner.is_some_and(|owner| owner != environment) {
        let message = format!("the secret key `{}…` opens another environment", key.hint);
        return Err(StoreError::Refused(message));
    }
    let statements = Statements {
        read: "SELECT hint, scopes FROM secret_keys WHERE digest = ?1 AND environment_id = ?2",
        put: "INSERT INTO secret_keys (digest, environment_id, hint, scopes)
            VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest)
            DO UPDATE SET hint = excluded.hint, scopes = excluded.scopes",
    };
    put(transaction, environment, key, &statements)
}

/// Lets a personal key into an environment, beside others.
pub(super) fn put_personal(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let statements = Statements {
        read: "SELECT hint, scopes FROM personal_keys WHERE digest = ?1 AND environment_id = ?2",
        put: "INSERT INTO personal_keys (digest, environment_id, hint, scopes)
            VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest, environment_id)
            DO UPDATE SET hint = excluded.hint, scopes = excluded.scopes",
    };
    put(transaction, environment, key, &statements)
}

/// Takes a key from everybody it opens.
pub(super) fn revoke(
    transaction: &Transaction<'_>,
    digest: KeyDigest,
) -> Result<Effect, StoreError> {
    let digest = digest.to_string();
    let mut taken = 0;
    for sql in [
        "DELETE FROM secret_keys WHERE digest = ?1",
        "DELETE FROM personal_keys WHERE digest = ?1",
    ] {
        taken += execute(transaction, sql, [&digest])?;
    }
    Ok(if taken == 0 {
        Effect::Nothing
    } else {
        Effect::Access
    })
}

struct Statements {
    read: &'static str,
    put: &'static str,
}

fn put(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    key: &SecretKey,
    statements: &Statements,
) -> Result<Effect, StoreError> {
    let digest = key.digest.to_string();
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let stored = transaction
        .prepare_cached(statements.read)
        .and_then(|mut statement| {
            statement
                .query_row((&digest, environment.0), read)
                .optional()
        })
        .map_err(from_sqlite)?;
    let wanted = (
        key.hint.clone(),
        Value::from(key.scopes.clone()).to_string(),
    );
    if stored.as_ref() == Some(&wanted) {
        return Ok(Effect::Nothing);
    }
    let row = (&digest, environment.0, wanted.0, wanted.1);
    execute(transaction, statements.put, row)?;
    Ok(Effect::Access)
}
