//! What PostgreSQL's errors mean to a caller of the store.

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use sqlx::Error;

/// The answer of a store that was closed.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// The answer when no connection came free in time.
pub(crate) fn exhausted() -> StoreError {
    StoreError::Timeout(TimeoutKind::PoolTimeout)
}

/// The answer when a deadline passed while the database worked.
pub(crate) fn late() -> StoreError {
    StoreError::Timeout(TimeoutKind::QueryCanceled)
}

/// The answer when a connection was not made in time.
pub(crate) fn slow_connecting() -> StoreError {
    StoreError::Unavailable("connecting took too long".to_owned())
}

/// Whatever goes wrong with a connection that has no work yet, the store cannot be reached.
pub(crate) fn from_connecting(error: Error) -> StoreError {
    match from_sqlx(error) {
        StoreError::Timeout(_) => slow_connecting(),
        StoreError::Conflict(message)
        | StoreError::Refused(message)
        | StoreError::Corrupt(message)
        | StoreError::Database(message)
        | StoreError::Unavailable(message) => StoreError::Unavailable(message),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` asks for"
)]
pub(crate) fn from_sqlx(error: Error) -> StoreError {
    let message = error.to_string();
    match &error {
        Error::Database(reported) => {
            let code = reported.code();
            from_code(code.as_deref().unwrap_or_default(), message)
        }
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::Configuration(_) => {
            StoreError::Unavailable(message)
        }
        Error::ColumnDecode { .. } | Error::Decode(_) => StoreError::Corrupt(message),
        _ => StoreError::Database(message),
    }
}

/// By SQLSTATE (PostgreSQL manual, appendix A). Its first two characters are a class.
fn from_code(code: &str, message: String) -> StoreError {
    match code {
        // Cancelled by the statement timeout, by the lock timeout, or for holding locks idly.
        "57014" | "55P03" | "25P03" => late(),
        // Two transactions in each other's way, of which this one gave way.
        "40001" | "40P01" => StoreError::Conflict(message),
        // Stopping or starting; a server that a failover made a replica; no such database.
        "57P01" | "57P02" | "57P03" | "25006" | "3D000" => StoreError::Unavailable(message),
        "XX001" | "XX002" => StoreError::Corrupt(message),
        _ => match code.get(..2).unwrap_or_default() {
            // Connection, authorization, and resources, such as too many connections.
            "08" | "28" | "53" => StoreError::Unavailable(message),
            // What the data does not allow: constraints, and texts that cannot be stored.
            "22" | "23" => StoreError::Refused(message),
            _ => StoreError::Database(message),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_a_caller_can_do() {
        let text = || "why".to_owned();
        for (code, expected) in [
            ("57014", late()),
            ("55P03", late()),
            ("40P01", StoreError::Conflict(text())),
            ("57P01", StoreError::Unavailable(text())),
            ("53300", StoreError::Unavailable(text())),
            ("28P01", StoreError::Unavailable(text())),
            ("23505", StoreError::Refused(text())),
            ("22021", StoreError::Refused(text())),
            ("42601", StoreError::Database(text())),
            ("", StoreError::Database(text())),
        ] {
            assert_eq!(from_code(code, text()), expected, "{code}");
        }
    }
}
