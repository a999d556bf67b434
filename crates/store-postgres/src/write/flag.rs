//! Flags: key and name in the project, everything else per environment.

use burgee_model::{EnvironmentId, FlagDefinition, FlagId, ProjectId, ProjectToken};
use burgee_store::{StoreError, is_put_already};
use serde_json::Value;
use sqlx::PgConnection;

use super::{Changing, Effect};
use crate::{error::from_sqlx, read};

const PUT_CONFIGURATION: &str = include_str!("../../queries/put_flag_configuration.sql");
const ARCHIVE: &str = include_str!("../../queries/archive_flag.sql");
const TOUCH: &str = include_str!("../../queries/touch_flag.sql");
const FIND_SHARED_KEY: &str = include_str!("../../queries/find_shared_key.sql");
const PUT_IDENTITY: &str = "INSERT INTO flags (project_id, id, key, name) VALUES ($1, $2, $3, $4)
    ON CONFLICT (project_id, id) DO UPDATE SET key = excluded.key, name = excluded.name";

/// Creates or replaces a flag. Another key or name is seen by every environment that has the flag,
/// all else by this one.
pub(super) async fn put(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    flag: &FlagDefinition,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    let project = project_of(changing.connection(), environment).await?;
    let mut visible = Vec::new();
    if put_identity(changing, project, flag).await? {
        visible = touch(changing.connection(), project, flag.id).await?;
    }
    if put_configuration(changing, (environment, project), flag).await? {
        visible.push(environment);
    }
    Ok(if visible.is_empty() {
        Effect::Nothing
    } else {
        Effect::Flags(visible)
    })
}

/// Takes a flag out of one environment. One that is not there is out already.
pub(super) async fn archive(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    flag: FlagId,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    let archive = sqlx::query(ARCHIVE).bind(environment.0).bind(flag.0);
    Ok(match changing.execute(archive).await? {
        0 => Effect::Nothing,
        _ => Effect::Flags(vec![environment]),
    })
}

/// Refuses an environment in which two flags have one key. Looked at when all changes are made, so
/// that two flags can exchange theirs.
pub(super) async fn refuse_shared_key(
    connection: &mut PgConnection,
    environment: EnvironmentId,
) -> Result<(), StoreError> {
    let shared: Option<String> = sqlx::query_scalar(FIND_SHARED_KEY)
        .bind(environment.0)
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    match shared {
        None => Ok(()),
        Some(key) => Err(StoreError::Refused(format!(
            "two flags of environment {environment} have the key `{key}`"
        ))),
    }
}

async fn project_of(
    connection: &mut PgConnection,
    environment: EnvironmentId,
) -> Result<ProjectId, StoreError> {
    sqlx::query_scalar("SELECT project_id FROM environments WHERE id = $1")
        .bind(environment.0)
        .fetch_one(connection)
        .await
        .map(ProjectId)
        .map_err(from_sqlx)
}

/// Puts key and name; returns whether either changed. A flag without a name keeps the one it has,
/// or the environments of a project would take turns in naming it.
async fn put_identity(
    changing: &mut Changing<'_>,
    project: ProjectId,
    flag: &FlagDefinition,
) -> Result<bool, StoreError> {
    let sql = "SELECT key, name FROM flags WHERE project_id = $1 AND id = $2";
    let stored: Option<(String, Option<String>)> = sqlx::query_as(sql)
        .bind(project.0)
        .bind(flag.id.0)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
    let (stored_key, stored_name) = match stored {
        None => (None, None),
        Some((key, name)) => (Some(key), name),
    };
    let name = flag.name.as_ref().or(stored_name.as_ref());
    if stored_key.as_deref() == Some(flag.key.as_str()) && name == stored_name.as_ref() {
        return Ok(false);
    }
    let put = sqlx::query(PUT_IDENTITY)
        .bind(project.0)
        .bind(flag.id.0)
        .bind(flag.key.as_str())
        .bind(name);
    changing.execute(put).await?;
    Ok(true)
}

/// Notes that a flag changed wherever there is one; returns where.
async fn touch(
    connection: &mut PgConnection,
    project: ProjectId,
    flag: FlagId,
) -> Result<Vec<EnvironmentId>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar(TOUCH)
        .bind(project.0)
        .bind(flag.0)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(ids.into_iter().map(EnvironmentId).collect())
}

/// Puts what belongs to one environment; returns whether anything changed.
async fn put_configuration(
    changing: &mut Changing<'_>,
    (environment, project): (EnvironmentId, ProjectId),
    flag: &FlagDefinition,
) -> Result<bool, StoreError> {
    let stored = read::flag(changing.connection(), environment, flag.id).await?;
    if stored
        .as_ref()
        .is_some_and(|stored| is_put_already(flag, stored))
    {
        return Ok(false);
    }
    // An archived flag that comes back goes on from the version that it had.
    let next = || {
        let version = stored.as_ref().and_then(|stored| stored.version);
        version.unwrap_or_default().saturating_add(1)
    };
    let put = sqlx::query(PUT_CONFIGURATION)
        .bind(environment.0)
        .bind(project.0)
        .bind(flag.id.0)
        .bind(flag.active)
        .bind(flag.deleted)
        .bind(flag.version.unwrap_or_else(next))
        .bind(flag.filters.to_string())
        .bind(flag.ensure_experience_continuity)
        .bind(flag.evaluation_runtime.as_str())
        .bind(Value::from(flag.evaluation_contexts.clone()).to_string())
        .bind(flag.bucketing_identifier.as_str())
        .bind(flag.has_experiment)
        .bind(flag.has_encrypted_payloads)
        .bind(flag.is_remote_configuration);
    changing.execute(put).await?;
    Ok(true)
}
