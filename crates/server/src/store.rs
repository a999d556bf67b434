//! The store, of whichever kind the configuration names. Outside this file nobody knows which.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use burgee_store::{Store, StoreError};
use burgee_store_postgres::{PostgresLocation, PostgresStore};
use burgee_store_sqlite::{SqliteLocation, SqliteStore};

use crate::config::Config;

mod absent;

use absent::AbsentStore;

/// How [`Location::Absent`] is written.
const ABSENT: &str = "none";

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// In a file of this machine, or in memory.
    Sqlite(SqliteLocation),
    /// On a server.
    Postgres(PostgresLocation),
    /// Nowhere: this node serves from what others share.
    Absent,
}

/// A text is the URL of no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the URL of a database")]
pub(crate) struct InvalidLocation;

impl Location {
    /// Whether nothing has been put there by anybody. A server's database is never known to be new:
    /// it is made by somebody for something, and may not be there just now.
    pub(crate) fn is_new(&self) -> bool {
        match self {
            Self::Sqlite(SqliteLocation::Memory) => true,
            Self::Sqlite(SqliteLocation::File(path)) => !path.exists(),
            Self::Postgres(_) | Self::Absent => false,
        }
    }

    /// Whether it is gone when the program ends.
    pub(crate) fn is_in_memory(&self) -> bool {
        *self == Self::Sqlite(SqliteLocation::Memory)
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::Sqlite(SqliteLocation::File(path))
    }
}

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if url == ABSENT {
            return Ok(Self::Absent);
        }
        if url.starts_with("postgres") {
            let location = url.parse().map_err(|_| InvalidLocation)?;
            return Ok(Self::Postgres(location));
        }
        url.parse().map(Self::Sqlite).map_err(|_| InvalidLocation)
    }
}

impl fmt::Display for Location {
    /// For people; never a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(SqliteLocation::Memory) => f.write_str("memory"),
            Self::Sqlite(SqliteLocation::File(path)) => fmt::Display::fmt(&path.display(), f),
            Self::Postgres(location) => fmt::Display::fmt(location, f),
            Self::Absent => f.write_str(ABSENT),
        }
    }
}

/// Opens the store that the configuration names. A file is created if it is missing; a server is
/// only asked when it is needed, so it may be down.
pub(crate) fn open(config: &Config) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match config.instance.location() {
        Location::Sqlite(location) => Arc::new(SqliteStore::open(&config.store.sqlite(location))?),
        Location::Postgres(location) => {
            let config = config.postgres.config(location, &config.store);
            Arc::new(PostgresStore::open(&config)?)
        }
        Location::Absent => Arc::new(AbsentStore),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_kind_of_store() {
        for (url, shown) in [
            ("sqlite::memory:", Some("memory")),
            ("sqlite:/data/burgee.db", Some("/data/burgee.db")),
            ("postgres://u:secret@db/burgee", Some("db:5432/burgee")),
            ("postgresql://u@db:6432/burgee", Some("db:6432/burgee")),
            ("none", Some("none")),
            ("postgres", None),
            ("mysql://db", None),
        ] {
            let location = url.parse::<Location>().ok();
            let location = location.map(|location| location.to_string());
            assert_eq!(location.as_deref(), shown, "{url}");
        }
    }
}
