//! What evaluation says of one flag.

use burgee_model::{FailureCode, FlagId, FlagKey};

use crate::FlagInfo;

/// The answer for one flag. Borrows from the snapshot that gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation<'s> {
    /// Which flag.
    pub flag: &'s FlagInfo,
    /// What it came to.
    pub outcome: Outcome<'s>,
}

/// An answer, or why there is none. A failure is data: it never ends a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome<'s> {
    /// The flag was evaluated.
    Answered {
        /// The flag's value.
        value: FlagValue<'s>,
        /// Why it is so.
        reason: Reason,
        /// The payload of the value as JSON, always a JSON string or `null`: a stored payload that
        /// is not text is given as its JSON text (spec: service §2.9 Advice). `None`: no payload.
        payload: Option<&'s str>,
    },
    /// The flag could not be evaluated.
    Failed(EvaluationError),
}

/// The value of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagValue<'s> {
    /// Boolean false.
    Off,
    /// Boolean true.
    On,
    /// A variant's key, or `holdout-{id}`.
    Variant(&'s str),
}

/// Why a flag has its value (spec: engine §3.6). Indexes are positions in `filters.groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The early access property decided.
    Enrollment,
    /// The subject is held out.
    Holdout,
    /// This condition matched.
    ConditionMatch(u32),
    /// A condition targets the subject, its percentage does not.
    OutOfRollout(u32),
    /// No condition targets the subject.
    NoConditionMatch(u32, Miss),
    /// Group conditions alone, and the request has no such group; or no conditions at all.
    NoGroupType(Option<u32>),
    /// A flag that this one depends on does not exist, or depends on itself.
    MissingDependency,
}

impl Reason {
    /// The `condition_index` of the answer.
    pub fn condition_index(self) -> Option<u32> {
        match self {
            Self::Enrollment => Some(0),
            Self::ConditionMatch(index)
            | Self::OutOfRollout(index)
            | Self::NoConditionMatch(index, _) => Some(index),
            Self::NoGroupType(index) => index,
            Self::Holdout | Self::MissingDependency => None,
        }
    }
}

/// What else there is to know about a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// Nothing.
    Plain,
    /// Group conditions were skipped for want of a group.
    GroupsNotEvaluated,
    /// A cohort has behavioural leaves that are not evaluated here.
    CohortNotEvaluated,
}

/// Why a flag could not be evaluated (spec: engine §11.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The subject's data could not be had.
    #[error("the subject's data could not be read")]
    Data(FailureCode),
    /// A condition names a cohort that does not exist.
    #[error("a cohort that the flag refers to does not exist")]
    CohortNotFound,
    /// A cohort contains itself.
    #[error("a cohort that the flag refers to contains itself")]
    CohortCycle,
    /// A cohort's definition cannot be read.
    #[error("a cohort that the flag refers to cannot be read")]
    CohortFilters,
    /// A flag that this one depends on failed, and its answer could change this one's.
    #[error("a flag that this flag depends on failed")]
    DependencyFailed,
    /// The flag's own definition cannot be read, or is of a format that is not supported.
    #[error("the flag's definition cannot be read")]
    FlagData,
}

/// Something odd about a definition that does not stop it from being compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileWarning {
    /// The flag concerned; `None` for an environment-wide matter.
    pub flag: Option<(FlagId, FlagKey)>,
    /// Where in `filters`, such as `groups[0].properties[1]`; empty for the whole flag.
    pub path: String,
    /// What is odd and what it does, for people. Lower case, no full stop.
    pub message: String,
}
