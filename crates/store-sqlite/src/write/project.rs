//! Projects and their group types.

use burgee_model::{GroupType, GroupTypeIndex};
use burgee_store::StoreError;
use rusqlite::Transaction;

use super::{Effect, environments_of, execute, project_id};
use crate::read;

/// Creates a project or replaces its group types, which all its environments see.
pub(super) fn put(
    transaction: &Transaction<'_>,
    name: &str,
    group_types: &[Option<String>],
) -> Result<Effect, StoreError> {
    let sql = "INSERT INTO projects (name) VALUES (?1) ON CONFLICT DO NOTHING";
    let created = execute(transaction, sql, [name])?;
    let project = project_id(transaction, name)?;
    let named = (0..).zip(group_types);
    let wanted: Vec<GroupType> = named
        .filter_map(|(index, name)| {
            Some(GroupType {
                index: GroupTypeIndex(index),
                name: name.clone()?,
            })
        })
        .collect();
    if read::group_types(transaction, project)? == wanted {
        return Ok(match created {
            0 => Effect::Nothing,
            _ => Effect::Quiet,
        });
    }
    let sql = "DELETE FROM group_types WHERE project_id = ?1";
    execute(transaction, sql, [project.0])?;
    for GroupType { index, name } in wanted {
        let sql = "INSERT INTO group_types (project_id, type_index, name) VALUES (?1, ?2, ?3)";
        execute(transaction, sql, (project.0, index.0, name))?;
    }
    environments_of(transaction, project).map(Effect::Whole)
}
