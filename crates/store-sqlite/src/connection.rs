//! Opening connections: one writer, and readers that cannot write.

use std::{path::Path, time::Duration};

use burgee_store::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::{SqliteConfig, error::from_sqlite};

/// Prepared statements kept per connection; more than there are.
const STATEMENTS_MAX: usize = 128;

/// Bytes to which the write-ahead log is cut after a checkpoint, so that one large change does not
/// hold its disk space for ever.
const LOG_BYTES_MAX: u64 = 64 << 20;

/// Kibibytes of pages that a reader of definitions keeps: a document is read once, then compiled.
const DEFINITION_CACHE_KIB: i64 = 256;

/// What a connection may do, and how much of the file it maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads and writes; creates the file.
    Writer,
    /// Reads subjects: many small reads at random places, for which a map of the file pays.
    SubjectReader,
    /// Reads definitions: whole documents, once; a map would hold their pages.
    DefinitionReader,
}

/// Opens the file at `path`.
pub(crate) fn open(
    path: &Path,
    role: Role,
    config: &SqliteConfig,
) -> Result<Connection, StoreError> {
    connect(path, role, config).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable(
            format!("database {} is locked by another process", path.display()),
        ),
        _ => name_file(from_sqlite(error), path),
    })
}

/// Says which file an error is about.
pub(crate) fn name_file(error: StoreError, path: &Path) -> StoreError {
    let named = |message: String| format!("database {}: {message}", path.display());
    match error {
        StoreError::Unavailable(message) => StoreError::Unavailable(named(message)),
        StoreError::Corrupt(message) => StoreError::Corrupt(named(message)),
        StoreError::Refused(message) => StoreError::Refused(named(message)),
        StoreError::Database(message) => StoreError::Database(named(message)),
        StoreError::Conflict(_) | StoreError::Timeout(_) => error,
    }
}

fn connect(path: &Path, role: Role, config: &SqliteConfig) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if role == Role::Writer {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    let busy_timeout_ms = match role {
        Role::Writer => config.busy_timeout_ms,
        Role::SubjectReader | Role::DefinitionReader => config.query_timeout_ms,
    };
    connection.busy_timeout(Duration::from_millis(busy_timeout_ms))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without it SQLite plans a statement anew whenever a bound value changes, which costs three
    // times what the read of a person does.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    match role {
        Role::Writer => {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
        }
        Role::SubjectReader => {
            connection.pragma_update(None, "mmap_size", config.mmap_bytes_max)?;
            connection.pragma_update(None, "query_only", true)?;
        }
        Role::DefinitionReader => {
            connection.pragma_update(None, "cache_size", -DEFINITION_CACHE_KIB)?;
            connection.pragma_update(None, "query_only", true)?;
        }
    }
    Ok(connection)
}
