//! All that serving needs to know of one environment, in one statement: a change is on its way to
//! every node, and each trip to the database is a good part of a millisecond.

use burgee_model::{
    Definitions, EnvironmentId, GroupType, GroupTypeIndex, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use burgee_store::{EnvironmentRecord, StoreError};
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    column::{plain, token, unsigned},
    flag::{flag_row, of, shared_cohort_row},
};
use crate::error::from_sqlx;

const READ_DEFINITIONS: &str = include_str!("../../queries/read_definitions.sql");
const READ_GROUP_TYPES: &str =
    "SELECT type_index, name FROM group_types WHERE project_id = $1 ORDER BY type_index";

/// The column that tells what a row is.
const KIND: usize = 14;

/// Everything about the environment with this token.
pub(crate) async fn read_by_token(
    connection: &mut PgConnection,
    token: &ProjectToken,
) -> Result<Option<Definitions>, StoreError> {
    let rows = sqlx::query(READ_DEFINITIONS)
        .bind(token.as_str())
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let Some((environment, rows)) = rows.split_first() else {
        return Ok(None);
    };
    let mut definitions = without_contents(environment)?;
    let environment = definitions.environment;
    for row in rows {
        match plain(row, KIND)? {
            1 => {
                definitions.flags.push(flag_row(row).map_err(|error| {
                    of(error, format_args!("a flag of environment {environment}"))
                })?);
            }
            2 => definitions
                .cohorts
                .push(shared_cohort_row(row).map_err(|error| {
                    of(error, format_args!("a cohort of environment {environment}"))
                })?),
            3 => definitions.group_types.push(GroupType {
                index: GroupTypeIndex(plain(row, 0)?),
                name: plain(row, 2)?,
            }),
            kind => return Err(StoreError::Corrupt(format!("a row of kind {kind}"))),
        }
    }
    Ok(Some(definitions))
}

fn without_contents(row: &PgRow) -> Result<Definitions, StoreError> {
    Ok(Definitions {
        project: ProjectId(plain(row, 16)?),
        environment: EnvironmentId(plain(row, 15)?),
        token: token(row, 1)?,
        revision: Revision(unsigned(row, 17)?),
        timezone: plain(row, 7)?,
        property_matching: property_matching(plain(row, 4)?)?,
        hold_polls_seconds: hold_polls_seconds(row, 0)?,
        flags: Vec::new(),
        cohorts: Vec::new(),
        group_types: Vec::new(),
    })
}

fn hold_polls_seconds(row: &PgRow, index: usize) -> Result<u16, StoreError> {
    let seconds: i32 = plain(row, index)?;
    let corrupt = |_| StoreError::Corrupt(format!("polls are held for {seconds} s"));
    u16::try_from(seconds).map_err(corrupt)
}

fn property_matching(version: i32) -> Result<PropertyMatching, StoreError> {
    let version = u8::try_from(version).map_err(|_| {
        StoreError::Corrupt(format!("{version} is no version of property matching"))
    })?;
    Ok(PropertyMatching::from(version))
}

/// Group types of a project, by index.
pub(crate) async fn group_types(
    connection: &mut PgConnection,
    project: ProjectId,
) -> Result<Vec<GroupType>, StoreError> {
    let rows: Vec<(i32, String)> = sqlx::query_as(READ_GROUP_TYPES)
        .bind(project.0)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let group_type = |(index, name)| GroupType {
        index: GroupTypeIndex(index),
        name,
    };
    Ok(rows.into_iter().map(group_type).collect())
}

/// Columns: id, name, token, timezone, matching version, revision, how long polls are held.
pub(super) fn environment_row(row: &PgRow) -> Result<EnvironmentRecord, StoreError> {
    let version: i16 = plain(row, 4)?;
    Ok(EnvironmentRecord {
        id: EnvironmentId(plain(row, 0)?),
        name: plain(row, 1)?,
        token: token(row, 2)?,
        timezone: plain(row, 3)?,
        property_matching: property_matching(version.into())?,
        revision: Revision(unsigned(row, 5)?),
        hold_polls_seconds: hold_polls_seconds(row, 6)?,
    })
}
