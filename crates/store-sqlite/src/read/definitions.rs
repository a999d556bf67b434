//! All that serving needs to know of one environment, in one state of the database.

use burgee_model::{
    Definitions, EnvironmentId, GroupType, GroupTypeIndex, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use burgee_store::{EnvironmentRecord, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    column::Token,
    flag::{cohorts, flags},
    rows, snapshot,
};
use crate::error::from_sqlite;

const READ_BY_TOKEN: &str = "SELECT id, name, token, timezone, property_matching_version, revision,
    hold_polls_seconds, project_id FROM environments WHERE token = ?1";
const READ_GROUP_TYPES: &str =
    "SELECT type_index, name FROM group_types WHERE project_id = ?1 ORDER BY type_index";

/// Everything about the environment with this token.
pub(crate) fn read_by_token(
    connection: &Connection,
    token: &ProjectToken,
) -> Result<Option<Definitions>, StoreError> {
    snapshot(connection, |connection| {
        let read = |row: &Row<'_>| Ok((environment_row(row)?, ProjectId(row.get(7)?)));
        let found = connection
            .prepare_cached(READ_BY_TOKEN)
            .and_then(|mut statement| statement.query_row([token.as_str()], read).optional())
            .map_err(from_sqlite)?;
        let Some((environment, project)) = found else {
            return Ok(None);
        };
        Ok(Some(Definitions {
            project,
            environment: environment.id,
            token: environment.token,
            revision: environment.revision,
            timezone: environment.timezone,
            property_matching: environment.property_matching,
            hold_polls_seconds: environment.hold_polls_seconds,
            flags: flags(connection, environment.id)?,
            cohorts: cohorts(connection, project)?,
            group_types: group_types(connection, project)?,
        }))
    })
}

/// Group types of a project, by index.
pub(crate) fn group_types(
    connection: &Connection,
    project: ProjectId,
) -> Result<Vec<GroupType>, StoreError> {
    rows(connection, READ_GROUP_TYPES, [project.0], |row| {
        Ok(GroupType {
            index: GroupTypeIndex(row.get(0)?),
            name: row.get(1)?,
        })
    })
}

/// Columns: id, name, token, timezone, matching version, revision, how long polls are held.
pub(super) fn environment_row(row: &Row<'_>) -> rusqlite::Result<EnvironmentRecord> {
    Ok(EnvironmentRecord {
        id: EnvironmentId(row.get(0)?),
        name: row.get(1)?,
        token: row.get::<_, Token>(2)?.0,
        timezone: row.get(3)?,
        property_matching: PropertyMatching::from(row.get::<_, u8>(4)?),
        revision: Revision(row.get(5)?),
        hold_polls_seconds: row.get(6)?,
    })
}
