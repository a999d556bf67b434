//! What a request lacks about its subject, and what a store found.
//!
//! Three states are kept apart everywhere (spec: engine §5.5): never fetched, fetched and not there,
//! fetched and there. Taking the first for the second grants access by negative operators.

use crate::{CohortId, FailureCode, FlagKey, GroupTypeIndex, Timestamp};

/// What evaluation needs and the request did not bring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The person's properties and static cohorts, and the properties of `groups`. One fetch
    /// serves all flags.
    pub subject: bool,
    /// Groups whose stored properties some flag reads; only meaningful with `subject`.
    pub groups: Vec<GroupRef>,
    /// Stored hash keys of experience continuity.
    pub hash_keys: HashKeyNeed,
}

impl Needs {
    /// Whether no store has to be asked.
    pub fn is_empty(&self) -> bool {
        !self.subject && self.hash_keys == HashKeyNeed::None
    }
}

/// Whether hash key overrides must be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HashKeyNeed {
    /// No flag's answer depends on them.
    #[default]
    None,
    /// Some continuity flag's hash can change its answer (spec: engine §9.4).
    Lookup,
}

/// A group by type and key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupRef {
    /// The group type.
    pub index: GroupTypeIndex,
    /// The group's key as text.
    pub key: String,
}

/// Something that may have been fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fetch<T> {
    /// Nobody asked: what the request brought is all there is, and it is authoritative.
    #[default]
    Skipped,
    /// The store answered.
    Done(T),
    /// The store was asked and did not answer; what needed this fails, all else is answered.
    Failed(FailureCode),
}

/// What was found out about a subject.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The person and the groups.
    pub subject: Fetch<SubjectFacts>,
    /// The stored hash keys of the person, one per flag at most.
    pub hash_keys: Fetch<Vec<HashKeyOverride>>,
}

/// The person and the groups of a request, as stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubjectFacts {
    /// `None`: no person has this distinct id, which is not an error.
    pub person: Option<PersonFacts>,
    /// One entry per group that was found.
    pub groups: Vec<GroupFacts>,
}

/// A stored person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonFacts {
    /// JSON object, as stored.
    pub properties: String,
    /// When the person was first seen.
    pub created_at: Option<Timestamp>,
    /// The static cohorts that list the person.
    pub static_cohorts: Vec<CohortId>,
}

/// A stored group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFacts {
    /// Which group.
    pub group: GroupRef,
    /// JSON object, as stored.
    pub properties: String,
}

/// A stored hash key: the identifier that decides a flag's percentages for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashKeyOverride {
    /// The flag.
    pub flag: FlagKey,
    /// The identifier that is hashed instead of the distinct id.
    pub hash_key: String,
}
