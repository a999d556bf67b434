//! Credentials. Which kind a key is decides how many environments it opens.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::{KeyDigest, SecretKey, StoreError, check_key_count};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde_json::Value;

use super::{Effect, begin, environment_id, execute, find, finish};
use crate::{error::from_sqlite, lane::Ticket};

/// How a key of one kind is read and put.
struct Statements {
    read: &'static str,
    put: &'static str,
}

const SECRET: Statements = Statements {
    read: "SELECT hint, name, scopes, expires_at FROM secret_keys
        WHERE digest = ?1 AND environment_id = ?2",
    put: include_str!("../../queries/put_secret_key.sql"),
};

const PERSONAL: Statements = Statements {
    read: "SELECT hint, name, scopes, expires_at FROM personal_keys
        WHERE digest = ?1 AND environment_id = ?2",
    put: include_str!("../../queries/put_personal_key.sql"),
};

/// What is stored of a key beside its digest: hint, name, scopes, expiry.
type Stored = (String, Option<String>, String, Option<i64>);

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
    put(transaction, environment, key, &SECRET)
}

/// Lets a personal key into an environment, beside others.
pub(super) fn put_personal(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    put(transaction, environment, key, &PERSONAL)
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
    Ok(access_if(taken))
}

/// Brings the expiry of a key nearer, wherever it opens something.
pub(super) fn expire(
    transaction: &Transaction<'_>,
    digest: KeyDigest,
    expires_at: Timestamp,
) -> Result<Effect, StoreError> {
    let row = (digest.to_string(), expires_at.unix_micros());
    let mut expired = 0;
    for sql in [
        "UPDATE secret_keys SET expires_at = ?2
            WHERE digest = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
        "UPDATE personal_keys SET expires_at = ?2
            WHERE digest = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
    ] {
        expired += execute(transaction, sql, (&row.0, row.1))?;
    }
    Ok(access_if(expired))
}

/// Notes when keys were used last.
pub(crate) fn touch_keys(
    connection: &mut Connection,
    used: &[(KeyDigest, Timestamp)],
    ticket: &Ticket,
) -> Result<(), StoreError> {
    check_key_count(used.len())?;
    let transaction = begin(connection)?;
    for (digest, at) in used {
        let row = (digest.to_string(), at.unix_micros());
        for sql in [
            "UPDATE secret_keys SET last_used_at = ?2
                WHERE digest = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
            "UPDATE personal_keys SET last_used_at = ?2
                WHERE digest = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
        ] {
            execute(&transaction, sql, (&row.0, row.1))?;
        }
    }
    finish(transaction, ticket)
}

fn put(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    key: &SecretKey,
    statements: &Statements,
) -> Result<Effect, StoreError> {
    let digest = key.digest.to_string();
    let stored = transaction
        .prepare_cached(statements.read)
        .and_then(|mut statement| {
            statement
                .query_row((&digest, environment.0), stored_row)
                .optional()
        })
        .map_err(from_sqlite)?;
    let (name, expires_at) = match &stored {
        Some((_, name, _, expires_at)) => (name.as_ref(), *expires_at),
        None => (None, None),
    };
    let wanted: Stored = (
        key.hint.clone(),
        key.name.as_ref().or(name).cloned(),
        Value::from(key.scopes.clone()).to_string(),
        key.expires_at.map(Timestamp::unix_micros).or(expires_at),
    );
    if stored.as_ref() == Some(&wanted) {
        return Ok(Effect::Nothing);
    }
    let (hint, name, scopes, expires_at) = wanted;
    let row = (&digest, environment.0, hint, name, scopes, expires_at);
    execute(transaction, statements.put, row)?;
    Ok(Effect::Access)
}

fn stored_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn access_if(rows_changed: usize) -> Effect {
    if rows_changed == 0 {
        Effect::Nothing
    } else {
        Effect::Access
    }
}
