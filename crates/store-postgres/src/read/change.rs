//! What changed of one environment, in one statement, for the reason that `definitions.rs` gives. Only
//! where that cannot be told is there another, which reads the whole.

use burgee_model::{EnvironmentId, FlagId, ProjectToken, Revision};
use burgee_store::{DefinitionChange, FlagChange, StoreError};
use sqlx::PgConnection;

use super::{
    column::{plain, unsigned},
    definitions::read_by_token,
    flag::{flag_row, of},
};
use crate::error::from_sqlx;

const READ_CHANGE: &str = include_str!("../../queries/read_change.sql");

/// The columns of the flag and of the environment that say more than what the flag is.
const ID: usize = 0;
const ARCHIVED: usize = 13;
const IS_TRACED: usize = 14;
const REVISION: usize = 15;

/// What is different from the known state of the environment with this token.
pub(crate) async fn read_change(
    connection: &mut PgConnection,
    token: &ProjectToken,
    (environment, known): (EnvironmentId, Revision),
) -> Result<Option<DefinitionChange>, StoreError> {
    let rows = sqlx::query(READ_CHANGE)
        .bind(token.as_str())
        .bind(environment.0)
        .bind(known.0.cast_signed())
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    if !plain(first, IS_TRACED)? {
        let whole = read_by_token(connection, token).await?;
        return Ok(whole.map(|definitions| DefinitionChange::Whole(Box::new(definitions))));
    }
    let mut change = FlagChange {
        environment,
        revision: Revision(unsigned(first, REVISION)?),
        put: Vec::new(),
        removed: Vec::new(),
    };
    for row in &rows {
        // Where no flag changed there is one row, without a flag.
        let Some(id) = plain::<Option<i32>>(row, ID)?.map(FlagId) else {
            continue;
        };
        if plain(row, ARCHIVED)? {
            change.removed.push(id);
            continue;
        }
        let flag = flag_row(row).map_err(|error| {
            of(
                error,
                format_args!("flag {id} of environment {environment}"),
            )
        })?;
        change.put.push(flag);
    }
    Ok(Some(DefinitionChange::Flags(change)))
}
