//! Asks a node all the time, looks at every answer, and keeps account.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, timeout};

use crate::connection::Connection;
use crate::contents;
use crate::node::{Node, Role};
use crate::request::{self, Poll};

/// Milliseconds between two questions to a node.
const INTERVAL_MS: u64 = 4;

/// Answers of one node between two flushes of its counts ([`crate::node::FLUSH_MS`]), with as much
/// again for those who watch it: what it loses when it is killed.
pub(crate) const LOST_MAX: u64 = 2 * crate::node::FLUSH_MS / INTERVAL_MS;

/// An answer that takes longer counts as missing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Every so many questions for definitions, the whole document is asked for.
const WHOLE_EVERY: u64 = 10;

/// Complaints that are kept of a node; the others are counted.
const COMPLAINTS_MAX: usize = 5;

/// The header by which an answer says that it may be stale.
const STALE_HEADER: &str = "x-burgee-definitions-age";

/// The account of one node.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Right answers.
    pub(crate) right: u64,
    /// Answers that were wrong, refusals, and questions that were not answered.
    pub(crate) failed: u64,
    /// The first of these.
    pub(crate) complaints: Vec<String>,
    /// Longest time from one right answer to the next.
    pub(crate) gap: Duration,
    /// Right answers that said they may be stale.
    pub(crate) stale: u64,
    /// The newest change that an answer had.
    pub(crate) newest: u32,
    last_right: Instant,
}

/// Asks one node; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    /// The node.
    pub(crate) name: &'static str,
    tally: Arc<Mutex<Tally>>,
    asking: JoinHandle<()>,
}

/// What asking needs to know.
#[derive(Debug)]
struct Asker {
    role: Role,
    flags: u16,
    begun: Arc<AtomicU32>,
    tally: Arc<Mutex<Tally>>,
    etag: Option<String>,
}

impl Load {
    /// Begins to ask.
    pub(crate) fn on(node: &Node, flags: u16, begun: &Arc<AtomicU32>) -> Self {
        let tally = Arc::new(Mutex::new(Tally::new()));
        let asker = Asker {
            role: node.role,
            flags,
            begun: Arc::clone(begun),
            tally: Arc::clone(&tally),
            etag: None,
        };
        Self {
            name: node.name,
            tally,
            asking: tokio::spawn(asker.work(node.addresses())),
        }
    }

    /// The account so far. A silence that goes on counts as well.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = lock(&self.tally).clone();
        tally.gap = tally.gap.max(tally.last_right.elapsed());
        tally
    }

    /// Begins the account anew.
    pub(crate) fn begin(&self) {
        let mut tally = lock(&self.tally);
        let newest = tally.newest;
        *tally = Tally::new();
        tally.newest = newest;
    }

    /// A node that is started anew may know less than it did; it is asked from now on.
    pub(crate) fn forget(&self) {
        *lock(&self.tally) = Tally::new();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

impl Tally {
    fn new() -> Self {
        Self {
            right: 0,
            failed: 0,
            complaints: Vec::new(),
            gap: Duration::ZERO,
            stale: 0,
            newest: 0,
            last_right: Instant::now(),
        }
    }

    fn complain(&mut self, complaint: String) {
        self.failed += 1;
        if self.complaints.len() < COMPLAINTS_MAX {
            self.complaints.push(complaint);
        }
    }
}

impl Asker {
    async fn work(mut self, mut addresses: watch::Receiver<Option<SocketAddr>>) {
        let mut ticks = interval(Duration::from_millis(INTERVAL_MS));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut connected: Option<(SocketAddr, Connection)> = None;
        for turn in 0.. {
            ticks.tick().await;
            // Nobody asks a node that is stopped on purpose.
            let Ok(address) = addresses.wait_for(Option::is_some).await.map(|at| *at) else {
                return;
            };
            let Some(address) = address else { continue };
            let kept = connected.take().filter(|(at, _)| *at == address);
            let asked = timeout(ANSWER_TIMEOUT, self.ask(address, kept, turn)).await;
            match asked.context("no answer in time").flatten() {
                Ok(connection) => connected = Some((address, connection)),
                // What was under way when the node was stopped is not its failure.
                Err(_) if *addresses.borrow() != Some(address) => {}
                Err(error) => lock(&self.tally).complain(format!("{error:#}")),
            }
        }
    }

    /// Asks once. Errors: anything but a right answer.
    async fn ask(
        &mut self,
        address: SocketAddr,
        kept: Option<(SocketAddr, Connection)>,
        turn: u64,
    ) -> anyhow::Result<Connection> {
        let mut connection = match kept {
            Some((_, connection)) => connection,
            None => Connection::open(address).await?,
        };
        if turn.is_multiple_of(WHOLE_EVERY) {
            self.etag = None;
        }
        let request = match self.role {
            Role::Flags => request::flags(),
            Role::Definitions | Role::Admin => request::definitions(Poll {
                etag: self.etag.as_deref(),
                ..Poll::default()
            }),
        };
        let answer = connection.ask(&request).await?;
        let is_stale = answer.header(STALE_HEADER).is_some();
        let number = match answer.status {
            304 if self.etag.is_some() => None,
            200 => {
                self.etag = answer.header("etag").map(str::to_owned);
                Some(self.check(answer.body)?)
            }
            status => anyhow::bail!("status {status}"),
        };
        self.note_right(number, is_stale)?;
        Ok(connection)
    }

    /// The change that a whole answer has.
    fn check(&self, body: &[u8]) -> anyhow::Result<u32> {
        match self.role {
            Role::Flags => contents::check_answer(self.flags, body)?,
            Role::Definitions | Role::Admin => contents::check_document(self.flags, body)?,
        }
        contents::number_in(body).context("the flag that moves is missing")
    }

    fn note_right(&self, number: Option<u32>, is_stale: bool) -> anyhow::Result<()> {
        let mut tally = lock(&self.tally);
        if let Some(number) = number {
            let begun = self.begun.load(Ordering::Relaxed);
            anyhow::ensure!(number <= begun, "change {number} was never made");
            let newest = tally.newest;
            anyhow::ensure!(number >= newest, "change {number} after {newest}");
            tally.newest = number;
        }
        tally.right += 1;
        tally.stale += u64::from(is_stale);
        let now = Instant::now();
        tally.gap = tally.gap.max(now - tally.last_right);
        tally.last_right = now;
        Ok(())
    }
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
