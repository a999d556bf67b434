//! Why data that evaluation needed could not be had.
//!
//! These reach customers' analytics through `reason.code`, so the set is public API; their spelling
//! is `burgee-wire`'s (spec: engine §11.4).

/// What went wrong with a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// A deadline passed.
    Timeout(TimeoutKind),
    /// The database could not be reached, or its circuit is open.
    DatabaseUnavailable,
    /// The database answered with an error.
    DatabaseError,
    /// The database answered with something that cannot be read.
    DataParsing,
    /// The hash key overrides of experience continuity could not be read or written.
    HashKeyOverride,
    /// Evaluating panicked. The flags concerned are answered, the process goes on.
    EvaluationPanicked,
}

/// Which deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeoutKind {
    /// Waiting for a connection or a reader.
    PoolTimeout,
    /// The database cancelled the query, or we did.
    QueryCanceled,
    /// The time allowed for everything about the subject.
    PersonsDeadline,
}
