//! Which id each flag and cohort of a project has: the given one, else the one that is stored under
//! the same key (for a cohort: name), else the next that was never used.
//!
//! One flag has one id, key and name in all environments of its project.

use std::collections::{HashMap, HashSet};

use burgee_model::{CohortDefinition, CohortId, FlagDefinition, FlagId, FlagKey};
use burgee_store::ProjectTree;

use super::dependency::rewrite;
use super::{Context, Placed, Unnamed};
use crate::apply::document::{CohortEntry, FlagEntry, ProjectEntry};
use crate::apply::problem::Problems;

/// The identities of a project's flags after the file.
#[derive(Debug, Default)]
pub(crate) struct FlagIds {
    by_key: HashMap<String, FlagId>,
    by_id: HashMap<FlagId, Identity>,
}

#[derive(Debug)]
struct Identity {
    key: String,
    name: Option<String>,
    /// Where the file says so; `None`: only the store does.
    path: Option<String>,
}

impl FlagIds {
    /// Whether the project has a flag with this id.
    pub(super) fn has(&self, id: FlagId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The flag with this key.
    pub(super) fn of_key(&self, key: &str) -> Option<FlagId> {
        self.by_key.get(key).copied()
    }

    /// The flags of one environment as they are to be stored.
    pub(super) fn definitions(
        &self,
        entries: Vec<FlagEntry>,
        context: Context<'_>,
    ) -> Vec<Placed<FlagDefinition>> {
        let mut definitions = Vec::with_capacity(entries.len());
        for mut entry in entries {
            // An entry without an id here was refused before.
            let Some(id) = entry.id.or_else(|| self.of_key(entry.key.as_str())) else {
                continue;
            };
            if entry.is_deleted() {
                let message = "a deleted flag is kept as an inactive one";
                context.warnings.add(&entry.path, message);
            }
            let mut filters = std::mem::take(&mut entry.filters);
            rewrite(&mut filters, self);
            let name = self.by_id.get(&id).and_then(|flag| flag.name.clone());
            definitions.push(Placed {
                value: entry.definition(id, name, filters),
                path: entry.path,
            });
        }
        definitions
    }

    /// Enters what one entry says, and notes where two of them do not agree.
    fn declare(&mut self, id: FlagId, entry: &FlagEntry, context: Context<'_>) {
        let key = entry.key.as_str();
        if let Some(other) = self.of_key(key).filter(|other| *other != id) {
            let place = self.place_of(other);
            let message = format!("flag key `{key}` has id {other}{place}, not {id}");
            context.problems.add(&entry.path, message);
            return;
        }
        let known = self.by_id.entry(id).or_insert_with(|| Identity {
            key: key.to_owned(),
            name: None,
            path: None,
        });
        match &known.path {
            Some(first) if known.key != key => {
                let message = format!("flag id {id} is `{}` in {first}, not `{key}`", known.key);
                context.problems.add(&entry.path, message);
                return;
            }
            Some(first) if entry.name.is_some() && known.name.is_some() => {
                if entry.name != known.name {
                    let message = format!("one flag, one name: the one of {first} is kept");
                    context
                        .warnings
                        .add(&format!("{}.name", entry.path), message);
                }
            }
            Some(_) => known.name = known.name.take().or_else(|| entry.name.clone()),
            None => {
                // The store's word ends here: the file may rename a flag.
                let former = std::mem::replace(&mut known.key, key.to_owned());
                known.path = Some(entry.path.clone());
                if entry.name.is_some() {
                    known.name.clone_from(&entry.name);
                }
                if former != key {
                    self.by_key.remove(&former);
                }
            }
        }
        self.by_key.insert(key.to_owned(), id);
    }

    fn place_of(&self, id: FlagId) -> String {
        match self.by_id.get(&id).and_then(|flag| flag.path.as_deref()) {
            Some(path) => format!(" in {path}"),
            None => " in the store".to_owned(),
        }
    }

    /// A flag whose id the file names has the key that the file gives it, so its stored key is free.
    fn enter_stored(&mut self, flag: &FlagDefinition, named: &HashSet<FlagId>) {
        if !named.contains(&flag.id) {
            self.by_key.insert(flag.key.as_str().to_owned(), flag.id);
        }
        self.by_id.insert(
            flag.id,
            Identity {
                key: flag.key.as_str().to_owned(),
                name: flag.name.clone(),
                path: None,
            },
        );
    }
}

/// Decides the ids of all flags of a project.
pub(super) fn assign_flags(
    project: &ProjectEntry,
    tree: Option<&ProjectTree>,
    context: Context<'_>,
) -> FlagIds {
    let entries = || {
        project
            .environments
            .iter()
            .flat_map(|environment| &environment.flags)
    };
    let named: HashSet<FlagId> = entries().filter_map(|entry| entry.id).collect();
    let mut ids = FlagIds::default();
    for flag in tree
        .into_iter()
        .flat_map(|tree| staying(project, tree, context.unnamed))
    {
        ids.enter_stored(flag, &named);
    }
    for entry in entries() {
        if let Some(id) = entry.id {
            ids.declare(id, entry, context);
        }
    }
    let given = named.iter().map(|id| id.0).max();
    let stored = tree.map_or(0, |tree| tree.flag_id_max);
    let mut fresh = FreshIds(given.unwrap_or(0).max(stored));
    for entry in entries().filter(|entry| entry.id.is_none()) {
        let known = ids.of_key(entry.key.as_str());
        let id = known.or_else(|| fresh.next(&entry.path, context.problems).map(FlagId));
        if let Some(id) = id {
            ids.declare(id, entry, context);
        }
    }
    ids
}

/// The stored flags that the file does not archive. A flag stays as long as any environment has it.
fn staying<'t>(
    project: &ProjectEntry,
    tree: &'t ProjectTree,
    unnamed: Unnamed,
) -> Vec<&'t FlagDefinition> {
    let mut staying = Vec::new();
    for (record, flags) in &tree.environments {
        let mut entries = project.environments.iter();
        let entry = entries.find(|entry| entry.name == record.name);
        match entry {
            Some(entry) if unnamed == Unnamed::Archived => {
                let ids: HashSet<FlagId> = entry.flags.iter().filter_map(|flag| flag.id).collect();
                let keys: HashSet<&FlagKey> = entry.flags.iter().map(|flag| &flag.key).collect();
                let is_named =
                    |flag: &&FlagDefinition| ids.contains(&flag.id) || keys.contains(&flag.key);
                staying.extend(flags.iter().filter(is_named));
            }
            _ => staying.extend(flags),
        }
    }
    staying
}

