//! What SQLite's errors mean to a caller of the store.

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use rusqlite::{Error, ErrorCode};

/// The answer of a store that was closed.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// A lock that another process held for longer than the busy timeout is a deadline that passed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
pub(crate) fn from_sqlite(error: Error) -> StoreError {
    let message = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked,
        ) => StoreError::Timeout(TimeoutKind::QueryCanceled),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Corrupt(message),
        Some(ErrorCode::ConstraintViolation) => StoreError::Refused(message),
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied,
        ) => StoreError::Unavailable(message),
        _ => match error {
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..) => StoreError::Corrupt(message),
            _ => StoreError::Database(message),
        },
    }
}
