//! Many held polls at once, as SDKs that wait for a change would have them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::cluster::Cluster;
use crate::connection::{Answer, Connection};
use crate::node::{Node, Role};
use crate::observer::WAIT_SECS;
use crate::request::{self, Poll};

/// Connections that are being made at a time, below the backlog of a listening socket.
const OPENING_MAX: usize = 100;

/// How long all polls may take to be held, and to be answered, before something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// After an answer until the next poll, as an SDK has it with the shortest interval that makes sense.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// What a node says it holds.
const HELD_METRIC: &str = "burgee_waiting";

/// Polls that are held at the definitions nodes; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct Crowd {
    told: mpsc::Receiver<anyhow::Result<(usize, Told)>>,
    /// The newest document of each poll.
    newest: Vec<Told>,
    tasks: Vec<JoinHandle<()>>,
}

/// An answer to a held poll.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// When it was there.
    pub(crate) at: Instant,
    /// The document.
    pub(crate) etag: String,
    /// Of its body, compressed.
    pub(crate) bytes: usize,
}

impl Crowd {
    /// Begins `polls` polls, spread over the definitions nodes, and returns when all are held.
    pub(crate) async fn gather(cluster: &Cluster, polls: u32) -> anyhow::Result<Self> {
        let nodes: Vec<&Node> = cluster.nodes_of(Role::Definitions).collect();
        let known = Told {
            at: Instant::now(),
            etag: current_etag(cluster).await?,
            bytes: 0,
        };
        let (tell, told) = mpsc::channel(polls.max(1) as usize);
        let opening = Arc::new(Semaphore::new(OPENING_MAX));
        let mut tasks = Vec::new();
        for (number, node) in nodes.iter().cycle().take(polls as usize).enumerate() {
            let poll = OnePoll {
                number,
                spread: spread(number, polls),
                addresses: node.addresses(),
                etag: known.etag.clone(),
                tell: tell.clone(),
            };
            let permit = Arc::clone(&opening).acquire_owned().await?;
            tasks.push(tokio::spawn(poll.work(permit)));
        }
        let crowd = Self {
            told,
            newest: vec![known; polls as usize],
            tasks,
        };
        crowd.all_held(cluster).await?;
        Ok(crowd)
    }

    /// Waits until every poll was answered with the document that nodes now have, and gives the
    /// last answer of each.
    pub(crate) async fn all_told(&mut self, cluster: &Cluster) -> anyhow::Result<&[Told]> {
        let deadline = Instant::now() + PATIENCE;
        let etag = current_etag(cluster).await?;
        let mut missing = self.newest.iter().filter(|told| told.etag != etag).count();
        while missing > 0 {
            let told = timeout_at(deadline, self.told.recv()).await;
            let told = told.with_context(|| format!("{missing} held polls were not answered"))?;
            let (number, told) = told.context("no poll is left")??;
            let newest = self.newest.get_mut(number).context("a poll of no number")?;
            missing += usize::from(newest.etag == etag);
            missing -= usize::from(told.etag == etag);
            *newest = told;
        }
        Ok(&self.newest)
    }

    /// Waits until the nodes hold all polls (again).
    pub(crate) async fn all_held(&self, cluster: &Cluster) -> anyhow::Result<()> {
        let polls = self.tasks.len();
        if polls == 0 {
            return Ok(());
        }
        let held = timeout(PATIENCE, async {
            while held_polls(cluster).await? < polls {
                sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        });
        held.await.context("not all polls are held")?
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct OnePoll {
    number: usize,
    /// Where it is between the first, 0, and the last, 1.
    spread: f64,
    addresses: watch::Receiver<Option<SocketAddr>>,
    etag: String,
    tell: mpsc::Sender<anyhow::Result<(usize, Told)>>,
}

impl OnePoll {
    /// Polls until the crowd is gone or a node that runs fails.
    async fn work(mut self, opening: OwnedSemaphorePermit) {
        let mut opening = Some(opening);
        loop {
            let Ok(address) = self.addresses.wait_for(Option::is_some).await.map(|at| *at) else {
                return;
            };
            let Some(address) = address else { continue };
            let failed = match Connection::open(address).await {
                Ok(connection) => {
                    drop(opening.take());
                    self.poll(connection).await
                }
                Err(error) => error.into(),
            };
            // A poll of a node that was stopped on purpose goes on where the node is next.
            if *self.addresses.borrow() == Some(address) {
                // With the crowd gone nobody needs to know.
                let _ = self.tell.send(Err(failed)).await;
                return;
            }
        }
    }

    /// Polls until it fails.
    async fn poll(&mut self, mut connection: Connection) -> anyhow::Error {
        loop {
            let request = request::definitions(Poll {
                etag: Some(&self.etag),
                wait_secs: Some(WAIT_SECS),
                compressed: true,
            });
            let told = match connection.ask(&request).await {
                // Nothing changed for as long as a node holds a poll.
                Ok(answer) if answer.status == 304 => continue,
                Ok(answer) => Told::of(&answer),
                Err(error) => Err(error.into()),
            };
            connection.release();
            match told {
                Ok(told) => {
                    told.etag.clone_into(&mut self.etag);
                    if let Err(error) = self.tell.send(Ok((self.number, told))).await {
                        return error.into();
                    }
                    // Spread over as much again, so that they do not come back as a crowd.
                    sleep(POLL_INTERVAL + POLL_INTERVAL.mul_f64(self.spread)).await;
                }
                Err(error) => return error,
            }
        }
    }
}

impl Told {
    fn of(answer: &Answer<'_>) -> anyhow::Result<Self> {
        let at = Instant::now();
        let status = answer.status;
        anyhow::ensure!(status == 200, "a held poll was answered {status}");
        Ok(Self {
            at,
            etag: answer.header("etag").context("no ETag")?.to_owned(),
            bytes: answer.body.len(),
        })
    }
}

/// The ETag of the document that all definitions nodes have, once they agree.
async fn current_etag(cluster: &Cluster) -> anyhow::Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut etags = Vec::new();
        for node in cluster.nodes_of(Role::Definitions) {
            let mut connection = Connection::open(node.address()?).await?;
            let request = request::definitions(Poll::default());
            let answer = connection.ask(&request).await?;
            anyhow::ensure!(answer.status == 200, "{} for definitions", answer.status);
            etags.push(answer.header("etag").context("no ETag")?.to_owned());
        }
        etags.dedup();
        if let [etag] = etags.as_slice() {
            return Ok(etag.clone());
        }
        anyhow::ensure!(Instant::now() < deadline, "definitions nodes differ");
        sleep(Duration::from_millis(5)).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2⁵³")]
fn spread(number: usize, polls: u32) -> f64 {
    number as f64 / f64::from(polls)
}

/// How many polls the definitions nodes say they hold.
async fn held_polls(cluster: &Cluster) -> anyhow::Result<usize> {
    let mut held = 0.0;
    for node in cluster.nodes_of(Role::Definitions) {
        let metric = node.metric(HELD_METRIC).await?;
        held += metric.with_context(|| format!("no {HELD_METRIC}"))?;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count far below 2⁵³"
    )]
    Ok(held as usize)
}
