//! Flags: key and name in the project, everything else per environment.

use burgee_model::{
    BucketingIdentifier, EnvironmentId, EvaluationRuntime, FlagDefinition, FlagId, ProjectId,
    ProjectToken,
};
use burgee_store::StoreError;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;

use super::{Effect, environment_id, execute, find};
use crate::{error::from_sqlite, read};

const PUT_CONFIGURATION: &str = include_str!("../../queries/put_flag_configuration.sql");

pub(super) fn put(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    flag: &FlagDefinition,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let project = project_of(transaction, environment)?;
    refuse_taken_key(transaction, environment, flag)?;
    let mut visible = put_identity(transaction, project, flag)?;
    if put_configuration(transaction, (environment, project), flag)? {
        visible.push(environment);
    }
    Ok(if visible.is_empty() {
        Effect::Nothing
    } else {
        Effect::Visible(visible)
    })
}

pub(super) fn archive(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    flag: FlagId,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let sql = "UPDATE flag_configurations SET archived = 1
        WHERE environment_id = ?1 AND flag_id = ?2 AND archived = 0";
    let archived = execute(transaction, sql, (environment.0, flag.0))?;
    Ok(if archived == 0 {
        Effect::Nothing
    } else {
        Effect::Visible(vec![environment])
    })
}

fn project_of(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
) -> Result<ProjectId, StoreError> {
    let sql = "SELECT project_id FROM environments WHERE id = ?1";
    let found = find(transaction, sql, [environment.0])?;
    found
        .map(ProjectId)
        .ok_or_else(|| StoreError::Corrupt("environment without project".to_owned()))
}

/// Two flags of one environment cannot have one key.
fn refuse_taken_key(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    flag: &FlagDefinition,
) -> Result<(), StoreError> {
    let sql = "SELECT flags.id FROM flags
        JOIN flag_configurations AS configured
            ON configured.project_id = flags.project_id AND configured.flag_id = flags.id
        WHERE configured.environment_id = ?1 AND configured.archived = 0
            AND flags.key = ?2 AND flags.id <> ?3";
    let other: Option<i32> = find(
        transaction,
        sql,
        (environment.0, flag.key.as_str(), flag.id.0),
    )?;
    match other {
        None => Ok(()),
        Some(other) => {
            let message = format!("flag {other} of the environment has the key `{}`", flag.key);
            Err(StoreError::Refused(message))
        }
    }
}

/// Puts key and name; returns the environments that see the difference.
fn put_identity(
    transaction: &Transaction<'_>,
    project: ProjectId,
    flag: &FlagDefinition,
) -> Result<Vec<EnvironmentId>, StoreError> {
    let sql = "SELECT key, name FROM flags WHERE project_id = ?1 AND id = ?2";
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let mut statement = transaction.prepare_cached(sql).map_err(from_sqlite)?;
    let stored = statement.query_row((project.0, flag.id.0), read).optional();
    let stored = stored.map_err(from_sqlite)?;
    if stored == Some((flag.key.as_str().to_owned(), flag.name.clone())) {
        return Ok(Vec::new());
    }
    let sql = "INSERT INTO flags (project_id, id, key, name) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (project_id, id) DO UPDATE SET key = excluded.key, name = excluded.name";
    execute(
        transaction,
        sql,
        (project.0, flag.id.0, flag.key.as_str(), &flag.name),
    )?;
    let sql = "SELECT environment_id FROM flag_configurations
        WHERE project_id = ?1 AND flag_id = ?2 AND archived = 0";
    read::rows(transaction, sql, (project.0, flag.id.0), |row| {
        row.get(0).map(EnvironmentId)
    })
}

/// Returns whether anything changed.
fn put_configuration(
    transaction: &Transaction<'_>,
    (environment, project): (EnvironmentId, ProjectId),
    flag: &FlagDefinition,
) -> Result<bool, StoreError> {
    let stored = read::flag(transaction, environment, flag.id)?;
    let is_as_wanted = |stored: &FlagDefinition| {
        *stored
            == FlagDefinition {
                version: flag.version.or(stored.version),
                ..flag.clone()
            }
    };
    if stored.as_ref().is_some_and(is_as_wanted) {
        return Ok(false);
    }
    // An archived flag that comes back goes on from the version that it had.
    let sql = "SELECT version FROM flag_configurations
        WHERE environment_id = ?1 AND flag_id = ?2";
    let last: Option<i32> = find(transaction, sql, (environment.0, flag.id.0))?;
    let version = flag
        .version
        .unwrap_or_else(|| last.map_or(1, |last| last.saturating_add(1)));
    let runtime = match flag.evaluation_runtime {
        EvaluationRuntime::All => "all",
        EvaluationRuntime::Client => "client",
        EvaluationRuntime::Server => "server",
    };
    let identifier = match flag.bucketing_identifier {
        BucketingIdentifier::DistinctId => "distinct_id",
        BucketingIdentifier::DeviceId => "device_id",
    };
    let row = (
        environment.0,
        project.0,
        flag.id.0,
        flag.active && !flag.deleted,
        version,
        flag.filters.to_string(),
        flag.ensure_experience_continuity,
        runtime,
        Value::from(flag.evaluation_contexts.clone()).to_string(),
        identifier,
        flag.has_experiment,
        flag.has_encrypted_payloads,
        flag.is_remote_configuration,
    );
    execute(transaction, PUT_CONFIGURATION, row)?;
    Ok(true)
}
