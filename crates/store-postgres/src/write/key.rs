//! Credentials. Which kind a key is decides how many environments it opens.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::{KeyDigest, SecretKey, StoreError, check_key_count};
use serde_json::Value;

use super::{Changing, Effect};
use crate::error::from_sqlx;

/// How a key of one kind is read and put.
struct Statements {
    read: &'static str,
    put: &'static str,
}

const SECRET: Statements = Statements {
    read: "SELECT hint, name, scopes, expires_at FROM secret_keys
        WHERE digest = $1 AND environment_id = $2",
    put: include_str!("../../queries/put_secret_key.sql"),
};

const PERSONAL: Statements = Statements {
    read: "SELECT hint, name, scopes, expires_at FROM personal_keys
        WHERE digest = $1 AND environment_id = $2",
    put: include_str!("../../queries/put_personal_key.sql"),
};

/// Both lock what they change in the order of digests, so that two nodes never wait for each other.
const TOUCH: [&str; 2] = [
    include_str!("../../queries/touch_secret_keys.sql"),
    include_str!("../../queries/touch_personal_keys.sql"),
];

/// What is stored of a key beside its digest: hint, name, scopes, expiry.
type Stored = (String, Option<String>, String, Option<i64>);

/// Gives an environment a secret key, which opens no other.
pub(super) async fn put_secret(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    let owner: Option<i64> =
        sqlx::query_scalar("SELECT environment_id FROM secret_keys WHERE digest = $1")
            .bind(key.digest.to_string())
            .fetch_optional(changing.connection())
            .await
            .map_err(from_sqlx)?;
    if owner.is_some_and(|owner| owner != environment.0) {
        let message = format!("the secret key `{}…` opens another environment", key.hint);
        return Err(StoreError::Refused(message));
    }
    put(changing, environment, key, &SECRET).await
}

/// Lets a personal key into an environment, beside others.
pub(super) async fn put_personal(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    put(changing, environment, key, &PERSONAL).await
}

/// Takes a key from everybody it opens.
pub(super) async fn revoke(
    changing: &mut Changing<'_>,
    digest: KeyDigest,
) -> Result<Effect, StoreError> {
    let mut taken = 0;
    for sql in [
        "DELETE FROM secret_keys WHERE digest = $1",
        "DELETE FROM personal_keys WHERE digest = $1",
    ] {
        taken += changing
            .execute(sqlx::query(sql).bind(digest.to_string()))
            .await?;
    }
    Ok(access_if(taken))
}

/// Brings the expiry of a key nearer, wherever it opens something.
pub(super) async fn expire(
    changing: &mut Changing<'_>,
    digest: KeyDigest,
    expires_at: Timestamp,
) -> Result<Effect, StoreError> {
    let mut expired = 0;
    for sql in [
        "UPDATE secret_keys SET expires_at = $2
            WHERE digest = $1 AND (expires_at IS NULL OR expires_at > $2)",
        "UPDATE personal_keys SET expires_at = $2
            WHERE digest = $1 AND (expires_at IS NULL OR expires_at > $2)",
    ] {
        let query = sqlx::query(sql)
            .bind(digest.to_string())
            .bind(expires_at.unix_micros());
        expired += changing.execute(query).await?;
    }
    Ok(access_if(expired))
}

/// Notes when keys were used last.
pub(super) async fn touch(
    changing: &mut Changing<'_>,
    used: &[(KeyDigest, Timestamp)],
) -> Result<(), StoreError> {
    check_key_count(used.len())?;
    let digests: Vec<String> = used.iter().map(|(digest, _)| digest.to_string()).collect();
    let moments: Vec<i64> = used.iter().map(|(_, at)| at.unix_micros()).collect();
    for sql in TOUCH {
        let query = sqlx::query(sql).bind(&digests).bind(&moments);
        changing.execute(query).await?;
    }
    Ok(())
}

async fn put(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    key: &SecretKey,
    statements: &Statements,
) -> Result<Effect, StoreError> {
    let digest = key.digest.to_string();
    let stored: Option<Stored> = sqlx::query_as(statements.read)
        .bind(&digest)
        .bind(environment.0)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
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
    let put = sqlx::query(statements.put)
        .bind(&digest)
        .bind(environment.0)
        .bind(hint)
        .bind(name)
        .bind(scopes)
        .bind(expires_at);
    changing.execute(put).await?;
    Ok(Effect::Access)
}

fn access_if(rows_changed: u64) -> Effect {
    if rows_changed == 0 {
        Effect::Nothing
    } else {
        Effect::Access
    }
}
