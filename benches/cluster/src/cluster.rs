//! The nodes, and what they depend on.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use burgee_store::DefinitionWriter as _;
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::{PostgresServer, RedisServer, change_set};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::connection::Connection;
use crate::contents;
use crate::link::Link;
use crate::node::{Launch, Node, Role};
use crate::options::{Options, Part};
use crate::request::{self, Poll};
use crate::usage::Ledger;

/// Name and role of each node.
const NODES: [(&str, Role); 5] = [
    ("flags-1", Role::Flags),
    ("flags-2", Role::Flags),
    ("definitions-1", Role::Definitions),
    ("definitions-2", Role::Definitions),
    ("admin", Role::Admin),
];

/// The node that can be partitioned from everything it depends on.
const APART: &str = "flags-2";

/// What the one Redis server is called.
const REDIS: &str = "server";

/// How long a change may be tried again while the database comes back.
const COMMIT_PATIENCE: Duration = Duration::from_secs(30);

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// The nodes, in the order of reports.
    pub(crate) nodes: Vec<Node>,
    /// The database.
    pub(crate) postgres: PostgresServer,
    /// What nodes share.
    redis: RedisServer,
    /// What nodes counted.
    pub(crate) ledger: Ledger,
    /// Flags of the project, besides the one that moves.
    pub(crate) flags: u16,
    /// Number of the newest change that was begun.
    pub(crate) begun: Arc<AtomicU32>,
    /// Commits changes, as `burgee apply` does.
    store: PostgresStore,
    /// What the node called [`APART`] depends on passes through these, if it is to be cut off.
    links: [Link; 2],
    _folder: Option<TempDir>,
}

/// A change that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// Its number.
    pub(crate) number: u32,
    /// When its commit was acknowledged.
    pub(crate) at: Instant,
}

impl Cluster {
    /// Starts everything and fills the database.
    pub(crate) async fn start(options: &Options) -> anyhow::Result<Self> {
        let binary = binary(options)?;
        let (folder, data) = folder(options)?;
        let postgres = PostgresServer::start().context("PostgreSQL is not installed")?;
        let redis = RedisServer::start().context("Redis is not installed")?;
        let database = postgres.create_database();
        let url = postgres.url(&database);
        let store = PostgresStore::open(&PostgresConfig::at(url.parse()?))?;
        store
            .commit(&change_set(&contents::project(
                options.flags,
                options.values,
            )))
            .await?;
        let links = [
            Link::to(postgres.socket()).await?,
            Link::to(redis.socket()).await?,
        ];
        let redis_url = redis.url();
        let mut nodes = Vec::new();
        for (name, role) in NODES {
            let (database, redis) = if name == APART && options.does(Part::Faults) {
                let [to_postgres, to_redis] = &links;
                let at = to_postgres.address;
                let database = format!("postgres://postgres@{at}/{database}?sslmode=disable");
                (database, format!("redis://{}", to_redis.address))
            } else {
                (url.clone(), redis_url.clone())
            };
            let launch = Launch {
                binary: binary.clone(),
                folder: data.join(name),
                database,
                redis,
            };
            let mut node = Node::new(name, role, launch);
            node.start().await?;
            nodes.push(node);
        }
        Ok(Self {
            nodes,
            postgres,
            redis,
            ledger: Ledger::new(redis_url)?,
            flags: options.flags,
            begun: Arc::default(),
            store,
            links,
            _folder: folder,
        })
    }

    /// Makes the next change.
    pub(crate) async fn change(&self) -> anyhow::Result<Made> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        let changes = contents::change(self.flags, number)?;
        let deadline = Instant::now() + COMMIT_PATIENCE;
        loop {
            match self.store.commit(&changes).await {
                Ok(_) => {
                    let at = Instant::now();
                    return Ok(Made { number, at });
                }
                // A database that has just come back refuses at first.
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Kills Redis, and keeps account of what it counted.
    pub(crate) async fn stop_redis(&mut self) -> anyhow::Result<()> {
        self.ledger.save(&self.redis).await?;
        self.redis.stop(REDIS);
        Ok(())
    }

    /// Starts it again, empty.
    pub(crate) fn resume_redis(&self) {
        self.redis.resume(REDIS);
    }

    /// The node that can be partitioned.
    pub(crate) fn is_apart(name: &str) -> bool {
        name == APART
    }

    /// Separates [`Cluster::is_apart`] from all it depends on.
    pub(crate) fn partition(&self) {
        self.links.iter().for_each(Link::cut);
    }

    /// Ends the partition.
    pub(crate) fn mend(&self) {
        self.links.iter().for_each(Link::mend);
    }

    /// Bytes of the definitions document, as it is and compressed.
    pub(crate) async fn document_bytes(&self) -> anyhow::Result<(usize, usize)> {
        let node = self.nodes_of(Role::Definitions).next();
        let node = node.context("no definitions node")?;
        let mut connection = Connection::open(node.address()?).await?;
        let mut bytes = [0, 0];
        for (bytes, compressed) in bytes.iter_mut().zip([false, true]) {
            let request = request::definitions(Poll {
                compressed,
                ..Poll::default()
            });
            let answer = connection.ask(&request).await?;
            anyhow::ensure!(answer.status == 200, "{} for definitions", answer.status);
            *bytes = answer.body.len();
        }
        Ok(bytes.into())
    }

    /// The nodes with one role.
    pub(crate) fn nodes_of(&self, role: Role) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.role == role)
    }

    /// Stops the nodes.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        self.store.close();
        Ok(())
    }
}

fn binary(options: &Options) -> anyhow::Result<PathBuf> {
    let path = match &options.binary {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("burgee"),
    };
    anyhow::ensure!(path.exists(), "{} is not built", path.display());
    Ok(path)
}

/// A folder, and what removes it at the end if anything should.
fn folder(options: &Options) -> anyhow::Result<(Option<TempDir>, PathBuf)> {
    if let Some(folder) = &options.folder {
        std::fs::create_dir_all(folder)?;
        return Ok((None, folder.clone()));
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_owned();
    Ok((Some(folder), path))
}
