//! Flags of an environment and cohorts of a project, row by row.

use burgee_model::{
    BucketingIdentifier, CohortDefinition, CohortId, EnvironmentId, EvaluationRuntime,
    FlagDefinition, FlagId, ProjectId,
};
use burgee_store::StoreError;
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::{
    column::{Json, Key},
    rows,
};

const READ_FLAGS: &str = include_str!("../../queries/read_flags.sql");
const READ_FLAG: &str = include_str!("../../queries/read_flag.sql");
const READ_COHORTS: &str =
    "SELECT id, name, is_static, cohort_type, filters, groups, archived FROM cohorts
    WHERE project_id = ?1 AND NOT archived ORDER BY id";
const READ_COHORT: &str =
    "SELECT id, name, is_static, cohort_type, filters, groups, archived FROM cohorts
    WHERE project_id = ?1 AND id = ?2";

/// Flags of an environment by id, archived ones not.
pub(super) fn flags(
    connection: &Connection,
    environment: EnvironmentId,
) -> Result<Vec<FlagDefinition>, StoreError> {
    rows(connection, READ_FLAGS, [environment.0], flag_row)
        .map_err(|error| of(error, format_args!("a flag of environment {environment}")))
}

/// One flag of an environment; an archived one is `deleted`.
pub(crate) fn flag(
    connection: &Connection,
    environment: EnvironmentId,
    id: FlagId,
) -> Result<Option<FlagDefinition>, StoreError> {
    rows(connection, READ_FLAG, (environment.0, id.0), flag_row)
        .map(|mut found| found.pop())
        .map_err(|error| {
            of(
                error,
                format_args!("flag {id} of environment {environment}"),
            )
        })
}

/// Cohorts of a project by id, archived ones not.
pub(super) fn cohorts(
    connection: &Connection,
    project: ProjectId,
) -> Result<Vec<CohortDefinition>, StoreError> {
    rows(connection, READ_COHORTS, [project.0], cohort_row)
        .map_err(|error| of(error, format_args!("a cohort of project {project}")))
}

/// One cohort of a project; an archived one is `deleted`.
pub(crate) fn cohort(
    connection: &Connection,
    project: ProjectId,
    id: CohortId,
) -> Result<Option<CohortDefinition>, StoreError> {
    rows(connection, READ_COHORT, (project.0, id.0), cohort_row)
        .map(|mut found| found.pop())
        .map_err(|error| of(error, format_args!("cohort {id} of project {project}")))
}

/// Columns as `read_flags.sql` has them.
pub(super) fn flag_row(row: &Row<'_>) -> rusqlite::Result<FlagDefinition> {
    Ok(FlagDefinition {
        id: FlagId(row.get(0)?),
        key: row.get::<_, Key>(1)?.0,
        name: row.get(2)?,
        active: row.get(3)?,
        version: Some(row.get(4)?),
        filters: row.get::<_, Json<_>>(5)?.0,
        ensure_experience_continuity: row.get(6)?,
        evaluation_runtime: EvaluationRuntime::from_text(row.get_ref(7)?.as_str()?),
        evaluation_contexts: row.get::<_, Json<_>>(8)?.0,
        bucketing_identifier: BucketingIdentifier::from_text(row.get_ref(9)?.as_str()?),
        has_experiment: row.get(10)?,
        has_encrypted_payloads: row.get(11)?,
        is_remote_configuration: row.get(12)?,
        deleted: row.get(13)?,
    })
}

fn cohort_row(row: &Row<'_>) -> rusqlite::Result<CohortDefinition> {
    let document = |index| -> rusqlite::Result<Value> {
        let stored: Option<Json<Value>> = row.get(index)?;
        Ok(stored.map_or(Value::Null, |stored| stored.0))
    };
    Ok(CohortDefinition {
        id: CohortId(row.get(0)?),
        name: row.get(1)?,
        is_static: row.get(2)?,
        cohort_type: row.get(3)?,
        filters: document(4)?,
        groups: document(5)?,
        deleted: row.get(6)?,
    })
}

/// Says what cannot be read.
pub(super) fn of(error: StoreError, what: std::fmt::Arguments<'_>) -> StoreError {
    match error {
        StoreError::Corrupt(why) => StoreError::Corrupt(format!("{what}: {why}")),
        other => other,
    }
}
