//! Credentials. Which kind a key is decides how many environments it opens.

use burgee_model::{EnvironmentId, ProjectToken};
use burgee_store::{KeyDigest, SecretKey, StoreError};
use serde_json::Value;

use super::{Changing, Effect};
use crate::error::from_sqlx;

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
    let statements = Statements {
        read: "SELECT hint, scopes FROM secret_keys WHERE digest = $1 AND environment_id = $2",
        put: "INSERT INTO secret_keys (digest, environment_id, hint, scopes)
            VALUES ($1, $2, $3, $4) ON CONFLICT (digest)
            DO UPDATE SET hint = excluded.hint, scopes = excluded.scopes",
    };
    put(changing, environment, key, &statements).await
}

/// Lets a personal key into an environment, beside others.
pub(super) async fn put_personal(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    let statements = Statements {
        read: "SELECT hint, scopes FROM personal_keys WHERE digest = $1 AND environment_id = $2",
        put: "INSERT INTO personal_keys (digest, environment_id, hint, scopes)
            VALUES ($1, $2, $3, $4) ON CONFLICT (digest, environment_id)
            DO UPDATE SET hint = excluded.hint, scopes = excluded.scopes",
    };
    put(changing, environment, key, &statements).await
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

async fn put(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    key: &SecretKey,
    statements: &Statements,
) -> Result<Effect, StoreError> {
    let digest = key.digest.to_string();
    let stored: Option<(String, String)> = sqlx::query_as(statements.read)
        .bind(&digest)
        .bind(environment.0)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
    let wanted = (
        key.hint.clone(),
        Value::from(key.scopes.clone()).to_string(),
    );
    if stored.as_ref() == Some(&wanted) {
        return Ok(Effect::Nothing);
    }
    let put = sqlx::query(statements.put)
        .bind(&digest)
        .bind(environment.0)
        .bind(wanted.0)
        .bind(wanted.1);
    changing.execute(put).await?;
    Ok(Effect::Access)
}
