//! A real PostgreSQL server, with data of its own that is gone when the tests are.
//!
//! One server serves all tests of a process; each test gets a database. The server listens on a
//! socket in a folder of its own and on no port. A guard holds it (`guard.rs`).

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::guard::{Guard, skip};

const GUARD: &str = include_str!("postgres/guard.sh");

/// Where Debian keeps the programs of each version, none of which is on the path.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    guard: Guard,
    /// Number of the next database or schema.
    next: AtomicUsize,
}

impl PostgresServer {
    /// The server of this process, started with the first call. `None`, said aloud, where PostgreSQL
    /// is not installed; under `CI=true` that fails.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of its own, for tests that stop it. It stops when dropped. `None` as of
    /// [`PostgresServer::shared`].
    pub fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            skip("PostgreSQL", "postgresql");
            return None;
        };
        let (guard, folder) = Guard::start(GUARD, [&programs], &[]);
        Some(Self {
            programs,
            folder: folder.into(),
            guard,
            next: AtomicUsize::new(0),
        })
    }

    /// Creates an empty database and returns its name.
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Creates an empty schema in the database `postgres`, which takes a tenth of the time of a
    /// database of its own, and returns its name.
    pub fn create_schema(&self) -> String {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE SCHEMA {name}"));
        name
    }

    /// The URL of a schema of the database `postgres`.
    pub fn schema_url(&self, schema: &str) -> String {
        format!("{}&options=-csearch_path%3D{schema}", self.url("postgres"))
    }

    /// The folder with its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres:///{database}?host={folder}&user=postgres&sslmode=disable")
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Stops the server at once, as if its machine had failed. Its data stays.
    pub fn stop(&self) {
        self.guard.order("stop");
    }

    /// Starts it again after [`PostgresServer::stop`].
    pub fn resume(&self) {
        self.guard.order("resume");
    }

    /// Starts a streaming replica, the first time with a copy of what the server holds.
    pub fn start_replica(&self) {
        self.guard.order("start-replica");
    }

    /// Stops the replica at once.
    pub fn stop_replica(&self) {
        self.guard.order("stop-replica");
    }

    /// The URL of a database's copy on the replica.
    pub fn replica_url(&self, database: &str) -> String {
        format!("{}&port=5433", self.url(database))
    }

    /// Executes SQL in a database, all or nothing, as its owner, and returns what it prints: rows as
    /// lines, columns apart by `|`.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        self.execute_at("5432", database, sql)
    }

    /// [`PostgresServer::execute`] on the replica.
    pub fn execute_on_replica(&self, database: &str, sql: &str) -> String {
        self.execute_at("5433", database, sql)
    }

    fn execute_at(&self, port: &str, database: &str, sql: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.folder)
            .args(["-p", port, "-d", database, "-c", sql])
            .output()
            .expect("psql");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\n{sql}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The programs of the newest version.
fn find_programs() -> Option<PathBuf> {
    let versions = Path::new(VERSIONS).read_dir().ok()?;
    let programs = versions.flatten().filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let programs = version.path().join("bin");
        programs
            .join("initdb")
            .exists()
            .then_some((number, programs))
    });
    programs.max().map(|(_, programs)| programs)
}
