//! Reads a project of an apply file.

use std::collections::HashSet;

use serde_json::Value;

use super::{CohortEntry, EnvironmentEntry, ProjectEntry, Unique};
use crate::apply::fields::{Fields, kind};
use crate::apply::problem::Problems;

/// Longest name of a project, environment or group type, in UTF-8 bytes.
pub(crate) const NAME_BYTES_MAX: usize = 400;

/// Most group types of a project. PostHog has five.
pub(crate) const GROUP_TYPES_MAX: usize = 32;

impl ProjectEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let name = read_name(&mut fields, "name");
        let group_types = read_group_types(&mut fields, problems);
        let mut cohorts = Vec::new();
        for (path, item) in fields.list("cohorts").unwrap_or_default() {
            cohorts.extend(CohortEntry::read(item, &path, problems));
        }
        let mut environments = Vec::new();
        for (path, item) in fields.list("environments").unwrap_or_default() {
            environments.extend(EnvironmentEntry::read(item, &path, problems));
        }
        let entry = Self {
            path: path.to_owned(),
            name: name?,
            group_types,
            cohorts,
            environments,
        };
        fields.finish();
        Some(entry)
    }

    /// Notes names that are given twice within the project.
    pub(super) fn check_unique(&self, problems: &Problems) {
        let mut environments = Unique::default();
        for environment in &self.environments {
            let path = &environment.path;
            environments.check("environment name", &environment.name, path, problems);
            environment.check_unique(problems);
        }
        let mut ids = HashSet::new();
        for (index, cohort) in self.cohorts.iter().enumerate() {
            if let Some(id) = cohort.id {
                if !ids.insert(id) {
                    problems.add(&cohort.path, format!("cohort id {id} is given twice"));
                }
                continue;
            }
            let mut others = self.cohorts.iter().enumerate();
            if let Some((_, other)) =
                others.find(|(other, entry)| *other != index && entry.name == cohort.name)
            {
                let first = &other.path;
                problems.add(
                    &cohort.path,
                    format!("a cohort without an id is known by its name, which {first} has too"),
                );
            }
        }
    }
}

/// A name that must be there, is not empty and not over its limit.
pub(super) fn read_name(fields: &mut Fields<'_>, field: &'static str) -> Option<String> {
    let name = fields.required_text(field)?;
    match name_fault(&name) {
        Some(fault) => {
            fields.problem(field, fault);
            None
        }
        None => Some(name),
    }
}

fn name_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    if name.len() > NAME_BYTES_MAX {
        let bytes = name.len();
        return Some(format!(
            "is {bytes} bytes long, at most {NAME_BYTES_MAX} are allowed"
        ));
    }
    None
}

/// Group types by index; null keeps an index without a type.
fn read_group_types(fields: &mut Fields<'_>, problems: &Problems) -> Option<Vec<Option<String>>> {
    let items = fields.list("group_types")?;
    if items.len() > GROUP_TYPES_MAX {
        let count = items.len();
        fields.problem(
            "group_types",
            format!("{count} group types, at most {GROUP_TYPES_MAX} are allowed"),
        );
    }
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for (path, item) in items {
        match item {
            Value::Null => names.push(None),
            Value::String(name) => {
                if let Some(fault) = name_fault(&name) {
                    problems.add(&path, fault);
                } else if !seen.insert(name.clone()) {
                    problems.add(&path, format!("group type `{name}` is given twice"));
                }
                names.push(Some(name));
            }
            other => problems.add(&path, format!("expected a text, found {}", kind(&other))),
        }
    }
    Some(names)
}
