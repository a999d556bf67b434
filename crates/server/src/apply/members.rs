//! Members of static cohorts must be persons: of the file, or of the store.

use std::collections::HashSet;

use burgee_store::{StoreError, SubjectQuery, SubjectStore};

use super::document::{Document, EnvironmentEntry};
use super::problem::Problems;
use super::stored::Stored;

/// Notes members that are nobody. Asks the store only for those whom the file does not declare.
pub(super) async fn check(
    subjects: &dyn SubjectStore,
    document: &Document,
    stored: &Stored,
    problems: &Problems,
) -> Result<(), StoreError> {
    for project in &document.projects {
        for environment in &project.environments {
            for (path, distinct_id) in undeclared(environment) {
                let is_stored = match stored.environment(&project.name, &environment.name) {
                    None => false,
                    Some(id) => {
                        let query = SubjectQuery {
                            environment: id,
                            distinct_id: distinct_id.to_owned(),
                            anon_distinct_id: None,
                            person: true,
                            groups: Vec::new(),
                            hash_keys: false,
                            continuity_flags: Vec::new(),
                        };
                        subjects.read_subject(query).await?.facts.person.is_some()
                    }
                };
                if !is_stored {
                    problems.add(&path, format!("nobody has the distinct id `{distinct_id}`"));
                }
            }
        }
    }
    Ok(())
}

/// Members that are not among the persons of the file, with their places.
fn undeclared(environment: &EnvironmentEntry) -> Vec<(String, &str)> {
    if environment.members.is_empty() {
        return Vec::new();
    }
    let persons = environment.persons.iter();
    let declared: HashSet<&str> = persons
        .flat_map(|person| &person.distinct_ids)
        .map(String::as_str)
        .collect();
    let mut found = Vec::new();
    for members in &environment.members {
        for (index, distinct_id) in members.distinct_ids.iter().enumerate() {
            if !declared.contains(distinct_id.as_str()) {
                let path = format!("{}.distinct_ids[{index}]", members.path);
                found.push((path, distinct_id.as_str()));
            }
        }
    }
    found
}
