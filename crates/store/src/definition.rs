//! Reading and changing what is defined: projects, environments, flags, cohorts.

use async_trait::async_trait;
use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, FlagDefinition, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};

use crate::{ChangeSet, Committed, StoreError};

mod change;

pub use change::{DefinitionChange, FlagChange};

/// Reads definitions. Deadlines are the store's own and configurable.
#[async_trait]
pub trait DefinitionReader: Send + Sync {
    /// Everything about the environment with this token, read in one go at one revision. `None`:
    /// there is no such environment (never said of a store that could not be asked).
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError>;

    /// What is different now from `known`, so that whoever holds an environment need not read all
    /// of it again for one flag. `None`: no environment has this token.
    ///
    /// A store may answer with the whole at any time, and does when more than flags changed, when the
    /// token is another environment's now, or when `known` is not a state that it remembers.
    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError>;

    /// The revision of every environment, by token; a node compares it with what it holds. Cheap
    /// when nothing changed since `unless`, the mark of the last call: then `None`.
    async fn read_revisions(&self, unless: Option<u64>)
    -> Result<Option<RevisionList>, StoreError>;
}

/// Reads projects as a whole, for whoever manages them; answering flags never needs it.
#[async_trait]
pub trait ProjectReader: Send + Sync {
    /// Every project, by name.
    async fn list_projects(&self) -> Result<Vec<ProjectRecord>, StoreError>;

    /// A project with all that is defined in it, archived flags and cohorts excluded.
    async fn read_project(&self, name: &str) -> Result<Option<ProjectTree>, StoreError>;
}

/// The revisions of all environments at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionList {
    /// Hand it to the next [`DefinitionReader::read_revisions`].
    pub mark: u64,
    /// One entry per environment.
    pub revisions: Vec<(EnvironmentId, ProjectToken, Revision)>,
}

/// Changes definitions.
#[async_trait]
pub trait DefinitionWriter: Send + Sync {
    /// Makes all changes in one transaction, or none. A change that changes nothing is skipped;
    /// the revision of an environment grows by one when anything that SDKs can see of it changed.
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StoreError>;
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRecord {
    /// Its id.
    pub id: ProjectId,
    /// Unique.
    pub name: String,
    /// Names of group types by index; an index without a type is `None`.
    pub group_types: Vec<Option<String>>,
}

/// An environment without its flags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentRecord {
    /// Its id.
    pub id: EnvironmentId,
    /// Unique in its project.
    pub name: String,
    /// Unique in the store.
    pub token: ProjectToken,
    /// IANA name.
    pub timezone: String,
    /// How `exact` compares.
    pub property_matching: PropertyMatching,
    /// How long polls for definitions are held without being asked to, in seconds; 0: they are not.
    pub hold_polls_seconds: u16,
    /// Grows with each change.
    pub revision: Revision,
}

/// A project and what is defined in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectTree {
    /// The project.
    pub project: ProjectRecord,
    /// By id.
    pub cohorts: Vec<CohortDefinition>,
    /// Each with its flags by id.
    pub environments: Vec<(EnvironmentRecord, Vec<FlagDefinition>)>,
    /// Highest flag id ever given in this project, archived ones included; 0 if none.
    pub flag_id_max: i32,
    /// Highest cohort id ever given in this project, archived ones included; 0 if none.
    pub cohort_id_max: i32,
}
