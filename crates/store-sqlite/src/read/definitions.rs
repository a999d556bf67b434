//! Definitions: whole environments for serving, whole projects for people.

use burgee_model::{
    BucketingIdentifier, CohortDefinition, CohortId, Definitions, EnvironmentId, EvaluationRuntime,
    FlagDefinition, FlagId, FlagKey, GroupType, GroupTypeIndex, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use burgee_store::{EnvironmentRecord, ProjectRecord, ProjectTree, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use serde_json::Value;

use super::snapshot;
use crate::error::from_sqlite;

const READ_FLAGS: &str = include_str!("../../queries/read_flags.sql");
const READ_FLAG: &str = include_str!("../../queries/read_flag.sql");
const READ_ENVIRONMENTS: &str = include_str!("../../queries/read_environments.sql");
const READ_COHORTS: &str = "SELECT id, name, is_static, cohort_type, filters, groups
    FROM cohorts WHERE project_id = ?1 AND archived = 0 ORDER BY id";
const ENVIRONMENT_COLUMNS: &str =
    "SELECT id, name, token, timezone, property_matching_version, revision, project_id
    FROM environments";

/// Everything about the environment with this token.
pub(crate) fn read_by_token(
    connection: &Connection,
    token: &ProjectToken,
) -> Result<Option<Definitions>, StoreError> {
    read_environment(connection, "token", token.as_str())
}

/// Everything about the environment with this id.
pub(crate) fn read_by_id(
    connection: &Connection,
    id: EnvironmentId,
) -> Result<Option<Definitions>, StoreError> {
    read_environment(connection, "id", id.0)
}

/// Every project, by name.
pub(crate) fn list_projects(connection: &Connection) -> Result<Vec<ProjectRecord>, StoreError> {
    snapshot(connection, |connection| {
        let names = rows(
            connection,
            "SELECT name FROM projects ORDER BY name",
            [],
            |row| row.get(0),
        )?;
        let names: Vec<String> = names;
        let projects = names
            .iter()
            .filter_map(|name| project(connection, name).transpose());
        projects.collect()
    })
}

/// A project with all that is defined in it.
pub(crate) fn read_project(
    connection: &Connection,
    name: &str,
) -> Result<Option<ProjectTree>, StoreError> {
    snapshot(connection, |connection| {
        let Some(project) = project(connection, name)? else {
            return Ok(None);
        };
        let cohorts = cohorts(connection, project.id)?;
        let records = rows(
            connection,
            READ_ENVIRONMENTS,
            [project.id.0],
            environment_row,
        )?;
        let mut environments = Vec::with_capacity(records.len());
        for record in records {
            let record = record?;
            let flags = flags(connection, record.id)?;
            environments.push((record, flags));
        }
        let flag_id_max = id_max(connection, "flags", project.id)?;
        let cohort_id_max = id_max(connection, "cohorts", project.id)?;
        Ok(Some(ProjectTree {
            project,
            cohorts,
            environments,
            flag_id_max,
            cohort_id_max,
        }))
    })
}

fn read_environment(
    connection: &Connection,
    column: &str,
    value: impl ToSql,
) -> Result<Option<Definitions>, StoreError> {
    snapshot(connection, |connection| {
        let sql = format!("{ENVIRONMENT_COLUMNS} WHERE {column} = ?1");
        let read = |row: &Row<'_>| Ok((environment_row(row)?, row.get::<_, i64>(6)?));
        let mut statement = connection.prepare_cached(&sql).map_err(from_sqlite)?;
        let found = statement
            .query_row([value], read)
            .optional()
            .map_err(from_sqlite)?;
        let Some((environment, project)) = found else {
            return Ok(None);
        };
        let (environment, project) = (environment?, ProjectId(project));
        let group_types = group_types(connection, project)?;
        let named = group_types
            .into_iter()
            .map(|(index, name)| GroupType { index, name });
        Ok(Some(Definitions {
            project,
            environment: environment.id,
            token: environment.token,
            revision: environment.revision,
            timezone: environment.timezone,
            property_matching: environment.property_matching,
            flags: flags(connection, environment.id)?,
            cohorts: cohorts(connection, project)?,
            group_types: named.collect(),
        }))
    })
}

fn project(connection: &Connection, name: &str) -> Result<Option<ProjectRecord>, StoreError> {
    let sql = "SELECT id FROM projects WHERE name = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let id = statement
        .query_row([name], |row| row.get(0))
        .optional()
        .map_err(from_sqlite)?;
    let Some(id) = id.map(ProjectId) else {
        return Ok(None);
    };
    let mut names = Vec::new();
    for (GroupTypeIndex(index), name) in group_types(connection, id)? {
        let at = usize::try_from(index).unwrap_or_default();
        names.resize(names.len().max(at + 1), None);
        if let Some(place) = names.get_mut(at) {
            *place = Some(name);
        }
    }
    Ok(Some(ProjectRecord {
        id,
        name: name.to_owned(),
        group_types: names,
    }))
}

fn group_types(
    connection: &Connection,
    project: ProjectId,
) -> Result<Vec<(GroupTypeIndex, String)>, StoreError> {
    let sql = "SELECT type_index, name FROM group_types WHERE project_id = ?1 ORDER BY type_index";
    rows(connection, sql, [project.0], |row| {
        Ok((GroupTypeIndex(row.get(0)?), row.get(1)?))
    })
}

fn id_max(connection: &Connection, table: &str, project: ProjectId) -> Result<i32, StoreError> {
    let sql = format!("SELECT coalesce(max(id), 0) FROM {table} WHERE project_id = ?1");
    let mut statement = connection.prepare_cached(&sql).map_err(from_sqlite)?;
    statement
        .query_row([project.0], |row| row.get(0))
        .map_err(from_sqlite)
}

/// Flags of an environment, by id.
pub(crate) fn flags(
    connection: &Connection,
    environment: EnvironmentId,
) -> Result<Vec<FlagDefinition>, StoreError> {
    rows(connection, READ_FLAGS, [environment.0], flag_row)?
        .into_iter()
        .collect()
}

/// One flag of an environment.
pub(crate) fn flag(
    connection: &Connection,
    environment: EnvironmentId,
    id: FlagId,
) -> Result<Option<FlagDefinition>, StoreError> {
    let parameters = (environment.0, id.0);
    rows(connection, READ_FLAG, parameters, flag_row)?
        .pop()
        .transpose()
}

/// Cohorts of a project, by id.
pub(crate) fn cohorts(
    connection: &Connection,
    project: ProjectId,
) -> Result<Vec<CohortDefinition>, StoreError> {
    rows(connection, READ_COHORTS, [project.0], cohort_row)?
        .into_iter()
        .collect()
}

/// A row, or why what it holds cannot be read.
type Readable<T> = Result<T, StoreError>;

fn environment_row(row: &Row<'_>) -> rusqlite::Result<Readable<EnvironmentRecord>> {
    let token: String = row.get(2)?;
    let record = |token| -> rusqlite::Result<EnvironmentRecord> {
        Ok(EnvironmentRecord {
            id: EnvironmentId(row.get(0)?),
            name: row.get(1)?,
            token,
            timezone: row.get(3)?,
            property_matching: PropertyMatching::from(row.get::<_, u8>(4)?),
            revision: Revision(row.get::<_, i64>(5)?.cast_unsigned()),
        })
    };
    match ProjectToken::parse(&token) {
        Ok(token) => record(token).map(Ok),
        Err(error) => Ok(Err(StoreError::Corrupt(error.to_string()))),
    }
}

fn flag_row(row: &Row<'_>) -> rusqlite::Result<Readable<FlagDefinition>> {
    let (key, filters, contexts): (String, String, String) =
        (row.get(1)?, row.get(5)?, row.get(8)?);
    let (runtime, identifier): (String, String) = (row.get(7)?, row.get(9)?);
    let read = || -> Readable<(FlagKey, Value, Vec<String>)> {
        let key = FlagKey::parse(&key).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok((key, json(&filters)?, json(&contexts)?))
    };
    let (key, filters, evaluation_contexts) = match read() {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(FlagDefinition {
        id: FlagId(row.get(0)?),
        key,
        name: row.get(2)?,
        filters,
        active: row.get(3)?,
        deleted: false,
        ensure_experience_continuity: row.get(6)?,
        version: Some(row.get(4)?),
        evaluation_runtime: EvaluationRuntime::from_text(&runtime),
        evaluation_contexts,
        bucketing_identifier: match &*identifier {
            "device_id" => BucketingIdentifier::DeviceId,
            _ => BucketingIdentifier::DistinctId,
        },
        has_experiment: row.get(10)?,
        has_encrypted_payloads: row.get(11)?,
        is_remote_configuration: row.get(12)?,
    }))
}

fn cohort_row(row: &Row<'_>) -> rusqlite::Result<Readable<CohortDefinition>> {
    let (filters, groups): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let document = |text: Option<String>| text.map_or(Ok(Value::Null), |text| json(&text));
    let (filters, groups) = match (document(filters), document(groups)) {
        (Ok(filters), Ok(groups)) => (filters, groups),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(Ok(CohortDefinition {
        id: CohortId(row.get(0)?),
        name: row.get(1)?,
        is_static: row.get(2)?,
        cohort_type: row.get(3)?,
        filters,
        groups,
        deleted: false,
    }))
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Readable<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// All rows of a cached statement.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let rows = statement.query_map(parameters, read).map_err(from_sqlite)?;
    rows.collect::<rusqlite::Result<_>>().map_err(from_sqlite)
}
