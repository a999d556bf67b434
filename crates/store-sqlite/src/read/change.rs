//! What changed of one environment.

use burgee_model::{EnvironmentId, FlagDefinition, FlagId, ProjectToken, Revision};
use burgee_store::{DefinitionChange, FlagChange, StoreError};
use rusqlite::{Connection, Row};

use super::{
    definitions::read_by_token,
    flag::{flag_row, of},
    rows,
};

const READ_CHANGE: &str = include_str!("../../queries/read_change.sql");

/// What is different from the known state of the environment with this token.
pub(crate) fn read_change(
    connection: &Connection,
    token: &ProjectToken,
    (environment, known): (EnvironmentId, Revision),
) -> Result<Option<DefinitionChange>, StoreError> {
    let parameters = (token.as_str(), environment.0, known.0.cast_signed());
    let rows = rows(connection, READ_CHANGE, parameters, change_row)
        .map_err(|error| of(error, format_args!("a flag of environment {environment}")))?;
    let Some((traced, _)) = rows.first() else {
        return Ok(None);
    };
    let Some(revision) = *traced else {
        let whole = read_by_token(connection, token)?;
        return Ok(whole.map(|definitions| DefinitionChange::Whole(Box::new(definitions))));
    };
    let mut change = FlagChange {
        environment,
        revision,
        put: Vec::new(),
        removed: Vec::new(),
    };
    for (id, flag) in rows.into_iter().filter_map(|(_, changed)| changed) {
        match flag {
            Some(flag) => change.put.push(flag),
            None => change.removed.push(id),
        }
    }
    Ok(Some(DefinitionChange::Flags(change)))
}

/// The revision of an environment whose changes are known; and a flag, as it is now unless it is
/// archived.
type ChangeRow = (Option<Revision>, Option<(FlagId, Option<FlagDefinition>)>);

fn change_row(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    let is_traced: bool = row.get(14)?;
    let revision = Revision(row.get(15)?);
    let changed = match row.get::<_, Option<i32>>(0)?.map(FlagId) {
        None => None,
        Some(id) => {
            let is_archived: bool = row.get(13)?;
            let flag = (!is_archived).then(|| flag_row(row)).transpose()?;
            Some((id, flag))
        }
    };
    Ok((is_traced.then_some(revision), changed))
}
