//! What a caller can do something about when a store does not answer.

use burgee_model::{FailureCode, TimeoutKind};

/// A store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, or is closing.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// A deadline passed; nothing was changed.
    #[error("the store did not answer in time")]
    Timeout(TimeoutKind),
    /// The state is not the one that the change expects; read again and retry.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The change breaks a rule of the data, such as a token that another environment has.
    #[error("{0}")]
    Refused(String),
    /// What is stored cannot be read.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// The database answered with another error.
    #[error("database error: {0}")]
    Database(String),
}

impl StoreError {
    /// How flags that needed the data report this.
    pub fn failure_code(&self) -> FailureCode {
        match self {
            Self::Unavailable(_) => FailureCode::DatabaseUnavailable,
            Self::Timeout(kind) => FailureCode::Timeout(*kind),
            Self::Corrupt(_) => FailureCode::DataParsing,
            Self::Conflict(_) | Self::Refused(_) | Self::Database(_) => FailureCode::DatabaseError,
        }
    }
}
