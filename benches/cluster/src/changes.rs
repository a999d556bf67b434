//! How soon every node has a change.

use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::cluster::{Cluster, Made};
use crate::node::Role;
use crate::observer::{Manner, Observer, Sighting};
use crate::options::Options;
use crate::spread::Spread;

/// How long a node may take to know of a change before something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// One node, watched in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct NodeChanges {
    /// The node.
    pub(crate) node: String,
    /// What it was asked.
    pub(crate) asked: &'static str,
    /// From the acknowledged commit to its first answer with the change.
    pub(crate) seen: Spread,
}

/// Makes changes one by one, each when the one before is everywhere.
pub(crate) async fn measure(
    cluster: &Cluster,
    options: &Options,
) -> anyhow::Result<Vec<NodeChanges>> {
    let mut series = of_manner(cluster, options.changes, Manner::Held).await?;
    let polled = of_manner(cluster, options.changes, Manner::Polled).await?;
    series.extend(polled);
    Ok(series)
}

async fn of_manner(
    cluster: &Cluster,
    changes: u32,
    of_definitions: Manner,
) -> anyhow::Result<Vec<NodeChanges>> {
    let watched: Vec<_> = cluster
        .nodes
        .iter()
        .filter_map(|node| match (node.role, of_definitions) {
            (Role::Flags, Manner::Held) => Some((node, Manner::Flags)),
            (Role::Definitions, manner) => Some((node, manner)),
            _ => None,
        })
        .collect();
    let (seen, mut sightings) = mpsc::channel(watched.len());
    let mut observers = Vec::new();
    for (position, (node, manner)) in watched.iter().enumerate() {
        observers.push(Observer::of((position, node), *manner, seen.clone())?);
    }
    // Every node's state before the first change.
    let mut newest = vec![None; watched.len()];
    while newest.contains(&None) {
        note(&mut newest, next(&mut sightings).await?);
    }
    let mut samples = vec![Vec::new(); watched.len()];
    for turn in 0..changes {
        // Not in step with anything that a node does at intervals.
        sleep(Duration::from_millis(u64::from(15 + turn * 7 % 20))).await;
        let made = cluster.change().await?;
        everywhere(made, &mut newest, &mut samples, &mut sightings).await?;
    }
    let rows = watched.iter().zip(samples);
    let rows = rows.map(|((node, manner), samples)| NodeChanges {
        node: node.name.to_owned(),
        asked: manner.describe(),
        seen: Spread::of(samples),
    });
    Ok(rows.collect())
}

/// Waits until every node has the change.
async fn everywhere(
    made: Made,
    newest: &mut [Option<u32>],
    samples: &mut [Vec<Duration>],
    sightings: &mut mpsc::Receiver<anyhow::Result<Sighting>>,
) -> anyhow::Result<()> {
    while newest.iter().any(|newest| *newest < Some(made.number)) {
        let sighting = next(sightings).await?;
        note(newest, sighting);
        if let Some(samples) = samples.get_mut(sighting.node) {
            samples.push(sighting.at.saturating_duration_since(made.at));
        }
    }
    Ok(())
}

fn note(newest: &mut [Option<u32>], sighting: Sighting) {
    if let Some(newest) = newest.get_mut(sighting.node) {
        *newest = Some(sighting.number);
    }
}

async fn next(
    sightings: &mut mpsc::Receiver<anyhow::Result<Sighting>>,
) -> anyhow::Result<Sighting> {
    let sighting = timeout(PATIENCE, sightings.recv()).await;
    let sighting = sighting.context("a change did not reach every node")?;
    sighting.context("nobody watches any more")?
}

impl Manner {
    fn describe(self) -> &'static str {
        match self {
            Self::Flags => "flags",
            Self::Held => "definitions, held",
            Self::Polled => "definitions, polled",
        }
    }
}
