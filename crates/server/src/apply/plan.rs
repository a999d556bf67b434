//! What has to change so that a store holds what a file declares. Definitions are compared here, so
//! that only differences are sent; persons, groups, members and keys are sent as they are, and the
//! store finds out which of them are new to it.

mod environment;

use burgee_model::CohortDefinition;
use burgee_store::{Change, ChangeSet, ProjectTree};

use super::report::{Kind, Report};
use super::resolve::{ResolvedProject, Unnamed};
use super::stored::Stored;

/// Changes to be committed, and what to say about them.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// For the store.
    pub(crate) changes: ChangeSet,
    /// For people.
    pub(crate) report: Report,
}

impl Plan {
    fn push(&mut self, change: Change) {
        self.changes.changes.push(change);
    }
}

/// Compares what is to be with what is stored.
pub(crate) fn plan(
    projects: Vec<ResolvedProject>,
    stored: &Stored,
    unnamed: Unnamed,
) -> anyhow::Result<Plan> {
    let mut plan = Plan::default();
    for project in projects {
        let tree = stored.project(&project.name);
        plan_project(&mut plan, project, tree, unnamed)?;
    }
    Ok(plan)
}

fn plan_project(
    plan: &mut Plan,
    project: ResolvedProject,
    tree: Option<&ProjectTree>,
    unnamed: Unnamed,
) -> anyhow::Result<()> {
    let stored_types = tree.map(|tree| &tree.project.group_types);
    if plan
        .report
        .count(Kind::Project, stored_types, &project.group_types)
    {
        plan.push(Change::PutProject {
            name: project.name.clone(),
            group_types: project.group_types.clone(),
        });
    }
    let environments = tree.into_iter().flat_map(|tree| &tree.environments);
    let expected = environments.map(|(record, _)| (record.id, record.revision));
    plan.changes.expected.extend(expected);
    plan_cohorts(plan, &project, tree, unnamed);
    for environment in project.environments {
        let stored = tree.and_then(|tree| {
            let mut environments = tree.environments.iter();
            environments.find(|(record, _)| record.name == environment.name)
        });
        environment::plan(plan, &project.name, environment, stored, unnamed)?;
    }
    Ok(())
}

fn plan_cohorts(
    plan: &mut Plan,
    project: &ResolvedProject,
    tree: Option<&ProjectTree>,
    unnamed: Unnamed,
) {
    let stored = tree.map_or(&[][..], |tree| &tree.cohorts);
    for cohort in project.cohorts.iter().map(|cohort| &cohort.value) {
        let former = stored.iter().find(|former| former.id == cohort.id);
        if cohort.deleted {
            if former.is_some() {
                archive(plan, &project.name, cohort);
            }
        } else if plan.report.count(Kind::Cohort, former, cohort) {
            plan.push(Change::PutCohort {
                project: project.name.clone(),
                cohort: cohort.clone(),
            });
        }
    }
    if unnamed == Unnamed::Archived {
        for former in stored {
            let mut named = project.cohorts.iter();
            if !named.any(|cohort| cohort.value.id == former.id) {
                archive(plan, &project.name, former);
            }
        }
    }
}

fn archive(plan: &mut Plan, project: &str, cohort: &CohortDefinition) {
    plan.report.archived(Kind::Cohort);
    plan.push(Change::ArchiveCohort {
        project: project.to_owned(),
        cohort: cohort.id,
    });
}
