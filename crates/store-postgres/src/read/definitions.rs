//! All that serving needs to know of one environment, in one state of the database.

use burgee_model::{
    Definitions, EnvironmentId, GroupType, GroupTypeIndex, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use burgee_store::{EnvironmentRecord, StoreError};
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    column::{plain, token, unsigned},
    end,
    flag::{cohorts, flags},
    snapshot,
};
use crate::error::from_sqlx;

const READ_BY_TOKEN: &str = "SELECT id, name, token, timezone, property_matching_version, revision,
    project_id FROM environments WHERE token = $1";
const READ_GROUP_TYPES: &str =
    "SELECT type_index, name FROM group_types WHERE project_id = $1 ORDER BY type_index";

/// Everything about the environment with this token.
pub(crate) async fn read_by_token(
    connection: &mut PgConnection,
    token: &ProjectToken,
) -> Result<Option<Definitions>, StoreError> {
    let mut transaction = snapshot(connection).await?;
    let found = sqlx::query(READ_BY_TOKEN)
        .bind(token.as_str())
        .fetch_optional(&mut *transaction)
        .await;
    let answer = read_rest(&mut transaction, found).await;
    end(transaction, answer).await
}

async fn read_rest(
    connection: &mut PgConnection,
    found: sqlx::Result<Option<PgRow>>,
) -> Result<Option<Definitions>, StoreError> {
    let Some(row) = found.map_err(from_sqlx)? else {
        return Ok(None);
    };
    let environment = environment_row(&row)?;
    let project = ProjectId(plain(&row, 6)?);
    Ok(Some(Definitions {
        project,
        environment: environment.id,
        token: environment.token,
        revision: environment.revision,
        timezone: environment.timezone,
        property_matching: environment.property_matching,
        flags: flags(connection, environment.id).await?,
        cohorts: cohorts(connection, project).await?,
        group_types: group_types(connection, project).await?,
    }))
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

/// Columns: id, name, token, timezone, matching version, revision.
pub(super) fn environment_row(row: &PgRow) -> Result<EnvironmentRecord, StoreError> {
    let version: i16 = plain(row, 4)?;
    let version = u8::try_from(version).map_err(|_| {
        StoreError::Corrupt(format!("{version} is no version of property matching"))
    })?;
    Ok(EnvironmentRecord {
        id: EnvironmentId(plain(row, 0)?),
        name: plain(row, 1)?,
        token: token(row, 2)?,
        timezone: plain(row, 3)?,
        property_matching: PropertyMatching::from(version),
        revision: Revision(unsigned(row, 5)?),
    })
}
