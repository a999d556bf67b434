//! Counts of requests, in PostHog's hashes: for each environment one of all requests and one for each
//! SDK, with buckets of two minutes as fields (spec: service §8.2). What PostHog does not count has
//! hashes of the same shape under our own prefix.
//!
//! A batch is added by a script that remembers, by writer, which it has seen. One server runs it once
//! for the whole batch. In a cluster each hash lives where its name puts it, so it runs once for each,
//! and what it remembers is kept beside the hash: `{NAME}` hashes to where `NAME` does.

use std::{collections::BTreeMap, ops::Range};

use async_trait::async_trait;
use burgee_model::EnvironmentId;
use burgee_store::{
    StoreError, USAGE_KEPT_DAYS, UsageBatch, UsageBucket, UsageCount, UsageKind, UsageLibrary,
    UsageStore, UsageTotal,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::{Cmd, cmd};

use crate::Redis;

/// Adds to hashes unless that was done before.
const ADD: &str = include_str!("usage/add.lua");

/// How long a writer's last batch is remembered: far longer than anybody tries to send it.
const WRITER_TTL_MS: u64 = 24 * 3_600 * 1_000;

/// Hashes that are read in one trip, or added to at once in a cluster.
const AT_ONCE: usize = 16;

/// One count for one hash.
struct Increment {
    key: String,
    bucket: UsageBucket,
    count: u64,
}

#[async_trait]
impl UsageStore for Redis {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError> {
        batch.check()?;
        if batch.counts.is_empty() {
            return Ok(());
        }
        let by_library: Vec<String> = batch.counts.iter().map(|it| self.library_key(it)).collect();
        let mut increments = Vec::with_capacity(batch.counts.len() * 2);
        for (count, key) in batch.counts.iter().zip(&by_library) {
            let total = format!("{}:{}", self.kind_key(count.kind), count.environment.0);
            for key in [total, key.clone()] {
                increments.push(Increment {
                    key,
                    bucket: count.bucket,
                    count: count.count,
                });
            }
        }
        // Known before they are counted: what is listed and not there reads as nothing.
        let mut listing = cmd("SADD");
        listing.arg(self.listing_key()).arg(&by_library);
        self.write(listing).await?;
        if self.inner.counters.is_cluster() {
            self.add_apart(batch, increments).await
        } else {
            let marker = format!("{}usage_writer:{}", self.inner.prefix, batch.writer_name());
            self.write(add(&marker, batch.sequence, &increments)).await
        }
    }

    async fn read_usage(&self, buckets: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        let mut listing = cmd("SMEMBERS");
        listing.arg(self.listing_key());
        let limit = self.inner.read_timeout;
        let stored: Vec<String> = self.inner.counters.command(limit, &listing).await?;
        let sums: Vec<Option<UsageTotal>> = stream::iter(stored)
            .map(|key| self.sum(key, &buckets))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut totals: Vec<UsageTotal> = sums.into_iter().flatten().collect();
        UsageTotal::sort(&mut totals);
        Ok(totals)
    }
}

impl Redis {
    /// Hash by hash. When some fail the batch has not been added; those that did not will know it
    /// when it comes again.
    async fn add_apart(
        &self,
        batch: &UsageBatch,
        increments: Vec<Increment>,
    ) -> Result<(), StoreError> {
        let mut by_key: BTreeMap<String, Vec<Increment>> = BTreeMap::new();
        for increment in increments {
            let of_key = by_key.entry(increment.key.clone()).or_default();
            of_key.push(increment);
        }
        let writer = batch.writer_name();
        let commands = by_key.into_iter().map(|(key, increments)| {
            let marker = format!("{{{key}}}:writer:{writer}");
            add(&marker, batch.sequence, &increments)
        });
        stream::iter(commands)
            .map(|command| self.write(command))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn write(&self, command: Cmd) -> Result<(), StoreError> {
        let limit = self.inner.write_timeout;
        self.inner.counters.command(limit, &command).await
    }

    async fn sum(
        &self,
        key: String,
        buckets: &Range<UsageBucket>,
    ) -> Result<Option<UsageTotal>, StoreError> {
        let Some((kind, environment, library)) = self.parse_library_key(&key) else {
            return Ok(None);
        };
        let mut command = cmd("HGETALL");
        command.arg(&key);
        let limit = self.inner.read_timeout;
        let stored: Vec<(u32, u64)> = self.inner.counters.command(limit, &command).await?;
        let wanted = stored
            .into_iter()
            .filter(|(bucket, _)| buckets.contains(&UsageBucket(*bucket)));
        let count = wanted.fold(0_u64, |sum, (_, count)| sum.saturating_add(count));
        Ok((count > 0).then_some(UsageTotal {
            environment,
            kind,
            library,
            count,
        }))
    }

    /// Names of the hashes by SDK that were ever added to.
    fn listing_key(&self) -> String {
        format!("{}usage_keys", self.inner.prefix)
    }

    fn kind_key(&self, kind: UsageKind) -> String {
        match kind {
            UsageKind::Flags => "posthog:decide_requests".to_owned(),
            UsageKind::Definitions => "posthog:local_evaluation_requests".to_owned(),
            UsageKind::Ofrep | UsageKind::RemoteConfig => {
                format!("{}{}_requests", self.inner.prefix, kind.as_str())
            }
        }
    }

    fn library_key(&self, count: &UsageCount) -> String {
        let kind = self.kind_key(count.kind);
        format!(
            "{kind}:sdk:{}:{}",
            count.environment.0,
            count.library.as_str()
        )
    }

    /// The other way of [`Self::library_key`].
    fn parse_library_key(&self, key: &str) -> Option<(UsageKind, EnvironmentId, UsageLibrary)> {
        let mut kinds = UsageKind::ALL.iter().copied();
        kinds.find_map(|kind| {
            let rest = key.strip_prefix(&self.kind_key(kind))?;
            let (environment, library) = rest.strip_prefix(":sdk:")?.split_once(':')?;
            let environment = EnvironmentId(environment.parse().ok()?);
            Some((kind, environment, UsageLibrary::parse(library)?))
        })
    }
}

/// The script with its arguments.
fn add(marker: &str, sequence: u64, increments: &[Increment]) -> Cmd {
    let mut command = cmd("EVAL");
    command.arg(ADD).arg(increments.len() + 1).arg(marker);
    for increment in increments {
        command.arg(&increment.key);
    }
    command
        .arg(format!("{sequence:020}"))
        .arg(WRITER_TTL_MS)
        .arg(u64::from(USAGE_KEPT_DAYS) * 24 * 3_600);
    for increment in increments {
        command.arg(increment.bucket.0).arg(increment.count);
    }
    command
}
