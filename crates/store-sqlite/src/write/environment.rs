//! Environments of a project.

use burgee_model::{EnvironmentId, ProjectToken, PropertyMatching};
use burgee_store::StoreError;
use rusqlite::Transaction;

use super::{Effect, environment_id, execute, find, project_id};
use crate::error::from_sqlite;

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
pub(super) fn put(transaction: &Transaction<'_>, wanted: Wanted<'_>) -> Result<Effect, StoreError> {
    let project = project_id(transaction, wanted.project)?;
    let sql = "SELECT id FROM environments WHERE project_id = ?1 AND name = ?2";
    let known = find(transaction, sql, (project.0, wanted.name))?;
    refuse_foreign_token(transaction, known, wanted.token)?;
    let token = wanted.token.as_str();
    let version = u8::from(wanted.property_matching);
    let Some(id) = known else {
        let sql = "INSERT INTO environments
            (project_id, name, token, timezone, property_matching_version, revision)
            VALUES (?1, ?2, ?3, ?4, ?5, 0)";
        let row = (project.0, wanted.name, token, wanted.timezone, version);
        execute(transaction, sql, row)?;
        let id = EnvironmentId(transaction.last_insert_rowid());
        return Ok(Effect::Whole(vec![id]));
    };
    let sql = "SELECT token, timezone, property_matching_version FROM environments WHERE id = ?1";
    let is_as_wanted = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.query_row([id], |row| {
                Ok(row.get_ref(0)?.as_str()? == token
                    && row.get_ref(1)?.as_str()? == wanted.timezone
                    && row.get::<_, u8>(2)? == version)
            })
        })
        .map_err(from_sqlite)?;
    if is_as_wanted {
        return Ok(Effect::Nothing);
    }
    let sql = "UPDATE environments
        SET token = ?2, timezone = ?3, property_matching_version = ?4 WHERE id = ?1";
    execute(transaction, sql, (id, token, wanted.timezone, version))?;
    Ok(Effect::Whole(vec![EnvironmentId(id)]))
}

/// How long polls for its definitions are held unasked.
pub(super) fn put_hold_polls(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
    seconds: u16,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, token)?;
    let sql = "UPDATE environments SET hold_polls_seconds = ?2
        WHERE id = ?1 AND hold_polls_seconds <> ?2";
    Ok(match execute(transaction, sql, (environment.0, seconds))? {
        0 => Effect::Nothing,
        _ => Effect::Whole(vec![environment]),
    })
}

fn refuse_foreign_token(
    transaction: &Transaction<'_>,
    known: Option<i64>,
    token: &ProjectToken,
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM environments WHERE token = ?1";
    let owner = find(transaction, sql, [token.as_str()])?;
    if owner.is_some() && owner != known {
        return Err(StoreError::Refused(format!(
            "the token `{token}` belongs to another environment"
        )));
    }
    Ok(())
}
