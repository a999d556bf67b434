//! Projects, environments and keys.

use burgee_model::{EnvironmentId, ProjectToken};
use burgee_store::{Change, SecretKey, StoreError};
use rusqlite::{OptionalExtension, Row, Transaction};

use super::{Effect, environment_id, environments_of, execute, find, project_id};
use crate::error::from_sqlite;

pub(super) fn put_project(
    transaction: &Transaction<'_>,
    name: &str,
    group_types: &[Option<String>],
) -> Result<Effect, StoreError> {
    let created = execute(
        transaction,
        "INSERT INTO projects (name) VALUES (?1) ON CONFLICT DO NOTHING",
        [name],
    )?;
    let project = project_id(transaction, name)?;
    let sql = "SELECT type_index, name FROM group_types WHERE project_id = ?1 ORDER BY type_index";
    let stored: Vec<(i64, String)> = crate::read::rows(transaction, sql, [project.0], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let wanted: Vec<(i64, String)> = (0..)
        .zip(group_types)
        .filter_map(|(at, name)| Some((at, name.clone()?)))
        .collect();
    if stored == wanted {
        return Ok(if created == 0 {
            Effect::Nothing
        } else {
            Effect::Quiet
        });
    }
    execute(
        transaction,
        "DELETE FROM group_types WHERE project_id = ?1",
        [project.0],
    )?;
    for (index, name) in wanted {
        let sql = "INSERT INTO group_types (project_id, type_index, name) VALUES (?1, ?2, ?3)";
        execute(transaction, sql, (project.0, index, name))?;
    }
    environments_of(transaction, project).map(Effect::Visible)
}

/// An environment is known by its token, else by its name in the project.
pub(super) fn put_environment(
    transaction: &Transaction<'_>,
    change: &Change,
) -> Result<Effect, StoreError> {
    let Change::PutEnvironment {
        project,
        name,
        token,
        timezone,
        property_matching,
    } = change
    else {
        return Ok(Effect::Nothing);
    };
    let project = project_id(transaction, project)?;
    let version = u8::from(*property_matching);
    let sql = "SELECT id FROM environments WHERE project_id = ?1 AND name = ?2";
    let known: Option<i64> = find(transaction, sql, (project.0, name))?;
    refuse_foreign_token(transaction, known, token)?;
    let Some(id) = known else {
        let sql = "INSERT INTO environments
            (project_id, name, token, timezone, property_matching_version, revision)
            VALUES (?1, ?2, ?3, ?4, ?5, 0) RETURNING id";
        let id = find(
            transaction,
            sql,
            (project.0, name, token.as_str(), timezone, version),
        )?;
        return Ok(Effect::Visible(id.map(EnvironmentId).into_iter().collect()));
    };
    let sql = "SELECT token, timezone, property_matching_version FROM environments WHERE id = ?1";
    let read = |row: &Row<'_>| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, u8>(2)?,
        ))
    };
    let mut statement = transaction.prepare_cached(sql).map_err(from_sqlite)?;
    let stored = statement
        .query_row([id], read)
        .optional()
        .map_err(from_sqlite)?;
    if stored == Some((token.as_str().to_owned(), timezone.clone(), version)) {
        return Ok(Effect::Nothing);
    }
    let sql = "UPDATE environments
        SET token = ?2, timezone = ?3, property_matching_version = ?4 WHERE id = ?1";
    execute(transaction, sql, (id, token.as_str(), timezone, version))?;
    Ok(Effect::Visible(vec![EnvironmentId(id)]))
}

fn refuse_foreign_token(
    transaction: &Transaction<'_>,
    known: Option<i64>,
    token: &ProjectToken,
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM environments WHERE token = ?1";
    let owner: Option<i64> = find(transaction, sql, [token.as_str()])?;
    if owner.is_some() && owner != known {
        return Err(StoreError::Refused(format!(
            "the token `{token}` belongs to another environment"
        )));
    }
    Ok(())
}

pub(super) fn put_key(
    transaction: &Transaction<'_>,
    table: &str,
    environment: &ProjectToken,
    key: &SecretKey,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, environment)?;
    let sql =
        format!("SELECT environment_id FROM {table} WHERE digest = ?1 AND environment_id <> ?2");
    let owner: Option<i64> = find(transaction, &sql, (&key.digest, environment.0))?;
    if table == "secret_keys" && owner.is_some() {
        let message = format!(
            "the secret key {}… belongs to another environment",
            key.hint
        );
        return Err(StoreError::Refused(message));
    }
    let scopes = serde_json::Value::from(key.scopes.clone()).to_string();
    let sql =
        format!("SELECT hint || scopes FROM {table} WHERE digest = ?1 AND environment_id = ?2");
    let stored: Option<String> = find(transaction, &sql, (&key.digest, environment.0))?;
    if stored == Some(format!("{}{scopes}", key.hint)) {
        return Ok(Effect::Nothing);
    }
    let sql = format!(
        "INSERT OR REPLACE INTO {table} (digest, environment_id, hint, scopes)
        VALUES (?1, ?2, ?3, ?4)"
    );
    execute(
        transaction,
        &sql,
        (&key.digest, environment.0, &key.hint, scopes),
    )?;
    Ok(Effect::Quiet)
}
