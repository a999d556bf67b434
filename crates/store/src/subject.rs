//! Reading and changing what is known of persons and groups.

use async_trait::async_trait;
use burgee_model::{
    CohortId, EnvironmentId, FlagKey, GroupRef, GroupTypeIndex, HashKeyOverride, SubjectFacts,
    Timestamp,
};

use crate::StoreError;

/// Reads persons and groups: raw JSON text, matched in memory, never in SQL.
#[async_trait]
pub trait SubjectStore: Send + Sync {
    /// Everything that one request needs, in one round trip.
    async fn read_subject(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError>;

    /// Declared persons and groups in a stable order, for export. `after` is `next` of the page
    /// before; at most `rows_max` of each kind, at least 1 and never over
    /// [`PAGE_ROWS_MAX`](crate::PAGE_ROWS_MAX).
    async fn read_page(
        &self,
        environment: EnvironmentId,
        after: Option<String>,
        rows_max: usize,
    ) -> Result<SubjectPage, StoreError>;
}

/// Changes persons. Its failure never keeps flags from being answered.
#[async_trait]
pub trait SubjectWriter: Send + Sync {
    /// Stores hash keys for experience continuity (spec: engine §9.3): for every person behind
    /// `distinct_ids` and every flag of `flags` without a row, `hash_key` is inserted; existing
    /// rows stay. A distinct id without a person has its rows kept aside until the person appears
    /// (spec: engine §9.6 BETTER), 30 days at most. Returns what [`SubjectRead::hash_keys`] would be afterwards.
    async fn claim_hash_keys(
        &self,
        claim: HashKeyClaim,
    ) -> Result<Vec<HashKeyOverride>, StoreError>;

    /// Creates or replaces persons and groups, as ingest will. All or nothing.
    async fn put_subjects(
        &self,
        environment: EnvironmentId,
        persons: Vec<PersonRecord>,
        groups: Vec<GroupRecord>,
    ) -> Result<(), StoreError>;
}

/// One request's question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectQuery {
    /// Where.
    pub environment: EnvironmentId,
    /// Whose.
    pub distinct_id: String,
    /// The identifier before log-in; its person's hash keys count after those of `distinct_id`.
    pub anon_distinct_id: Option<String>,
    /// Whether the person's properties and static cohorts are wanted.
    pub person: bool,
    /// Groups whose properties are wanted. Each index with its own key.
    pub groups: Vec<GroupRef>,
    /// Whether stored hash keys are wanted.
    pub hash_keys: bool,
    /// Flags that need a row before an answer can be given from rows alone; see
    /// [`SubjectRead::hash_keys_incomplete`]. Only looked at with `anon_distinct_id`.
    pub continuity_flags: Vec<FlagKey>,
}

/// One request's answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubjectRead {
    /// Person and groups, as far as they were asked for.
    pub facts: SubjectFacts,
    /// One row per flag; the person who owns `distinct_id` wins (spec: engine §9.3).
    pub hash_keys: Vec<HashKeyOverride>,
    /// Some person behind the distinct ids (or a distinct id without one) lacks a row for some flag
    /// of `continuity_flags`: a claim is due.
    pub hash_keys_incomplete: bool,
}

/// Hash keys to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashKeyClaim {
    /// Where.
    pub environment: EnvironmentId,
    /// The identifier after log-in.
    pub distinct_id: String,
    /// The identifier before log-in, which is what is stored as the hash key.
    pub anon_distinct_id: String,
    /// All active continuity flags of the environment.
    pub flags: Vec<FlagKey>,
}

/// A person as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// At least one; all of them are the same person.
    pub distinct_ids: Vec<String>,
    /// JSON object text.
    pub properties: String,
    /// When first seen; `None`: when stored.
    pub created_at: Option<Timestamp>,
}

/// A group as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// Which type.
    pub index: GroupTypeIndex,
    /// Which one.
    pub key: String,
    /// JSON object text.
    pub properties: String,
}

/// A page of an environment's subjects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubjectPage {
    /// Persons with the static cohorts that list them, oldest first.
    pub persons: Vec<(PersonRecord, Vec<CohortId>)>,
    /// Groups, by index and key.
    pub groups: Vec<GroupRecord>,
    /// Where the next page starts; `None`: this was the last.
    pub next: Option<String>,
}
