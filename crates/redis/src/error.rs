//! What Redis's errors mean to a caller.

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// The answer when a command's turn did not come in time, or too many wait already.
pub(crate) fn exhausted() -> StoreError {
    StoreError::Timeout(TimeoutKind::PoolTimeout)
}

/// The answer when a deadline passed while the server worked.
pub(crate) fn late() -> StoreError {
    StoreError::Timeout(TimeoutKind::QueryCanceled)
}

pub(crate) fn unavailable(error: &RedisError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
pub(crate) fn from_redis(error: RedisError) -> StoreError {
    if error.is_timeout() {
        return late();
    }
    let message = error.to_string();
    match error.kind() {
        // `ReadOnly`: a failover made the server a replica; connecting anew finds the other one.
        ErrorKind::Io
        | ErrorKind::Parse
        | ErrorKind::AuthenticationFailed
        | ErrorKind::ClusterConnectionNotFound
        | ErrorKind::MasterNameNotFoundBySentinel
        | ErrorKind::Server(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::TryAgain,
        ) => StoreError::Unavailable(message),
        ErrorKind::UnexpectedReturnType => StoreError::Corrupt(message),
        _ if error.code() == Some("WRONGTYPE") => StoreError::Corrupt(message),
        _ => StoreError::Database(message),
    }
}
