//! Whole projects, for people: export, apply and later the management API.

use burgee_model::{GroupType, ProjectId};
use burgee_store::{ProjectRecord, ProjectTree, StoreError};
use sqlx::PgConnection;

use super::{
    definitions::{environment_row, group_types},
    end,
    flag::{cohorts, flags},
    snapshot,
};
use crate::error::from_sqlx;

const READ_ENVIRONMENTS: &str = include_str!("../../queries/read_environments.sql");
const READ_FLAG_ID_MAX: &str = "SELECT coalesce(max(id), 0) FROM flags WHERE project_id = $1";
const READ_COHORT_ID_MAX: &str = "SELECT coalesce(max(id), 0) FROM cohorts WHERE project_id = $1";

/// Every project, by name.
pub(crate) async fn list_projects(
    connection: &mut PgConnection,
) -> Result<Vec<ProjectRecord>, StoreError> {
    let mut transaction = snapshot(connection).await?;
    let answer = list(&mut transaction).await;
    end(transaction, answer).await
}

/// A project with all that is defined in it.
pub(crate) async fn read_project(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<ProjectTree>, StoreError> {
    let mut transaction = snapshot(connection).await?;
    let answer = read_tree(&mut transaction, name).await;
    end(transaction, answer).await
}

async fn list(connection: &mut PgConnection) -> Result<Vec<ProjectRecord>, StoreError> {
    let projects: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, name FROM projects ORDER BY name")
            .fetch_all(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    let mut records = Vec::with_capacity(projects.len());
    for (id, name) in projects {
        records.push(record(connection, ProjectId(id), name).await?);
    }
    Ok(records)
}

async fn read_tree(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<ProjectTree>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar("SELECT id FROM projects WHERE name = $1")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let Some(id) = id.map(ProjectId) else {
        return Ok(None);
    };
    let rows = sqlx::query(READ_ENVIRONMENTS)
        .bind(id.0)
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let mut environments = Vec::with_capacity(rows.len());
    for row in &rows {
        let environment = environment_row(row)?;
        let flags = flags(connection, environment.id).await?;
        environments.push((environment, flags));
    }
    Ok(Some(ProjectTree {
        project: record(connection, id, name.to_owned()).await?,
        cohorts: cohorts(connection, id).await?,
        environments,
        flag_id_max: id_max(connection, READ_FLAG_ID_MAX, id).await?,
        cohort_id_max: id_max(connection, READ_COHORT_ID_MAX, id).await?,
    }))
}

async fn record(
    connection: &mut PgConnection,
    id: ProjectId,
    name: String,
) -> Result<ProjectRecord, StoreError> {
    let mut names: Vec<Option<String>> = Vec::new();
    for GroupType { index, name } in group_types(connection, id).await? {
        // Stored from a position in a list, so it is one.
        let place = usize::try_from(index.0).unwrap_or_default();
        names.resize(names.len().max(place), None);
        names.push(Some(name));
    }
    Ok(ProjectRecord {
        id,
        name,
        group_types: names,
    })
}

async fn id_max(
    connection: &mut PgConnection,
    sql: &'static str,
    project: ProjectId,
) -> Result<i32, StoreError> {
    sqlx::query_scalar(sql)
        .bind(project.0)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)
}
