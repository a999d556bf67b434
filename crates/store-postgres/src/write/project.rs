//! Projects and their group types.

use burgee_model::{GroupType, GroupTypeIndex};
use burgee_store::StoreError;

use super::{Changing, Effect};
use crate::read;

/// Creates a project or replaces its group types, which all its environments see.
pub(super) async fn put(
    changing: &mut Changing<'_>,
    name: &str,
    group_types: &[Option<String>],
) -> Result<Effect, StoreError> {
    let create = sqlx::query("INSERT INTO projects (name) VALUES ($1) ON CONFLICT DO NOTHING");
    let created = changing.execute(create.bind(name)).await?;
    let project = changing.project_id(name).await?;
    let named = (0..).zip(group_types);
    let wanted: Vec<GroupType> = named
        .filter_map(|(index, name)| {
            Some(GroupType {
                index: GroupTypeIndex(index),
                name: name.clone()?,
            })
        })
        .collect();
    if read::group_types(changing.connection(), project).await? == wanted {
        return Ok(match created {
            0 => Effect::Nothing,
            _ => Effect::Quiet,
        });
    }
    let clear = sqlx::query("DELETE FROM group_types WHERE project_id = $1");
    changing.execute(clear.bind(project.0)).await?;
    for GroupType { index, name } in wanted {
        let sql = "INSERT INTO group_types (project_id, type_index, name) VALUES ($1, $2, $3)";
        let put = sqlx::query(sql).bind(project.0).bind(index.0).bind(name);
        changing.execute(put).await?;
    }
    changing.environments_of(project).await.map(Effect::Whole)
}
