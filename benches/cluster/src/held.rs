//! How soon thousands of held polls are answered, and what memory they take.

use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use crate::bare;
use crate::cluster::Cluster;
use crate::held_polls::HeldPolls;
use crate::node::Role;
use crate::options::Options;
use crate::spread::Spread;

/// Before the document's ETag is asked for, which would otherwise compete with the answers that are
/// measured.
const SETTLING: Duration = Duration::from_millis(500);

/// All held polls, over all changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Held {
    /// How many polls were held at once.
    pub(crate) polls: u32,
    /// Changes that all of them were told.
    pub(crate) changes: u32,
    /// Bytes of one answer's body, compressed.
    pub(crate) answer_bytes: usize,
    /// From the acknowledged commit to each answer.
    pub(crate) answered: Spread,
    /// How many sockets without a server behind them were held at once.
    pub(crate) bare_polls: u32,
    /// The same of those.
    pub(crate) bare: Spread,
    /// Resident bytes that each definitions node grew by, per poll that it holds, before the first
    /// answer.
    pub(crate) bytes_per_poll: Vec<(String, u64)>,
}

/// Holds the polls and makes changes.
pub(crate) async fn measure(cluster: &Cluster, options: &Options) -> anyhow::Result<Held> {
    let before = memory(cluster)?;
    let mut held = HeldPolls::begin(cluster, options.held).await?;
    let after = memory(cluster)?;
    let mut samples = Vec::new();
    let mut answer_bytes = 0;
    for _ in 0..options.held_changes {
        let made = cluster.change().await?;
        sleep(SETTLING).await;
        let told = held.all_told(cluster).await?;
        samples.extend(
            told.iter()
                .map(|told| told.at.saturating_duration_since(made.at)),
        );
        answer_bytes = told.first().map_or(0, |told| told.bytes);
        held.all_held(cluster).await?;
    }
    drop(held);
    let bare_polls = bare::polls_of(options.held);
    let bare = bare::measure(bare_polls, answer_bytes, options.held_changes).await?;
    let per_node = u64::from(options.held) / before.len().max(1) as u64;
    let growth = before.iter().zip(after);
    Ok(Held {
        polls: options.held,
        changes: options.held_changes,
        answer_bytes,
        answered: Spread::of(samples),
        bare_polls,
        bare,
        bytes_per_poll: growth
            .map(|((name, before), (_, after))| {
                let grown = after.saturating_sub(*before);
                (
                    name.clone(),
                    grown.checked_div(per_node).unwrap_or_default(),
                )
            })
            .collect(),
    })
}

fn memory(cluster: &Cluster) -> anyhow::Result<Vec<(String, u64)>> {
    let nodes = cluster.nodes_of(Role::Definitions);
    nodes
        .map(|node| Ok((node.name.to_owned(), node.memory_bytes()?)))
        .collect()
}
