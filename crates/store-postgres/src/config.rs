//! Where a store is and what its limits are. Read once, when the store is opened.

use std::{fmt, str::FromStr};

use sqlx::postgres::PgConnectOptions;

/// Most connections of one pool.
pub const CONNECTIONS_MAX: usize = 1_000;

/// Most reads of subjects that one statement answers.
pub const READS_MAX: usize = 1_000;

/// Configuration of a [`crate::PostgresStore`]. None of it can be changed while the store is open.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    /// The database that is written to.
    pub location: PostgresLocation,
    /// A copy of it that answers requests; `None`: the same database does. It may lag: what a node
    /// has just written it may not read yet.
    pub replica: Option<PostgresLocation>,
    /// Connections at most, by purpose.
    pub pools: PoolSizes,
    /// Reads of subjects that one statement may answer, 1 to [`READS_MAX`]. Default 32.
    pub reads_per_statement_max: usize,
    /// Reads of subjects that may wait for a connection; one more is a `PoolTimeout` at once.
    /// Default 1,024.
    pub queue_depth_max: usize,
    /// Milliseconds that a call of a request may wait for a connection. Default 50.
    pub acquire_timeout_ms: u64,
    /// Milliseconds that making a connection may take. Default 1,000.
    pub connect_timeout_ms: u64,
    /// Milliseconds after which a connection that nobody used is not used again. Default 600,000.
    pub idle_timeout_ms: u64,
    /// Milliseconds that the read of a subject may take. Default 100.
    pub query_timeout_ms: u64,
    /// Milliseconds that reading definitions or a page of subjects may wait, and again that it may
    /// take. Default 5,000.
    pub definition_timeout_ms: u64,
    /// Milliseconds that a write of a request may take. Default 1,000.
    pub write_timeout_ms: u64,
    /// Milliseconds that a change set may wait, and again that it may take. Default 120,000.
    pub commit_timeout_ms: u64,
}

/// How many connections each pool has at most, 1 to [`CONNECTIONS_MAX`]. A pool has none until it
/// needs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSizes {
    /// Reading definitions, revisions and keys. Default 4.
    pub definitions: usize,
    /// Reading persons and groups for requests. Default 8.
    pub subject_reads: usize,
    /// Writing what requests leave behind. Default 4.
    pub subject_writes: usize,
    /// Applying, exporting, and bringing the schema up to date. Default 2.
    pub admin: usize,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self {
            definitions: 4,
            subject_reads: 8,
            subject_writes: 4,
            admin: 2,
        }
    }
}

impl PostgresConfig {
    /// The defaults, for a database at `location`.
    pub fn at(location: PostgresLocation) -> Self {
        Self {
            location,
            replica: None,
            pools: PoolSizes::default(),
            reads_per_statement_max: 32,
            queue_depth_max: 1_024,
            acquire_timeout_ms: 50,
            connect_timeout_ms: 1_000,
            idle_timeout_ms: 600_000,
            query_timeout_ms: 100,
            definition_timeout_ms: 5_000,
            write_timeout_ms: 1_000,
            commit_timeout_ms: 120_000,
        }
    }
}

/// Where a database is: `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`. What the
/// URL leaves out comes from the variables of PostgreSQL's own clients (`PGPASSWORD` and so on).
/// TLS is used where the server offers it; `sslmode` can insist on it.
#[derive(Clone)]
pub struct PostgresLocation {
    url: String,
    options: Box<PgConnectOptions>,
}

/// A text is not the URL of a PostgreSQL database. The text is not repeated, as it may hold a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not `postgres://USER@HOST/DATABASE`: {0}")]
pub struct InvalidLocation(String);

impl PostgresLocation {
    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }
}

impl FromStr for PostgresLocation {
    type Err = InvalidLocation;

    /// Reads `postgres://…` or `postgresql://…`.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(InvalidLocation("another scheme".to_owned()));
        }
        match url.parse() {
            Ok(options) => Ok(Self {
                url: url.to_owned(),
                options: Box::new(options),
            }),
            Err(error) => Err(InvalidLocation(error.to_string())),
        }
    }
}

impl PartialEq for PostgresLocation {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for PostgresLocation {}

impl fmt::Display for PostgresLocation {
    /// Host and database; never the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.options.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        };
        let database = self.options.get_database();
        let database = database.unwrap_or_else(|| self.options.get_username());
        write!(f, "{host}/{database}")
    }
}

impl fmt::Debug for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_url_and_shown_without_its_password() {
        for (url, expected) in [
            ("postgres://u:secret@db:5433/burgee", "db:5433/burgee"),
            ("postgresql://u:secret@db/burgee", "db:5432/burgee"),
            ("postgres://u:secret@db", "db:5432/u"),
            ("postgres:///burgee?host=/run/pg&user=u", "/run/pg/burgee"),
        ] {
            let location = url.parse::<PostgresLocation>().unwrap();
            assert_eq!(location.to_string(), expected);
            assert!(!format!("{location:?}").contains("secret"));
        }
    }

    #[test]
    fn another_url_is_refused_without_repeating_it() {
        for url in [
            "",
            "sqlite:secret",
            "postgres",
            "postgres://u:secret@db:port/x",
        ] {
            let error = url.parse::<PostgresLocation>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
