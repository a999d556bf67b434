//! Polls that the definitions nodes of the cluster hold, and what they were told last.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::cluster::Cluster;
use crate::connection::Connection;
use crate::crowd::{Crowd, Question, Told};
use crate::node::{Node, Role};
use crate::observer::WAIT_SECS;
use crate::request::{self, Poll};

/// How long all polls may take to be held, and to be answered, before something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a node says it holds.
const HELD_METRIC: &str = "burgee_waiting";

/// Polls that are held at the definitions nodes; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct HeldPolls {
    crowd: Crowd,
    /// The newest document of each poll.
    newest: Vec<Told>,
}

impl HeldPolls {
    /// Begins `polls` polls, spread over the definitions nodes, and returns when all are held.
    pub(crate) async fn begin(cluster: &Cluster, polls: u32) -> anyhow::Result<Self> {
        let nodes: Vec<&Node> = cluster.nodes_of(Role::Definitions).collect();
        let etag: Arc<str> = current_etag(cluster).await?.into();
        let addresses = nodes.iter().cycle().take(polls as usize);
        let question = Question {
            request: |etag| {
                request::definitions(Poll {
                    etag: Some(etag),
                    wait_secs: Some(WAIT_SECS),
                    compressed: true,
                })
            },
            etag: Arc::clone(&etag),
        };
        let crowd = Crowd::gather(addresses.map(|node| node.addresses()).collect(), &question)?;
        let at = Instant::now();
        let newest = (0..polls as usize).map(|poll| Told {
            poll,
            at,
            etag: Arc::clone(&etag),
            bytes: 0,
        });
        let held = Self {
            crowd,
            newest: newest.collect(),
        };
        held.all_held(cluster).await?;
        Ok(held)
    }

    /// Waits until every poll was answered with the document that nodes now have, and gives the
    /// last answer of each.
    pub(crate) async fn all_told(&mut self, cluster: &Cluster) -> anyhow::Result<&[Told]> {
        let deadline = Instant::now() + PATIENCE;
        let etag = current_etag(cluster).await?;
        let mut missing = self
            .newest
            .iter()
            .filter(|told| *told.etag != *etag)
            .count();
        while missing > 0 {
            let told = timeout_at(deadline, self.crowd.told()).await;
            let told = told.with_context(|| format!("{missing} held polls were not answered"))?;
            for told in told? {
                let newest = self
                    .newest
                    .get_mut(told.poll)
                    .context("a poll of no number")?;
                missing += usize::from(*newest.etag == *etag);
                missing -= usize::from(*told.etag == *etag);
                *newest = told;
            }
        }
        Ok(&self.newest)
    }

    /// Waits until the nodes hold all polls (again).
    pub(crate) async fn all_held(&self, cluster: &Cluster) -> anyhow::Result<()> {
        let polls = self.newest.len();
        if polls == 0 {
            return Ok(());
        }
        let held = timeout(PATIENCE, async {
            while held_now(cluster).await? < polls {
                sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        });
        held.await.context("not all polls are held")?
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

/// How many polls the definitions nodes say they hold.
async fn held_now(cluster: &Cluster) -> anyhow::Result<usize> {
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
