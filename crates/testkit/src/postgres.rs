//! A real PostgreSQL server, with data of its own that is gone when the tests are.
//!
//! One server serves all tests of a process; each test gets a database. The server listens on a
//! socket in a folder of its own and on no port. A guard (`guard.sh`) holds it: it stops the server
//! when this process ends, in whichever way, because statics are never dropped.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

const GUARD: &str = include_str!("postgres/guard.sh");

/// Where Debian keeps the programs of each version, none of which is on the path.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    guard: Child,
    /// Orders to the guard, and what it says. Closing it stops the server.
    line: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
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
            #[expect(clippy::disallowed_methods, reason = "whether a skip is allowed")]
            let is_required = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!is_required, "PostgreSQL is not installed");
            #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
            {
                eprintln!("SKIPPED: PostgreSQL is not installed (apt-get install postgresql)");
            }
            return None;
        };
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&programs)
            .env("GUARD", GUARD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let orders = guard.stdin.take().expect("its input");
        let mut said = String::new();
        let mut output = BufReader::new(guard.stdout.take().expect("its output"));
        output.read_line(&mut said).expect("text");
        if said.is_empty() {
            let mut why = String::new();
            let errors = guard.stderr.take();
            let _ = errors.expect("its errors").read_to_string(&mut why);
            panic!("PostgreSQL does not start: {why}");
        }
        Some(Self {
            programs,
            folder: PathBuf::from(said.trim_end()),
            guard,
            line: Mutex::new(Some((orders, output))),
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

    /// Stops the server at once, as if its machine had failed. Its data stays.
    pub fn stop(&self) {
        self.order("stop");
    }

    /// Starts it again after [`PostgresServer::stop`].
    pub fn resume(&self) {
        self.order("resume");
    }

    fn order(&self, order: &str) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, output) = line.as_mut().expect("a server that is not dropped");
        writeln!(orders, "{order}").expect("a guard");
        let mut said = String::new();
        output.read_line(&mut said).expect("text");
        assert_eq!(said.trim_end(), order);
    }

    /// Executes SQL in a database, all or nothing, as its owner, and returns what it prints: rows as
    /// lines, columns apart by `|`.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.folder)
            .args(["-d", database, "-c", sql])
            .output()
            .expect("psql");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\n{sql}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let line = self.line.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(line.take());
        // Waited for, so that what comes next does not meet the server in its last moments.
        let _ = self.guard.wait();
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
