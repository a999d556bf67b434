//! The definitions of an environment as they will be when a file has been applied: what the file
//! says, and what it leaves alone.

use std::collections::HashSet;

use burgee_model::{
    CohortDefinition, CohortId, Definitions, EnvironmentId, FlagDefinition, FlagId, GroupType,
    GroupTypeIndex, ProjectId, ProjectToken, Revision,
};
use burgee_store::ProjectTree;

use super::resolve::{ResolvedEnvironment, ResolvedProject, Unnamed};

/// Stands for a token that is yet to be generated; never stored, never compared.
const UNASSIGNED: &str = "phc_unassigned";

/// All that evaluation would know of `environment` after the file.
pub(crate) fn definitions_after(
    project: &ResolvedProject,
    environment: &ResolvedEnvironment,
    tree: Option<&ProjectTree>,
    unnamed: Unnamed,
) -> Option<Definitions> {
    let token = match &environment.token {
        Some(token) => token.clone(),
        None => ProjectToken::parse(UNASSIGNED).ok()?,
    };
    Some(Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token,
        revision: Revision(1),
        timezone: environment.timezone.clone(),
        property_matching: environment.property_matching,
        hold_polls_seconds: environment.hold_polls_seconds,
        flags: flags_after(environment, tree, unnamed),
        cohorts: cohorts_after(project, tree, unnamed),
        group_types: group_types(&project.group_types),
    })
}

fn flags_after(
    environment: &ResolvedEnvironment,
    tree: Option<&ProjectTree>,
    unnamed: Unnamed,
) -> Vec<FlagDefinition> {
    let declared = environment.flags.iter().map(|flag| flag.value.clone());
    let mut flags: Vec<FlagDefinition> = declared.collect();
    if unnamed == Unnamed::Archived {
        return flags;
    }
    let named: HashSet<FlagId> = flags.iter().map(|flag| flag.id).collect();
    let environments = tree.into_iter().flat_map(|tree| &tree.environments);
    for (record, stored) in environments {
        if record.name == environment.name {
            let unnamed = stored.iter().filter(|flag| !named.contains(&flag.id));
            flags.extend(unnamed.cloned());
        }
    }
    flags
}

/// The project's cohorts after the file, deleted ones left out.
pub(crate) fn cohorts_after(
    project: &ResolvedProject,
    tree: Option<&ProjectTree>,
    unnamed: Unnamed,
) -> Vec<CohortDefinition> {
    let named: HashSet<CohortId> = project
        .cohorts
        .iter()
        .map(|cohort| cohort.value.id)
        .collect();
    let declared = project.cohorts.iter().map(|cohort| &cohort.value);
    let mut cohorts: Vec<CohortDefinition> =
        declared.filter(|cohort| !cohort.deleted).cloned().collect();
    if unnamed == Unnamed::Kept {
        let stored = tree.into_iter().flat_map(|tree| &tree.cohorts);
        cohorts.extend(stored.filter(|cohort| !named.contains(&cohort.id)).cloned());
    }
    cohorts
}

fn group_types(names: &[Option<String>]) -> Vec<GroupType> {
    let indexed = (0_i32..).zip(names);
    let known = indexed.filter_map(|(index, name)| {
        let (index, name) = (GroupTypeIndex(index), name.clone()?);
        Some(GroupType { index, name })
    });
    known.collect()
}
