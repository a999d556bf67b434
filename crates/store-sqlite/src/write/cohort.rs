//! Cohorts of a project.

use burgee_model::{CohortDefinition, CohortId};
use burgee_store::StoreError;
use rusqlite::Transaction;
use serde_json::Value;

use super::{Effect, environments_of, execute, project_id};
use crate::read;

const PUT_COHORT: &str = include_str!("../../queries/put_cohort.sql");

/// Creates or replaces a cohort; every environment of the project sees it.
pub(super) fn put(
    transaction: &Transaction<'_>,
    project: &str,
    cohort: &CohortDefinition,
) -> Result<Effect, StoreError> {
    let project = project_id(transaction, project)?;
    if read::cohort(transaction, project, cohort.id)?.as_ref() == Some(cohort) {
        return Ok(Effect::Nothing);
    }
    let document = |value: &Value| (!value.is_null()).then(|| value.to_string());
    let row = (
        project.0,
        cohort.id.0,
        &cohort.name,
        cohort.is_static,
        &cohort.cohort_type,
        document(&cohort.filters),
        document(&cohort.groups),
        cohort.deleted,
    );
    execute(transaction, PUT_COHORT, row)?;
    environments_of(transaction, project).map(Effect::Whole)
}

/// Takes a cohort out of a project. One that is not there is out already.
pub(super) fn archive(
    transaction: &Transaction<'_>,
    project: &str,
    cohort: CohortId,
) -> Result<Effect, StoreError> {
    let project = project_id(transaction, project)?;
    let sql = "UPDATE cohorts SET archived = 1 WHERE project_id = ?1 AND id = ?2 AND NOT archived";
    if execute(transaction, sql, (project.0, cohort.0))? == 0 {
        return Ok(Effect::Nothing);
    }
    environments_of(transaction, project).map(Effect::Whole)
}
