//! Whole projects, for people: export, apply and later the management API.

use burgee_model::{GroupType, ProjectId};
use burgee_store::{ProjectRecord, ProjectTree, StoreError};
use rusqlite::{Connection, OptionalExtension};

use super::{
    definitions::{environment_row, group_types},
    flag::{cohorts, flags},
    rows, snapshot,
};
use crate::error::from_sqlite;

const READ_ENVIRONMENTS: &str = include_str!("../../queries/read_environments.sql");
const READ_FLAG_ID_MAX: &str = "SELECT coalesce(max(id), 0) FROM flags WHERE project_id = ?1";
const READ_COHORT_ID_MAX: &str = "SELECT coalesce(max(id), 0) FROM cohorts WHERE project_id = ?1";

/// Every project, by name.
pub(crate) fn list_projects(connection: &Connection) -> Result<Vec<ProjectRecord>, StoreError> {
    snapshot(connection, |connection| {
        let sql = "SELECT id, name FROM projects ORDER BY name";
        let projects: Vec<(i64, String)> =
            rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        projects
            .into_iter()
            .map(|(id, name)| record(connection, ProjectId(id), name))
            .collect()
    })
}

/// A project with all that is defined in it.
pub(crate) fn read_project(
    connection: &Connection,
    name: &str,
) -> Result<Option<ProjectTree>, StoreError> {
    snapshot(connection, |connection| {
        let Some(id) = find(connection, name)? else {
            return Ok(None);
        };
        let mut environments = Vec::new();
        for environment in rows(connection, READ_ENVIRONMENTS, [id.0], environment_row)? {
            let flags = flags(connection, environment.id)?;
            environments.push((environment, flags));
        }
        Ok(Some(ProjectTree {
            project: record(connection, id, name.to_owned())?,
            cohorts: cohorts(connection, id)?,
            environments,
            flag_id_max: id_max(connection, READ_FLAG_ID_MAX, id)?,
            cohort_id_max: id_max(connection, READ_COHORT_ID_MAX, id)?,
        }))
    })
}

fn find(connection: &Connection, name: &str) -> Result<Option<ProjectId>, StoreError> {
    let sql = "SELECT id FROM projects WHERE name = ?1";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement
                .query_row([name], |row| row.get(0).map(ProjectId))
                .optional()
        })
        .map_err(from_sqlite)
}

fn record(
    connection: &Connection,
    id: ProjectId,
    name: String,
) -> Result<ProjectRecord, StoreError> {
    let mut names: Vec<Option<String>> = Vec::new();
    for GroupType { index, name } in group_types(connection, id)? {
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

fn id_max(connection: &Connection, sql: &str, project: ProjectId) -> Result<i32, StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([project.0], |row| row.get(0)))
        .map_err(from_sqlite)
}
