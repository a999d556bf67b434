//! Flags of an environment and cohorts of a project, row by row.

use burgee_model::{
    BucketingIdentifier, CohortDefinition, CohortId, EnvironmentId, EvaluationRuntime,
    FlagDefinition, FlagId, ProjectId,
};
use burgee_store::StoreError;
use serde_json::Value;
use sqlx::{PgConnection, postgres::PgRow};

use super::column::{json, key, plain};
use crate::error::from_sqlx;

const READ_FLAGS: &str = include_str!("../../queries/read_flags.sql");
const READ_FLAG: &str = include_str!("../../queries/read_flag.sql");
const READ_COHORTS: &str =
    "SELECT id, name, is_static, cohort_type, filters, groups, archived FROM cohorts
    WHERE project_id = $1 AND NOT archived ORDER BY id";
const READ_COHORT: &str =
    "SELECT id, name, is_static, cohort_type, filters, groups, archived FROM cohorts
    WHERE project_id = $1 AND id = $2";

/// Flags of an environment by id, archived ones not.
pub(super) async fn flags(
    connection: &mut PgConnection,
    environment: EnvironmentId,
) -> Result<Vec<FlagDefinition>, StoreError> {
    let rows = sqlx::query(READ_FLAGS)
        .bind(environment.0)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let flags: Result<Vec<_>, _> = rows.iter().map(flag_row).collect();
    flags.map_err(|error| of(error, format_args!("a flag of environment {environment}")))
}

/// One flag of an environment; an archived one is `deleted`.
pub(crate) async fn flag(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    id: FlagId,
) -> Result<Option<FlagDefinition>, StoreError> {
    let row = sqlx::query(READ_FLAG)
        .bind(environment.0)
        .bind(id.0)
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    let flag = row.as_ref().map(flag_row).transpose();
    flag.map_err(|error| {
        of(
            error,
            format_args!("flag {id} of environment {environment}"),
        )
    })
}

/// Cohorts of a project by id, archived ones not.
pub(super) async fn cohorts(
    connection: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<CohortDefinition>, StoreError> {
    let rows = sqlx::query(READ_COHORTS)
        .bind(project.0)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let cohorts: Result<Vec<_>, _> = rows.iter().map(cohort_row).collect();
    cohorts.map_err(|error| of(error, format_args!("a cohort of project {project}")))
}

/// One cohort of a project; an archived one is `deleted`.
pub(crate) async fn cohort(
    connection: &mut PgConnection,
    project: ProjectId,
    id: CohortId,
) -> Result<Option<CohortDefinition>, StoreError> {
    let row = sqlx::query(READ_COHORT)
        .bind(project.0)
        .bind(id.0)
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    let cohort = row.as_ref().map(cohort_row).transpose();
    cohort.map_err(|error| of(error, format_args!("cohort {id} of project {project}")))
}

/// Columns as `read_flags.sql` has them.
pub(super) fn flag_row(row: &PgRow) -> Result<FlagDefinition, StoreError> {
    Ok(FlagDefinition {
        id: FlagId(plain(row, 0)?),
        key: key(row, 1)?,
        name: plain(row, 2)?,
        active: plain(row, 3)?,
        version: Some(plain(row, 4)?),
        filters: json(row, 5)?,
        ensure_experience_continuity: plain(row, 6)?,
        evaluation_runtime: EvaluationRuntime::from_text(plain(row, 7)?),
        evaluation_contexts: json(row, 8)?,
        bucketing_identifier: BucketingIdentifier::from_text(plain(row, 9)?),
        has_experiment: plain(row, 10)?,
        has_encrypted_payloads: plain(row, 11)?,
        is_remote_configuration: plain(row, 12)?,
        deleted: plain(row, 13)?,
    })
}

/// Columns: id, name, whether it is static, kind, filters, groups, whether it is archived.
fn cohort_row(row: &PgRow) -> Result<CohortDefinition, StoreError> {
    cohort_at(row, [0, 1, 2, 3, 4, 5, 6])
}

/// A cohort among flags, in their columns (`read_definitions.sql`).
pub(super) fn shared_cohort_row(row: &PgRow) -> Result<CohortDefinition, StoreError> {
    cohort_at(row, [0, 2, 3, 7, 5, 8, 13])
}

fn cohort_at(row: &PgRow, columns: [usize; 7]) -> Result<CohortDefinition, StoreError> {
    let [id, name, is_static, cohort_type, filters, groups, archived] = columns;
    let document = |index| -> Result<Value, StoreError> {
        match plain::<Option<&str>>(row, index)? {
            None => Ok(Value::Null),
            Some(_) => json(row, index),
        }
    };
    Ok(CohortDefinition {
        id: CohortId(plain(row, id)?),
        name: plain(row, name)?,
        is_static: plain(row, is_static)?,
        cohort_type: plain(row, cohort_type)?,
        filters: document(filters)?,
        groups: document(groups)?,
        deleted: plain(row, archived)?,
    })
}

/// Says what cannot be read.
pub(super) fn of(error: StoreError, what: std::fmt::Arguments<'_>) -> StoreError {
    match error {
        StoreError::Corrupt(why) => StoreError::Corrupt(format!("{what}: {why}")),
        other => other,
    }
}
