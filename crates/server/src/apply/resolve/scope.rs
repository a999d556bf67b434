//! What the entries of an environment refer to by name: group types and cohorts of their project.

use burgee_model::{CohortId, GroupTypeIndex};
use burgee_store::ProjectTree;

use super::{Context, Members, Placed};
use crate::apply::document::{CohortEntry, CohortReference, MemberEntry};

/// What an environment's entries may refer to.
pub(super) struct Scope<'a> {
    /// By index.
    pub(super) group_types: &'a [Option<String>],
    /// The file's.
    pub(super) cohorts: &'a [CohortEntry],
    /// Ids of those, in the same order.
    pub(super) cohort_ids: &'a [Option<CohortId>],
    /// What is stored of the project.
    pub(super) tree: Option<&'a ProjectTree>,
    /// Where problems go.
    pub(super) context: Context<'a>,
}

impl Scope<'_> {
    /// The index of a group type.
    pub(super) fn group_type(&self, name: &str, path: &str) -> Option<GroupTypeIndex> {
        let position = self
            .group_types
            .iter()
            .position(|group_type| group_type.as_deref() == Some(name));
        let index = position.and_then(|position| i32::try_from(position).ok());
        if index.is_none() {
            let known: Vec<&str> = self
                .group_types
                .iter()
                .flatten()
                .map(|name| &**name)
                .collect();
            let known = known.join(", ");
            self.context.problems.add(
                &format!("{path}.type"),
                format!("`{name}` is no group type of this project; it has: {known}"),
            );
        }
        index.map(GroupTypeIndex)
    }

    /// Members of a static cohort, if it is one.
    pub(super) fn members(&self, members: MemberEntry) -> Option<Placed<Members>> {
        let path = format!("{}.cohort", members.path);
        let Some((id, is_static)) = self.cohort(&members.cohort) else {
            let name = match &members.cohort {
                CohortReference::Id(id) => id.to_string(),
                CohortReference::Name(name) => format!("`{name}`"),
            };
            let message = format!("there is no cohort {name} in this project");
            self.context.problems.add(&path, message);
            return None;
        };
        if !is_static {
            let message = format!("cohort {id} is not static: its rule decides who is in it");
            self.context.problems.add(&path, message);
            return None;
        }
        Some(Placed {
            path: members.path,
            value: Members {
                cohort: id,
                distinct_ids: members.distinct_ids,
            },
        })
    }

    /// The cohort's id and whether it is static; the file's word counts before the store's.
    fn cohort(&self, reference: &CohortReference) -> Option<(CohortId, bool)> {
        let is_meant = |id: CohortId, name: Option<&str>| match reference {
            CohortReference::Id(wanted) => id == *wanted,
            CohortReference::Name(wanted) => name == Some(wanted),
        };
        let declared = self.cohorts.iter().zip(self.cohort_ids);
        let declared = declared.filter(|(entry, _)| !entry.deleted);
        for (entry, id) in declared {
            let Some(id) = *id else { continue };
            if is_meant(id, entry.name.as_deref()) {
                return Some((id, entry.is_static));
            }
        }
        let mut stored = self.tree?.cohorts.iter();
        let cohort = stored.find(|cohort| is_meant(cohort.id, cohort.name.as_deref()))?;
        Some((cohort.id, cohort.is_static))
    }
}
