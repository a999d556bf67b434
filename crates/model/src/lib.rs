//! The nouns of Burgee: ids, definitions of flags and cohorts, facts about a subject, time.
//!
//! Everything here is plain data that other crates agree on. There is no logic, no clock and no I/O;
//! what a definition *means* is decided in `burgee-eval`, how it travels in `burgee-wire`, where it
//! is kept in `burgee-store`.
//!
//! ```
//! use burgee_model::{FlagKey, InvalidId};
//!
//! assert_eq!(FlagKey::parse("new-checkout").unwrap().as_str(), "new-checkout");
//! assert!(matches!(FlagKey::parse(""), Err(InvalidId::Empty { .. })));
//! ```

mod cohort;
mod definitions;
mod failure;
mod filters;
mod flag;
mod id;
mod subject;
mod time;

pub use cohort::CohortDefinition;
pub use definitions::{Definitions, GroupType, PropertyMatching};
pub use failure::{FailureCode, TimeoutKind};
pub use filters::{
    Condition, ConditionAggregation, FilterKind, Filters, Holdout, Multivariate, PropertyFilter,
    Variant,
};
pub use flag::{BucketingIdentifier, EvaluationRuntime, FlagDefinition};
pub use id::{
    CohortId, DistinctId, EnvironmentId, FlagId, FlagKey, GroupTypeIndex, InvalidId, ProjectId,
    ProjectToken, Revision,
};
pub use subject::{
    Facts, Fetch, GroupFacts, GroupRef, HashKeyNeed, HashKeyOverride, Needs, PersonFacts,
    SubjectFacts,
};
pub use time::Timestamp;
