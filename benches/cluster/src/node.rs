//! One `burgee serve`, as a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connection::Connection;
use crate::request;

/// Milliseconds between two flushes of what a node counted.
pub(crate) const FLUSH_MS: u64 = 1_000;

/// After how many milliseconds without word from a store a node says how old its answers are; below
/// the shortest fault.
const STALE_AFTER_MS: &str = "1000";

/// How long a node may take until it can answer, and until it has stopped.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Answers flags.
    Flags,
    /// Hands out definitions.
    Definitions,
    /// Keeps shared records.
    Admin,
}

/// A node, running or not.
#[derive(Debug)]
pub(crate) struct Node {
    /// As it is called in reports.
    pub(crate) name: &'static str,
    /// What it is for.
    pub(crate) role: Role,
    launch: Launch,
    running: Option<Child>,
    /// Where it answers; `None` while it is stopped on purpose.
    address: watch::Sender<Option<SocketAddr>>,
}

/// How a node is started.
#[derive(Debug)]
pub(crate) struct Launch {
    /// The program.
    pub(crate) binary: PathBuf,
    /// Its data and its log; created if missing.
    pub(crate) folder: PathBuf,
    /// URL of the database.
    pub(crate) database: String,
    /// URL of Redis.
    pub(crate) redis: String,
}

impl Role {
    /// As `--role` has it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Flags => "flags",
            Self::Definitions => "definitions",
            Self::Admin => "admin",
        }
    }
}

impl Node {
    /// A node that does not run yet.
    pub(crate) fn new(name: &'static str, role: Role, launch: Launch) -> Self {
        Self {
            name,
            role,
            launch,
            running: None,
            address: watch::Sender::new(None),
        }
    }

    /// Where it answers.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        let address = *self.address.borrow();
        address.with_context(|| format!("{} does not run", self.name))
    }

    /// Where it answers, now and after it was started anew.
    pub(crate) fn addresses(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.address.subscribe()
    }

    /// Starts it; returns when it can answer.
    pub(crate) async fn start(&mut self) -> anyhow::Result<()> {
        let name = self.name;
        let deadline = Instant::now() + PATIENCE;
        std::fs::create_dir_all(&self.launch.folder)?;
        let mut child = self.command()?.spawn().context("burgee does not start")?;
        let output = child.stdout.take().context("no output")?;
        let said = timeout_at(deadline, read_address(output)).await;
        let address = said.context("it does not say where it serves").flatten();
        let address = address.with_context(|| self.why(name))?;
        self.running = Some(child);
        while !is_ready(address).await {
            anyhow::ensure!(Instant::now() < deadline, "{} is not ready", self.why(name));
            sleep(Duration::from_millis(5)).await;
        }
        self.address.send_replace(Some(address));
        Ok(())
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        self.end(Signal::TERM).await
    }

    /// Ends it as a machine that fails would.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.end(Signal::KILL).await
    }

    /// Resident memory in bytes.
    pub(crate) fn memory_bytes(&self) -> anyhow::Result<u64> {
        let process = self.running.as_ref().and_then(Child::id);
        let process = process.context("it does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
    }

    /// A figure of `/metrics`, without labels; `None`: there is none of that name.
    pub(crate) async fn metric(&self, name: &str) -> anyhow::Result<Option<f64>> {
        let mut connection = Connection::open(self.address()?).await?;
        let answer = connection.ask(&request::get("/metrics")).await?;
        let text = str::from_utf8(answer.body)?;
        let value = text.lines().find_map(|line| {
            let (its_name, value) = line.split_once(' ')?;
            (its_name == name).then_some(value)
        });
        value.map(|value| Ok(value.parse()?)).transpose()
    }

    async fn end(&mut self, signal: Signal) -> anyhow::Result<()> {
        self.address.send_replace(None);
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        let process = child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(process) = process.and_then(Pid::from_raw) {
            kill_process(process, signal)?;
        }
        let ended = timeout_at(Instant::now() + PATIENCE, child.wait()).await;
        ended.with_context(|| format!("{} does not stop", self.name))??;
        Ok(())
    }

    fn command(&self) -> anyhow::Result<Command> {
        let Launch {
            binary,
            folder,
            database,
            redis,
        } = &self.launch;
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("log"))?;
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(["--role", self.role.as_str()])
            .args(["--database", database, "--redis", redis])
            .arg("--data-dir")
            .arg(folder)
            .env("BURGEE_LOG_REQUESTS", "false")
            .env("BURGEE_USAGE_FLUSH_INTERVAL_MS", FLUSH_MS.to_string())
            .env("BURGEE_SNAPSHOTS_STALE_AFTER_MS", STALE_AFTER_MS)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        Ok(command)
    }

    /// The end of its log.
    fn why(&self, name: &str) -> String {
        let log = std::fs::read_to_string(self.launch.folder.join("log")).unwrap_or_default();
        let mut lines: Vec<&str> = log.lines().rev().take(10).collect();
        lines.reverse();
        format!("{name}; its log ends with\n{}", lines.join("\n"))
    }
}

/// The address in the greeting. What comes after it is read and thrown away, or the node would wait.
async fn read_address(
    output: impl tokio::io::AsyncRead + Unpin + Send + 'static,
) -> anyhow::Result<SocketAddr> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once("http://") {
            let address = address.trim_end_matches('/').parse()?;
            tokio::spawn(async move {
                let mut rest = Vec::new();
                // It ends when the node does.
                let _ = lines.into_inner().read_to_end(&mut rest).await;
            });
            return Ok(address);
        }
    }
    anyhow::bail!("it stopped")
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    let answer = connection.ask(&request::get("/_readiness")).await;
    answer.is_ok_and(|answer| answer.status == 200)
}
