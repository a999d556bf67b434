//! One environment of a file, with what the file says of persons and groups in place of a store.

use std::path::Path;

use burgee_model::{CohortId, PersonFacts, SubjectFacts};
use burgee_model::{Definitions, Facts, Fetch, GroupFacts, GroupRef, HashKeyNeed, Needs};

use crate::apply::after::definitions_after;
use crate::apply::examine::{Manner, examine};
use crate::apply::problem::Findings;
use crate::apply::resolve::{ResolvedEnvironment, ResolvedProject, Unnamed};
use crate::apply::stored::Stored;
use crate::apply::{self as applying, Source};

/// An environment to answer from.
#[derive(Debug)]
pub(crate) struct Scene {
    /// What is defined.
    pub(crate) definitions: Definitions,
    /// What is odd about the file.
    pub(crate) warnings: Findings,
    environment: ResolvedEnvironment,
}

/// Which environment of a file is meant; what is left out must be the only one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Name of the project.
    pub(crate) project: Option<&'a str>,
    /// Name of the environment.
    pub(crate) environment: Option<&'a str>,
}

/// Reads the environment at `place`. Broken rules are warnings: evaluation has an answer for them.
pub(crate) fn read(path: &Path, text: &str, place: Place<'_>) -> Result<Scene, Findings> {
    let (document, problems) = applying::read(Source { path, text })?;
    let manner = Manner::of(true, false);
    let examined = examine(document, problems, &Stored::default(), manner)?;
    let project_name = |project: &ResolvedProject| project.name.clone();
    let mut project = choose(examined.projects, "project", place.project, project_name)?;
    let environments = std::mem::take(&mut project.environments);
    let environment_name = |environment: &ResolvedEnvironment| environment.name.clone();
    let environment = choose(
        environments,
        "environment",
        place.environment,
        environment_name,
    )?;
    let definitions = definitions_after(&project, &environment, None, Unnamed::Kept);
    let definitions =
        definitions.ok_or_else(|| Findings::whole_file("the environment has no token"))?;
    Ok(Scene {
        definitions,
        warnings: examined.warnings,
        environment,
    })
}

fn choose<T>(
    items: Vec<T>,
    what: &str,
    wanted: Option<&str>,
    name: impl Fn(&T) -> String,
) -> Result<T, Findings> {
    let names: Vec<String> = items.iter().map(&name).collect();
    let is_only = items.len() == 1;
    let mut items = items.into_iter();
    let chosen = match wanted {
        Some(wanted) => items.find(|item| name(item) == wanted),
        None => items.next().filter(|_| is_only),
    };
    chosen.ok_or_else(|| {
        let names = names.join(", ");
        Findings::whole_file(match wanted {
            Some(wanted) => format!("there is no {what} `{wanted}`; the file has: {names}"),
            None if names.is_empty() => format!("the file has no {what}"),
            None => format!("name one with --{what}; the file has: {names}"),
        })
    })
}

impl Scene {
    /// What a store would answer to `needs`.
    pub(crate) fn facts(&self, distinct_id: &str, needs: &Needs) -> Facts {
        let is_wanted = |group: &GroupRef| needs.groups.contains(group);
        Facts {
            subject: if needs.subject {
                Fetch::Done(self.subject(distinct_id, is_wanted))
            } else {
                Fetch::Skipped
            },
            hash_keys: match needs.hash_keys {
                HashKeyNeed::None => Fetch::Skipped,
                HashKeyNeed::Lookup => Fetch::Done(Vec::new()),
            },
        }
    }

    /// All that the file says of the person and of every group.
    pub(crate) fn all_facts(&self, distinct_id: &str) -> Facts {
        Facts {
            subject: Fetch::Done(self.subject(distinct_id, |_| true)),
            hash_keys: Fetch::Done(Vec::new()),
        }
    }

    fn subject(&self, distinct_id: &str, is_wanted: impl Fn(&GroupRef) -> bool) -> SubjectFacts {
        let has = |ids: &[String], id: &str| ids.iter().any(|known| known == id);
        let mut persons = self.environment.persons.iter();
        let person = persons.find(|person| has(&person.distinct_ids, distinct_id));
        let person = person.map(|person| {
            let members = self
                .environment
                .members
                .iter()
                .map(|members| &members.value);
            let cohorts = members
                .filter(|members| {
                    person
                        .distinct_ids
                        .iter()
                        .any(|id| has(&members.distinct_ids, id))
                })
                .map(|members| members.cohort);
            let static_cohorts: Vec<CohortId> = cohorts.collect();
            PersonFacts {
                properties: person.properties.clone(),
                created_at: person.created_at,
                static_cohorts,
            }
        });
        let groups = self.environment.groups.iter().map(|group| GroupFacts {
            group: GroupRef {
                index: group.index,
                key: group.key.clone(),
            },
            properties: group.properties.clone(),
        });
        SubjectFacts {
            person,
            groups: groups.filter(|facts| is_wanted(&facts.group)).collect(),
        }
    }
}
