//! Cohorts of a project.

use burgee_model::{CohortDefinition, CohortId};
use burgee_store::StoreError;
use serde_json::Value;

use super::{Changing, Effect};
use crate::read;

const PUT_COHORT: &str = include_str!("../../queries/put_cohort.sql");

/// Creates or replaces a cohort; every environment of the project sees it.
pub(super) async fn put(
    changing: &mut Changing<'_>,
    project: &str,
    cohort: &CohortDefinition,
) -> Result<Effect, StoreError> {
    let project = changing.project_id(project).await?;
    let stored = read::cohort(changing.connection(), project, cohort.id).await?;
    if stored.as_ref() == Some(cohort) {
        return Ok(Effect::Nothing);
    }
    let document = |value: &Value| (!value.is_null()).then(|| value.to_string());
    let put = sqlx::query(PUT_COHORT)
        .bind(project.0)
        .bind(cohort.id.0)
        .bind(&cohort.name)
        .bind(cohort.is_static)
        .bind(&cohort.cohort_type)
        .bind(document(&cohort.filters))
        .bind(document(&cohort.groups))
        .bind(cohort.deleted);
    changing.execute(put).await?;
    changing.environments_of(project).await.map(Effect::Whole)
}

/// Takes a cohort out of a project. One that is not there is out already.
pub(super) async fn archive(
    changing: &mut Changing<'_>,
    project: &str,
    cohort: CohortId,
) -> Result<Effect, StoreError> {
    let project = changing.project_id(project).await?;
    let sql =
        "UPDATE cohorts SET archived = true WHERE project_id = $1 AND id = $2 AND NOT archived";
    let archive = sqlx::query(sql).bind(project.0).bind(cohort.0);
    if changing.execute(archive).await? == 0 {
        return Ok(Effect::Nothing);
    }
    changing.environments_of(project).await.map(Effect::Whole)
}
