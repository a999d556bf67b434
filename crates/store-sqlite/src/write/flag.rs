//! Flags: key and name in the project, everything else per environment.

use burgee_model::{EnvironmentId, FlagDefinition, FlagId, ProjectId, ProjectToken};
use burgee_store::{StoreError, is_put_already};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;

use super::{Effect, environment_id, execute, find};
use crate::{error::from_sqlite, read};

const PUT_CONFIGURATION: &str = include_str!("../../queries/put_flag_configuration.sql");
const ARCHIVE: &str = include_str!("../../queries/archive_flag.sql");
const TOUCH: &str = include_str!("../../queries/touch_flag.sql");
const FIND_SHARED_KEY: &str = include_str!("../../queries/find_shared_key.sql");
const PUT_IDENTITY: &str = "INSERT INTO flags (project_id, id, key, name) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (project_id, id) DO UPDATE SET key = excluded.key, name = excluded.name";

/// Creates or replaces a flag. Another key or name is seen by every environment that has the flag,
/// all else by this one.
pub(super) fn put(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    flag: &FlagDefinition,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let project = project_of(transaction, environment)?;
    let mut visible = Vec::new();
    if put_identity(transaction, project, flag)? {
        visible = touch(transaction, project, flag.id)?;
    }
    if put_configuration(transaction, (environment, project), flag)? {
        visible.push(environment);
    }
    Ok(if visible.is_empty() {
        Effect::Nothing
    } else {
        Effect::Flags(visible)
    })
}

/// Takes a flag out of one environment. One that is not there is out already.
pub(super) fn archive(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    flag: FlagId,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    Ok(
        match execute(transaction, ARCHIVE, (environment.0, flag.0))? {
            0 => Effect::Nothing,
            _ => Effect::Flags(vec![environment]),
        },
    )
}

/// Refuses an environment in which two flags have one key. Looked at when all changes are made, so
/// that two flags can exchange theirs.
pub(super) fn refuse_shared_key(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
) -> Result<(), StoreError> {
    match find::<String>(transaction, FIND_SHARED_KEY, [environment.0])? {
        None => Ok(()),
        Some(key) => Err(StoreError::Refused(format!(
            "two flags of environment {environment} have the key `{key}`"
        ))),
    }
}

fn project_of(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
) -> Result<ProjectId, StoreError> {
    let sql = "SELECT project_id FROM environments WHERE id = ?1";
    let found = find(transaction, sql, [environment.0])?;
    found.map(ProjectId).ok_or_else(|| {
        StoreError::Corrupt(format!("environment {environment} belongs to no project"))
    })
}

/// Puts key and name; returns whether either changed. A flag without a name keeps the one it has,
/// or the environments of a project would take turns in naming it.
fn put_identity(
    transaction: &Transaction<'_>,
    project: ProjectId,
    flag: &FlagDefinition,
) -> Result<bool, StoreError> {
    let sql = "SELECT key, name FROM flags WHERE project_id = ?1 AND id = ?2";
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let stored = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row((project.0, flag.id.0), read).optional())
        .map_err(from_sqlite)?;
    let (stored_key, stored_name) = match stored {
        None => (None, None),
        Some((key, name)) => (Some(key), name),
    };
    let name = flag.name.as_ref().or(stored_name.as_ref());
    if stored_key.as_deref() == Some(flag.key.as_str()) && name == stored_name.as_ref() {
        return Ok(false);
    }
    let row = (project.0, flag.id.0, flag.key.as_str(), name);
    execute(transaction, PUT_IDENTITY, row)?;
    Ok(true)
}

/// Notes that a flag changed wherever there is one; returns where.
fn touch(
    transaction: &Transaction<'_>,
    project: ProjectId,
    flag: FlagId,
) -> Result<Vec<EnvironmentId>, StoreError> {
    read::rows(transaction, TOUCH, (project.0, flag.0), |row| {
        row.get(0).map(EnvironmentId)
    })
}

/// Puts what belongs to one environment; returns whether anything changed.
fn put_configuration(
    transaction: &Transaction<'_>,
    (environment, project): (EnvironmentId, ProjectId),
    flag: &FlagDefinition,
) -> Result<bool, StoreError> {
    let stored = read::flag(transaction, environment, flag.id)?;
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
    let row = (
        environment.0,
        project.0,
        flag.id.0,
        flag.active,
        flag.deleted,
        flag.version.unwrap_or_else(next),
        flag.filters.to_string(),
        flag.ensure_experience_continuity,
        flag.evaluation_runtime.as_str(),
        Value::from(flag.evaluation_contexts.clone()).to_string(),
        flag.bucketing_identifier.as_str(),
        flag.has_experiment,
        flag.has_encrypted_payloads,
        flag.is_remote_configuration,
    );
    execute(transaction, PUT_CONFIGURATION, row)?;
    Ok(true)
}
