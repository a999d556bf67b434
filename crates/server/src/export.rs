//! Writes a store down as an apply file: the same shape, in an order that depends on nothing but the
//! contents, without secrets. Applied to an empty store, it gives a store that exports the same file.

mod shape;

use std::collections::BTreeMap;

use burgee_model::CohortId;
use burgee_store::{EnvironmentRecord, ProjectReader, ProjectTree, StoreError, SubjectStore};

use shape::{
    EnvironmentShape, FileShape, FlagShape, GroupShape, MembersShape, PersonShape, ProjectShape,
};

/// Subjects read in one go.
const PAGE_ROWS_MAX: usize = 1_000;

/// The whole file, or that of one project. `None`: there is no such project.
pub(crate) async fn export(
    definitions: &dyn ProjectReader,
    subjects: &dyn SubjectStore,
    project: Option<&str>,
) -> Result<Option<String>, StoreError> {
    let mut file = FileShape::default();
    for record in definitions.list_projects().await? {
        if project.is_some_and(|name| name != record.name) {
            continue;
        }
        if let Some(tree) = definitions.read_project(&record.name).await? {
            file.projects.push(export_project(tree, subjects).await?);
        }
    }
    if project.is_some() && file.projects.is_empty() {
        return Ok(None);
    }
    let mut text = serde_json::to_string_pretty(&file)
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    text.push('\n');
    Ok(Some(text))
}

async fn export_project(
    tree: ProjectTree,
    subjects: &dyn SubjectStore,
) -> Result<ProjectShape, StoreError> {
    let mut environments = Vec::new();
    for (record, flags) in tree.environments {
        let flags = flags.into_iter().map(FlagShape::from).collect();
        let group_types = &tree.project.group_types;
        environments.push(export_environment(record, flags, group_types, subjects).await?);
    }
    Ok(ProjectShape {
        name: tree.project.name,
        group_types: tree.project.group_types,
        cohorts: tree.cohorts,
        environments,
    })
}

async fn export_environment(
    record: EnvironmentRecord,
    flags: Vec<FlagShape>,
    group_types: &[Option<String>],
    subjects: &dyn SubjectStore,
) -> Result<EnvironmentShape, StoreError> {
    let mut persons = Vec::new();
    let mut groups = Vec::new();
    let mut members: BTreeMap<CohortId, Vec<String>> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = subjects.read_page(record.id, after, PAGE_ROWS_MAX).await?;
        for (person, cohorts) in page.persons {
            for cohort in cohorts {
                members
                    .entry(cohort)
                    .or_default()
                    .extend(person.distinct_ids.first().cloned());
            }
            persons.push(PersonShape::new(person)?);
        }
        for group in page.groups {
            groups.push(GroupShape::new(group, group_types)?);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let members = members.into_iter();
    let members = members.map(|(cohort, distinct_ids)| MembersShape {
        cohort,
        distinct_ids,
    });
    Ok(EnvironmentShape {
        name: record.name,
        token: record.token,
        timezone: record.timezone,
        property_matching_version: record.property_matching,
        hold_polls_seconds: record.hold_polls_seconds,
        flags,
        persons,
        groups,
        cohort_members: members.collect(),
    })
}

#[cfg(test)]
mod tests;
