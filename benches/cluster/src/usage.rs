//! Whether what was answered was counted.
//!
//! Counts are in Redis, which loses them when it is killed; so they are read right before, while it
//! lets nobody write. What nodes could not write meanwhile they write later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use burgee_redis::{Redis, RedisConfig};
use burgee_store::{UsageBucket, UsageKind, UsageStore as _};
use burgee_testkit::RedisServer;
use serde::Serialize;
use tokio::time::sleep;

/// Every bucket.
const EVER: std::ops::Range<UsageBucket> = UsageBucket(0)..UsageBucket(u32::MAX);

/// Longer than it takes to read counts and kill the server.
const PAUSE_MS: &str = "5000";

/// Reads before giving up, and the pause between them: together less than [`PAUSE_MS`].
const READS_MAX: u32 = 30;
const BETWEEN_READS: Duration = Duration::from_millis(100);

/// Answers of this program's nodes that count: whole ones, of flags and definitions.
pub(crate) static ANSWERED: AtomicU64 = AtomicU64::new(0);

/// Requests of that kind whose answer was not seen, as those under way when a node was killed: the
/// node may have counted them or not.
pub(crate) static UNSEEN: AtomicU64 = AtomicU64::new(0);

/// Answers given and counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Usage {
    /// Answers that this program was given and that count.
    pub(crate) answered: u64,
    /// Requests whose answer it did not see.
    pub(crate) unseen: u64,
    /// What the nodes counted.
    pub(crate) counted: u64,
    /// How many may be lost: those since the last flush of a node that was killed.
    pub(crate) lost_max: u64,
}

/// Keeps the counts that Redis has.
#[derive(Debug)]
pub(crate) struct Ledger {
    redis: Redis,
    url: String,
    /// What Redis had when it was killed.
    saved: u64,
}

impl Usage {
    /// Nothing is counted twice, and nothing is lost beyond the bound.
    pub(crate) fn is_within_bounds(&self) -> bool {
        let counted = self.counted;
        counted <= self.answered + self.unseen && counted + self.lost_max >= self.answered
    }
}

impl Ledger {
    /// Connects to nothing yet.
    pub(crate) fn new(url: String) -> anyhow::Result<Self> {
        Ok(Self {
            redis: Redis::open(&RedisConfig::at(url.parse()?))?,
            url,
            saved: 0,
        })
    }

    /// Keeps what Redis has, and keeps Redis from changing it: it is about to be killed.
    pub(crate) async fn save(&mut self, server: &RedisServer) -> anyhow::Result<()> {
        server.command(&self.url, &["CLIENT", "PAUSE", PAUSE_MS, "WRITE"]);
        self.saved += self.read().await?;
        Ok(())
    }

    /// Everything that was counted, once all nodes have stopped. `lost_max` is the bound.
    pub(crate) async fn settle(&self, lost_max: u64) -> anyhow::Result<Usage> {
        Ok(Usage {
            answered: ANSWERED.load(Ordering::Relaxed),
            unseen: UNSEEN.load(Ordering::Relaxed),
            counted: self.saved + self.read().await?,
            lost_max,
        })
    }

    async fn read(&self) -> anyhow::Result<u64> {
        let mut tries = READS_MAX;
        let totals = loop {
            tries -= 1;
            match self.redis.read_usage(EVER).await {
                Ok(totals) => break totals,
                Err(error) if tries == 0 => return Err(error.into()),
                // The connection may be one to the server that was killed before.
                Err(_) => sleep(BETWEEN_READS).await,
            }
        };
        let kinds = [UsageKind::Flags, UsageKind::Definitions];
        let asked = totals.iter().filter(|total| kinds.contains(&total.kind));
        Ok(asked.map(|total| total.count).sum())
    }
}

/// Notes a request that may be counted, until its answer is seen.
#[derive(Debug)]
pub(crate) struct Noted {
    is_open: bool,
}

impl Noted {
    /// Notes `request`, if it is of a kind that is counted.
    pub(crate) fn of(request: &[u8]) -> Self {
        let is_open = [&b"POST /flags"[..], b"GET /flags/definitions"]
            .iter()
            .any(|start| request.starts_with(start));
        Self { is_open }
    }

    /// Its answer was seen.
    pub(crate) fn answered(mut self, status: u16) {
        if self.is_open && status == 200 {
            ANSWERED.fetch_add(1, Ordering::Relaxed);
        }
        self.is_open = false;
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        if self.is_open {
            UNSEEN.fetch_add(1, Ordering::Relaxed);
        }
    }
}
