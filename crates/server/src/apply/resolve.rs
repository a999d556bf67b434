//! From what a file says to what it means: every id is known, dependencies name ids, and what the
//! file leaves out is taken from what is stored.
//!
//! Pure: the stored state is handed in. What a store would refuse is found here where it can be, with
//! the place in the file.

mod dependency;
mod identity;
mod scope;

use burgee_model::{CohortDefinition, CohortId, FlagDefinition, ProjectToken, PropertyMatching};
use burgee_store::{GroupRecord, PersonRecord, ProjectTree};

use super::document::{CohortEntry, EnvironmentEntry, PersonalKeyEntry, ProjectEntry};
use super::problem::Problems;
use super::stored::Stored;
use scope::Scope;

/// Something of the file, and where it is.
#[derive(Debug)]
pub(crate) struct Placed<T> {
    /// JSON path.
    pub(crate) path: String,
    /// What is there.
    pub(crate) value: T,
}

/// A project as it is to be.
#[derive(Debug)]
pub(crate) struct ResolvedProject {
    /// Its name.
    pub(crate) name: String,
    /// By index.
    pub(crate) group_types: Vec<Option<String>>,
    /// The file's cohorts.
    pub(crate) cohorts: Vec<Placed<CohortDefinition>>,
    /// The file's environments.
    pub(crate) environments: Vec<ResolvedEnvironment>,
}

/// An environment as it is to be.
#[derive(Debug)]
pub(crate) struct ResolvedEnvironment {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// `None`: to be generated.
    pub(crate) token: Option<ProjectToken>,
    /// `None`: one is to be generated.
    pub(crate) secret_keys: Option<Vec<String>>,
    /// The file's personal keys.
    pub(crate) personal_keys: Vec<PersonalKeyEntry>,
    /// IANA name.
    pub(crate) timezone: String,
    /// How `exact` compares.
    pub(crate) property_matching: PropertyMatching,
    /// How long polls are held unasked, in seconds.
    pub(crate) hold_polls_seconds: u16,
    /// The file's flags.
    pub(crate) flags: Vec<Placed<FlagDefinition>>,
    /// The file's persons.
    pub(crate) persons: Vec<PersonRecord>,
    /// The file's groups.
    pub(crate) groups: Vec<GroupRecord>,
    /// The file's members of static cohorts.
    pub(crate) members: Vec<Placed<Members>>,
}

/// Members of one static cohort.
#[derive(Debug)]
pub(crate) struct Members {
    /// Which cohort.
    pub(crate) cohort: CohortId,
    /// One distinct id of each.
    pub(crate) distinct_ids: Vec<String>,
}

/// Where problems and oddities are noted, and what is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// What is stored now.
    pub(crate) stored: &'a Stored,
    /// What keeps the file from being applied.
    pub(crate) problems: &'a Problems,
    /// What is odd, and kept.
    pub(crate) warnings: &'a Problems,
    /// Whether what the file lacks is archived, and so gives its key free.
    pub(crate) unnamed: Unnamed,
}

/// What becomes of stored flags and cohorts that a file does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unnamed {
    /// They stay.
    Kept,
    /// They are archived (`--prune`).
    Archived,
}

/// Resolves one project.
pub(crate) fn resolve(project: ProjectEntry, context: Context<'_>) -> ResolvedProject {
    let tree = context.stored.project(&project.name);
    let group_types = merge_group_types(project.group_types.as_deref(), tree);
    let flag_ids = identity::assign_flags(&project, tree, context);
    let cohort_ids = identity::assign_cohorts(&project.cohorts, tree, context.problems);
    let scope = Scope {
        group_types: &group_types,
        cohorts: &project.cohorts,
        cohort_ids: &cohort_ids,
        tree,
        context,
    };
    let mut environments = Vec::new();
    for environment in project.environments {
        environments.push(resolve_environment(environment, &flag_ids, &scope));
    }
    let cohorts = project.cohorts.iter().zip(&cohort_ids);
    let cohorts = cohorts.filter_map(|(entry, id)| {
        Some(Placed {
            path: entry.path.clone(),
            value: entry.definition((*id)?),
        })
    });
    ResolvedProject {
        cohorts: cohorts.collect(),
        name: project.name,
        group_types,
        environments,
    }
}

fn resolve_environment(
    entry: EnvironmentEntry,
    flag_ids: &identity::FlagIds,
    scope: &Scope<'_>,
) -> ResolvedEnvironment {
    let stored = scope.tree.and_then(|tree| {
        let mut environments = tree.environments.iter();
        environments.find(|(record, _)| record.name == entry.name)
    });
    let record = stored.map(|(record, _)| record);
    if let Some(token) = &entry.token
        && let Some(owner) = scope.context.stored.owner_of(token)
        && record.is_none_or(|record| record.id != owner)
    {
        let path = format!("{}.token", entry.path);
        let message = "another stored environment has this token";
        scope.context.problems.add(&path, message);
    }
    let flags = flag_ids.definitions(entry.flags, scope.context);
    let groups = entry.groups.into_iter();
    let groups = groups.filter_map(|group| {
        let index = scope.group_type(&group.group_type, &group.path)?;
        let (key, properties) = (group.key, group.properties);
        Some(GroupRecord {
            index,
            key,
            properties,
        })
    });
    let groups = groups.collect();
    let members = entry.members.into_iter();
    let members = members
        .filter_map(|members| scope.members(members))
        .collect();
    let is_new = record.is_none();
    ResolvedEnvironment {
        path: entry.path,
        name: entry.name,
        token: entry.token.or_else(|| record.map(|r| r.token.clone())),
        secret_keys: entry.secret_keys.or_else(|| (!is_new).then(Vec::new)),
        personal_keys: entry.personal_keys,
        timezone: entry
            .timezone
            .or_else(|| record.map(|record| record.timezone.clone()))
            .unwrap_or_else(|| "UTC".to_owned()),
        property_matching: entry
            .property_matching
            .or_else(|| record.map(|record| record.property_matching))
            .unwrap_or_default(),
        hold_polls_seconds: entry
            .hold_polls_seconds
            .or_else(|| record.map(|record| record.hold_polls_seconds))
            .unwrap_or_default(),
        flags,
        persons: entry.persons,
        groups,
        members,
    }
}

impl CohortEntry {
    fn definition(&self, id: CohortId) -> CohortDefinition {
        CohortDefinition {
            id,
            name: self.name.clone(),
            is_static: self.is_static,
            cohort_type: self.cohort_type.clone(),
            filters: self.filters.clone(),
            groups: self.groups.clone(),
            deleted: self.deleted,
        }
    }
}

/// The file's word for each index it names; the store's for the rest.
fn merge_group_types(
    declared: Option<&[Option<String>]>,
    tree: Option<&ProjectTree>,
) -> Vec<Option<String>> {
    let mut merged = tree.map_or_else(Vec::new, |tree| tree.project.group_types.clone());
    for (index, name) in declared.unwrap_or_default().iter().enumerate() {
        match merged.get_mut(index) {
            Some(slot) => {
                if name.is_some() {
                    slot.clone_from(name);
                }
            }
            None => merged.push(name.clone()),
        }
    }
    merged
}
