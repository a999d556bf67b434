//! Watches one node and tells when its answers change.
//!
//! Each watch has a thread of its own: on a busy machine, every other thread that has a part in it would
//! have to be waited for as well.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::contents::number_in;
use crate::node::Node;
use crate::request::{self, Poll};

/// Seconds for which a poll may be held.
pub(crate) const WAIT_SECS: u32 = 20;

/// Between two questions to a node that is watched. Shorter ones would be a load of thousands of
/// requests a second beside what is measured, on the same cores.
const SPACING: Duration = Duration::from_micros(500);

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
    /// Gone with it, which ends the watch.
    _watches: oneshot::Sender<()>,
}

impl Observer {
    /// Begins to watch `node`, at `position` among the watched. The first sighting is of how it is.
    pub(crate) fn of(
        (position, node): (usize, &Node),
        manner: Manner,
        seen: mpsc::Sender<anyhow::Result<Sighting>>,
    ) -> anyhow::Result<Self> {
        let address = node.address()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (watches, over) = oneshot::channel();
        let watching = async move {
            let failure = tokio::select! {
                ended = watch(address, (position, manner), &seen) => ended.err(),
                _ = over => None,
            };
            if let Some(failure) = failure {
                // Nobody may be listening any more.
                let _ = seen.send(Err(failure)).await;
            }
        };
        thread::Builder::new()
            .name("observer".to_owned())
            .spawn(move || runtime.block_on(watching))?;
        Ok(Self { _watches: watches })
    }
}

async fn watch(
    address: SocketAddr,
    (node, manner): (usize, Manner),
    seen: &mpsc::Sender<anyhow::Result<Sighting>>,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
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
            pause();
        }
    }
}

/// Nothing else is to be done on the thread of a watch, and the runtime's own timer ticks in
/// milliseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "it blocks nobody but the watch itself"
)]
fn pause() {
    thread::sleep(SPACING);
}
