//! Environments of a project.

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching};
use burgee_store::StoreError;
use sqlx::PgConnection;

use super::{Changing, Effect};
use crate::error::from_sqlx;

/// An environment as it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) project: &'a str,
    pub(super) name: &'a str,
    pub(super) token: &'a ProjectToken,
    pub(super) timezone: &'a str,
    pub(super) property_matching: PropertyMatching,
}

/// Creates an environment, or changes the one of this name in the project.
pub(super) async fn put(
    changing: &mut Changing<'_>,
    wanted: Wanted<'_>,
) -> Result<Effect, StoreError> {
    let project = changing.project_id(wanted.project).await?;
    let sql = "SELECT id, token, timezone, property_matching_version FROM environments
        WHERE project_id = $1 AND name = $2";
    let known: Option<(i64, String, String, i16)> = sqlx::query_as(sql)
        .bind(project.0)
        .bind(wanted.name)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
    let id = known.as_ref().map(|(id, ..)| *id);
    refuse_foreign_token(changing.connection(), id, wanted.token).await?;
    let token = wanted.token.as_str();
    let version = i16::from(u8::from(wanted.property_matching));
    let Some((id, stored_token, stored_timezone, stored_version)) = known else {
        let sql = "INSERT INTO environments
            (project_id, name, token, timezone, property_matching_version, revision)
            VALUES ($1, $2, $3, $4, $5, 0) RETURNING id";
        let id = sqlx::query_scalar(sql)
            .bind(project.0)
            .bind(wanted.name)
            .bind(token)
            .bind(wanted.timezone)
            .bind(version)
            .fetch_one(changing.connection())
            .await
            .map_err(from_sqlx)?;
        return Ok(Effect::Whole(vec![EnvironmentId(id)]));
    };
    if stored_token == token && stored_timezone == wanted.timezone && stored_version == version {
        return Ok(Effect::Nothing);
    }
    let sql = "UPDATE environments
        SET token = $2, timezone = $3, property_matching_version = $4 WHERE id = $1";
    let update = sqlx::query(sql)
        .bind(id)
        .bind(token)
        .bind(wanted.timezone)
        .bind(version);
    changing.execute(update).await?;
    changing.forget_tokens();
    Ok(Effect::Whole(vec![EnvironmentId(id)]))
}

/// How long polls for its definitions are held unasked.
pub(super) async fn put_hold_polls(
    changing: &mut Changing<'_>,
    token: &ProjectToken,
    seconds: u16,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(token).await?;
    let sql = "UPDATE environments SET hold_polls_seconds = $2
        WHERE id = $1 AND hold_polls_seconds <> $2";
    let update = sqlx::query(sql)
        .bind(environment.0)
        .bind(i32::from(seconds));
    Ok(match changing.execute(update).await? {
        0 => Effect::Nothing,
        _ => Effect::Whole(vec![environment]),
    })
}

async fn refuse_foreign_token(
    connection: &mut PgConnection,
    known: Option<i64>,
    token: &ProjectToken,
) -> Result<(), StoreError> {
    let owner: Option<i64> = sqlx::query_scalar("SELECT id FROM environments WHERE token = $1")
        .bind(token.as_str())
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    if owner.is_some() && owner != known {
        return Err(StoreError::Refused(format!(
            "the token `{token}` belongs to another environment"
        )));
    }
    Ok(())
}
