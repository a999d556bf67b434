//! An apply file, read into types: its shape is right, ids may still be missing, and nothing has been
//! compared with a store (spec: apply-file).
//!
//! Each entry keeps its path in the file, because problems are found long after reading.

mod cohort;
mod environment;
mod flag;
mod project;
mod subject;

use burgee_model::{CohortId, FlagId, FlagKey, ProjectToken, PropertyMatching};
use burgee_store::PersonRecord;
use serde_json::Value;

use super::fields::Fields;
use super::problem::Problems;

/// A whole file.
#[derive(Debug)]
pub(crate) struct Document {
    /// In the order of the file.
    pub(crate) projects: Vec<ProjectEntry>,
}

/// A project.
#[derive(Debug)]
pub(crate) struct ProjectEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Unique in the file.
    pub(crate) name: String,
    /// By index; `None`: not said.
    pub(crate) group_types: Option<Vec<Option<String>>>,
    /// In the order of the file.
    pub(crate) cohorts: Vec<CohortEntry>,
    /// In the order of the file.
    pub(crate) environments: Vec<EnvironmentEntry>,
}

/// A cohort, whose id may have to be assigned.
#[derive(Debug)]
pub(crate) struct CohortEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Given, or to be found by name, or assigned.
    pub(crate) id: Option<CohortId>,
    /// Identifies the cohort where no id is given.
    pub(crate) name: Option<String>,
    /// See [`burgee_model::CohortDefinition::is_static`].
    pub(crate) is_static: bool,
    /// See [`burgee_model::CohortDefinition::cohort_type`].
    pub(crate) cohort_type: Option<String>,
    /// The rule, as it is written; null if there is none.
    pub(crate) filters: Value,
    /// The older form of the rule; null if there is none.
    pub(crate) groups: Value,
    /// Whether the file says that the cohort is gone.
    pub(crate) deleted: bool,
}

/// An environment.
#[derive(Debug)]
pub(crate) struct EnvironmentEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Unique in its project.
    pub(crate) name: String,
    /// `None`: kept, or generated for a new environment.
    pub(crate) token: Option<ProjectToken>,
    /// `None`: kept, or one is generated for a new environment.
    pub(crate) secret_keys: Option<Vec<String>>,
    /// Personal keys and what each allows.
    pub(crate) personal_keys: Vec<PersonalKeyEntry>,
    /// IANA name; `None`: kept, or UTC.
    pub(crate) timezone: Option<String>,
    /// `None`: kept, or the first version.
    pub(crate) property_matching: Option<PropertyMatching>,
    /// In seconds; `None`: kept, or 0.
    pub(crate) hold_polls_seconds: Option<u16>,
    /// In the order of the file.
    pub(crate) flags: Vec<FlagEntry>,
    /// In the order of the file.
    pub(crate) persons: Vec<PersonRecord>,
    /// In the order of the file.
    pub(crate) groups: Vec<GroupEntry>,
    /// In the order of the file.
    pub(crate) members: Vec<MemberEntry>,
}

/// A personal key.
#[derive(Debug)]
pub(crate) struct PersonalKeyEntry {
    /// The key itself, which is not stored.
    pub(crate) key: String,
    /// What it allows.
    pub(crate) scopes: Vec<String>,
}

/// A flag, whose id may have to be assigned.
#[derive(Debug)]
pub(crate) struct FlagEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Given, or found by key, or assigned.
    pub(crate) id: Option<FlagId>,
    /// Unique in its environment.
    pub(crate) key: FlagKey,
    /// For people.
    pub(crate) name: Option<String>,
    /// The document as it is written: dependencies may be named by key.
    pub(crate) filters: Value,
    /// All other settings.
    pub(crate) settings: flag::FlagSettings,
}

/// A group.
#[derive(Debug)]
pub(crate) struct GroupEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Name of its type.
    pub(crate) group_type: String,
    /// Its key.
    pub(crate) key: String,
    /// JSON object text.
    pub(crate) properties: String,
}

/// Members of a static cohort.
#[derive(Debug)]
pub(crate) struct MemberEntry {
    /// Where it is in the file.
    pub(crate) path: String,
    /// Which cohort.
    pub(crate) cohort: CohortReference,
    /// One distinct id of each member.
    pub(crate) distinct_ids: Vec<String>,
}

/// How a file names a cohort.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CohortReference {
    /// By id.
    Id(CohortId),
    /// By name.
    Name(String),
}

impl Document {
    /// Reads a whole file, noting every problem of its shape.
    pub(crate) fn read(value: Value, problems: &Problems) -> Self {
        let mut projects = Vec::new();
        if let Some(mut fields) = Fields::read(value, "", problems) {
            let was_given = fields.has("projects");
            let items = fields.list("projects");
            for (path, item) in fields
                .required("projects", items, was_given)
                .unwrap_or_default()
            {
                projects.extend(ProjectEntry::read(item, &path, problems));
            }
            fields.finish();
        }
        let document = Self { projects };
        document.check_unique(problems);
        document
    }

    /// Notes names that are given twice, and everything of the kind further inside.
    fn check_unique(&self, problems: &Problems) {
        let mut projects = Unique::default();
        let mut tokens = Unique::default();
        for project in &self.projects {
            projects.check("project name", &project.name, &project.path, problems);
            for environment in &project.environments {
                if let Some(token) = &environment.token {
                    tokens.check("token", token.as_str(), &environment.path, problems);
                }
            }
            project.check_unique(problems);
        }
    }
}

/// Notes each name that was seen before, with the place where it was.
#[derive(Debug, Default)]
struct Unique<'k> {
    seen: std::collections::HashMap<&'k str, &'k str>,
}

impl<'k> Unique<'k> {
    /// `what` names the kind of name, such as `flag key`.
    fn check(&mut self, what: &str, name: &'k str, path: &'k str, problems: &Problems) {
        if let Some(first) = self.seen.insert(name, path) {
            problems.add(path, format!("{what} `{name}` is already used by {first}"));
            self.seen.insert(name, first);
        }
    }
}
