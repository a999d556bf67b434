//! Where a store is and what its limits are. Read once, when the store is opened.

use std::{path::PathBuf, str::FromStr, time::Duration};

use crate::lane::Deadlines;

/// Most reader threads of each kind.
pub const READERS_MAX: usize = 64;

/// Configuration of a [`crate::SqliteStore`]. None of it can be changed while the store is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteConfig {
    /// The database.
    pub location: SqliteLocation,
    /// Threads that read subjects, and as many again that read definitions. 1 to [`READERS_MAX`];
    /// default: one per core, at most 4.
    pub readers: usize,
    /// Jobs that may wait for a thread of one kind; one more is a `PoolTimeout` at once. Default
    /// 1,024.
    pub queue_depth_max: usize,
    /// Milliseconds that a job of a request may wait for a thread. Default 50.
    pub acquire_timeout_ms: u64,
    /// Milliseconds that the read of a subject may take. Default 100.
    pub query_timeout_ms: u64,
    /// Milliseconds that reading definitions or a page of subjects may wait, and again that it may
    /// take. Default 5,000.
    pub definition_timeout_ms: u64,
    /// Milliseconds that a write of a request may take. Default 1,000.
    pub write_timeout_ms: u64,
    /// Milliseconds that a change set may wait, and again that it may take. Default 120,000.
    pub commit_timeout_ms: u64,
    /// Milliseconds to wait for a lock that another process holds. Default 5,000.
    pub busy_timeout_ms: u64,
    /// Bytes of the file that each subject reader may map into memory; they count towards the
    /// memory of the process as long as the system lets them. Default 64 MiB.
    pub mmap_bytes_max: u64,
}

impl SqliteConfig {
    /// The defaults, for a database at `location`.
    pub fn at(location: SqliteLocation) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            location,
            readers: cores.clamp(1, 4),
            queue_depth_max: 1_024,
            acquire_timeout_ms: 50,
            query_timeout_ms: 100,
            definition_timeout_ms: 5_000,
            write_timeout_ms: 1_000,
            commit_timeout_ms: 120_000,
            busy_timeout_ms: 5_000,
            mmap_bytes_max: 64 << 20,
        }
    }

    pub(crate) fn subject_deadlines(&self) -> Deadlines {
        deadlines(self.acquire_timeout_ms, self.query_timeout_ms)
    }

    pub(crate) fn definition_deadlines(&self) -> Deadlines {
        deadlines(self.definition_timeout_ms, self.definition_timeout_ms)
    }

    pub(crate) fn write_deadlines(&self) -> Deadlines {
        deadlines(self.acquire_timeout_ms, self.write_timeout_ms)
    }

    pub(crate) fn commit_deadlines(&self) -> Deadlines {
        deadlines(self.commit_timeout_ms, self.commit_timeout_ms)
    }
}

fn deadlines(acquire_ms: u64, run_ms: u64) -> Deadlines {
    Deadlines {
        acquire: Duration::from_millis(acquire_ms),
        run: Duration::from_millis(run_ms),
    }
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqliteLocation {
    /// A private database that is gone when the store is. It is a file in the system's folder for
    /// temporary files, so that it behaves as any other.
    Memory,
    /// A file, created if missing.
    File(PathBuf),
}

/// A text is not the URL of an SQLite database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `sqlite::memory:` or `sqlite:PATH`")]
pub struct InvalidLocation(String);

impl FromStr for SqliteLocation {
    type Err = InvalidLocation;

    /// Reads `sqlite::memory:`, `sqlite:PATH` or `sqlite://PATH`.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(InvalidLocation(url.to_owned()));
        };
        match rest.strip_prefix("//").unwrap_or(rest) {
            "" => Err(InvalidLocation(url.to_owned())),
            ":memory:" => Ok(Self::Memory),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_url() {
        let file = |path: &str| Ok(SqliteLocation::File(PathBuf::from(path)));
        for (url, expected) in [
            ("sqlite::memory:", Ok(SqliteLocation::Memory)),
            ("sqlite://:memory:", Ok(SqliteLocation::Memory)),
            ("sqlite:burgee.db", file("burgee.db")),
            ("sqlite:/data/burgee.db", file("/data/burgee.db")),
            ("sqlite:///data/burgee.db", file("/data/burgee.db")),
            ("sqlite:", Err(InvalidLocation("sqlite:".to_owned()))),
            (
                "postgres://x",
                Err(InvalidLocation("postgres://x".to_owned())),
            ),
        ] {
            assert_eq!(url.parse::<SqliteLocation>(), expected, "{url}");
        }
    }
}