/// Decides the ids of all cohorts of a project, in the order of the file. `None` was refused.
pub(super) fn assign_cohorts(
    entries: &[CohortEntry],
    tree: Option<&ProjectTree>,
    problems: &Problems,
) -> Vec<Option<CohortId>> {
    let named: HashSet<CohortId> = entries.iter().filter_map(|entry| entry.id).collect();
    let given = named.iter().map(|id| id.0).max();
    let stored = tree.map_or(0, |tree| tree.cohort_id_max);
    let mut fresh = FreshIds(given.unwrap_or(0).max(stored));
    let by_name = |name: &str| {
        let mut cohorts = tree?.cohorts.iter();
        let is_meant = |cohort: &&CohortDefinition| {
            cohort.name.as_deref() == Some(name) && !named.contains(&cohort.id)
        };
        cohorts.find(is_meant).map(|cohort| cohort.id)
    };
    let mut ids = Vec::with_capacity(entries.len());
    for entry in entries {
        let known = entry.id.or_else(|| by_name(entry.name.as_deref()?));
        ids.push(known.or_else(|| fresh.next(&entry.path, problems).map(CohortId)));
    }
    ids
}

/// Hands out ids that were never used; holds the last one.
struct FreshIds(i32);

impl FreshIds {
    fn next(&mut self, path: &str, problems: &Problems) -> Option<i32> {
        let Some(id) = self.0.checked_add(1) else {
            problems.add(
                path,
                "no id is left to assign: the highest possible one is in use",
            );
            return None;
        };
        self.0 = id;
        Some(id)
    }
}
