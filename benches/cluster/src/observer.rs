//! Watches one node and tells when its answers change.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::contents::number_in;
use crate::node::Node;
use crate::pause;
use crate::request::{self, Poll};

/// Seconds for which a poll may be held.
pub(crate) const WAIT_SECS: u32 = 20;

/// How a node is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Flags, asked again and again.
    Flags,
    /// Definitions, by a poll that is held until they change.
    Held,
    /// Definitions, asked again and again.
    Polled,
}

/// A node's first answer with a change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting {
    /// Which watched node, by its position.
    pub(crate) node: usize,
    /// The number of the change.
    pub(crate) number: u32,
    /// When the answer was there.
    pub(crate) at: Instant,
}

/// Watches a node; the watch ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Observer {
    watching: JoinHandle<()>,
}

impl Observer {
    /// Begins to watch `node`, at `position` among the watched. The first sighting is of how it is.
    pub(crate) async fn of(
        (position, node): (usize, &Node),
        manner: Manner,
        seen: mpsc::Sender<anyhow::Result<Sighting>>,
    ) -> anyhow::Result<Self> {
        let connection = Connection::open(node.address()?).await?;
        let watching = tokio::spawn(async move {
            if let Err(error) = watch(connection, (position, manner), &seen).await {
                // Nobody may be listening any more.
                let _ = seen.send(Err(error)).await;
            }
        });
        Ok(Self { watching })
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

async fn watch(
    mut connection: Connection,
    (node, manner): (usize, Manner),
    seen: &mpsc::Sender<anyhow::Result<Sighting>>,
) -> anyhow::Result<()> {
    let mut request = match manner {
        Manner::Flags => request::moving_flag(),
        Manner::Held | Manner::Polled => request::definitions(Poll::default()),
    };
    let mut newest = None;
    loop {
        let answer = connection.ask(&request).await?;
        let at = Instant::now();
        if answer.status == 200 {
            let number = number_in(answer.body);
            let number = number.ok_or_else(|| anyhow::anyhow!("an answer without the flag"))?;
            if newest != Some(number) {
                newest = Some(number);
                seen.send(Ok(Sighting { node, number, at })).await?;
            }
            if manner != Manner::Flags {
                request = request::definitions(Poll {
                    etag: answer.header("etag"),
                    wait_secs: (manner == Manner::Held).then_some(WAIT_SECS),
                    compressed: false,
                });
            }
        } else if answer.status != 304 {
            anyhow::bail!("a node answered {}", answer.status);
        }
        if manner != Manner::Held {
            pause::spacing().await;
        }
    }
}
