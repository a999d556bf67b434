//! Takes away what nodes depend on, while they are asked, and gives it back.

use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::cluster::{Cluster, Made};
use crate::held_polls::HeldPolls;
use crate::load::{Load, Tally};
use crate::node::Node;
use crate::options::Options;

/// How long nodes may take to agree once everything is back.
const RECOVERY_PATIENCE: Duration = Duration::from_secs(20);

/// Between two faults.
const SETTLING: Duration = Duration::from_secs(1);

/// The nodes that are started anew while nothing they depend on is there.
const RESTARTED: [&str; 2] = ["flags-1", "definitions-1"];

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Redis,
    Postgres,
    Both,
    Partition,
    Restart,
}

const PLAN: [Fault; 5] = [
    Fault::Redis,
    Fault::Postgres,
    Fault::Both,
    Fault::Partition,
    Fault::Restart,
];

/// What happened during one fault and after it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Outcome {
    /// What was broken.
    pub(crate) fault: &'static str,
    /// Right answers of all nodes.
    pub(crate) right: u64,
    /// Wrong and missing ones.
    pub(crate) failed: u64,
    /// The first of these of each node.
    pub(crate) complaints: Vec<String>,
    /// The node that was silent longest, and for how many milliseconds.
    pub(crate) gap: (String, f64),
    /// Milliseconds from a change made meanwhile to the last node that could know of it.
    pub(crate) change_meanwhile_ms: Option<f64>,
    /// Milliseconds from the start of the slowest node that was started anew until it could answer.
    pub(crate) started_ms: Option<f64>,
    /// Nodes that said that they may be stale.
    pub(crate) stale: Vec<String>,
    /// Nodes that had to say so and did not.
    pub(crate) silent: Vec<String>,
    /// Milliseconds from when everything was back until all nodes had the newest change; `None`:
    /// they never did.
    pub(crate) agree_ms: Option<f64>,
}

/// The whole plan.
pub(crate) async fn measure(
    cluster: &mut Cluster,
    options: &Options,
) -> anyhow::Result<Vec<Outcome>> {
    let loads: Vec<Load> = cluster
        .nodes
        .iter()
        .filter(|node| node.is_asked())
        .map(|node| Load::on(node, cluster.flags, &cluster.begun))
        .collect();
    let mut held = HeldPolls::begin(cluster, options.fault_held).await?;
    let mut outcomes = Vec::new();
    for fault in PLAN {
        // What one fault left behind is not to be measured with the next.
        sleep(SETTLING).await;
        eprintln!("{} …", fault.describe());
        let lasts = Duration::from_secs(options.fault_secs);
        let outcome = one(cluster, fault, lasts, &loads).await;
        let mut outcome = outcome.with_context(|| fault.describe())?;
        if let Err(error) = held.all_told(cluster).await {
            outcome.complaints.push(format!("held polls: {error:#}"));
            outcome.failed += 1;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn one(
    cluster: &mut Cluster,
    fault: Fault,
    lasts: Duration,
    loads: &[Load],
) -> anyhow::Result<Outcome> {
    loads.iter().for_each(Load::begin);
    fault.begin(cluster).await?;
    let change_meanwhile_ms = match fault {
        Fault::Redis | Fault::Partition => Some(change_meanwhile(cluster, fault, loads).await?),
        _ => None,
    };
    let started_ms = match fault {
        Fault::Restart => Some(restart(cluster, loads).await?),
        _ => None,
    };
    sleep(lasts).await;
    let tallies: Vec<Tally> = loads.iter().map(Load::tally).collect();
    fault.end(cluster);
    let back = Instant::now();
    let made = cluster.change().await?;
    let agreed = has_everywhere(loads, made, RECOVERY_PATIENCE, |_| true).await;
    let afterwards: Vec<Tally> = loads.iter().map(Load::tally).collect();
    Ok(Outcome {
        fault: fault.describe(),
        right: afterwards.iter().map(|tally| tally.right).sum(),
        failed: afterwards.iter().map(|tally| tally.failed).sum(),
        complaints: complaints(loads, &afterwards),
        gap: longest_gap(loads, &afterwards),
        change_meanwhile_ms,
        started_ms,
        stale: names(loads, &tallies, |_, tally| tally.stale > 0),
        silent: names(loads, &tallies, |name, tally| {
            tally.stale == 0 && fault.makes_stale(name)
        }),
        agree_ms: agreed.map(|at| milliseconds(at.saturating_duration_since(back))),
    })
}

/// Makes a change and waits for the nodes that can know of it.
async fn change_meanwhile(cluster: &Cluster, fault: Fault, loads: &[Load]) -> anyhow::Result<f64> {
    let made = cluster.change().await?;
    let can_know = |name: &str| !(fault == Fault::Partition && fault.makes_stale(name));
    let known = has_everywhere(loads, made, RECOVERY_PATIENCE, can_know).await;
    let known = known.context("a change made meanwhile did not reach the nodes")?;
    Ok(milliseconds(known.saturating_duration_since(made.at)))
}

/// Ends two nodes, one of them without a word, and starts them anew.
async fn restart(cluster: &mut Cluster, loads: &[Load]) -> anyhow::Result<f64> {
    let mut slowest = Duration::ZERO;
    let restarted = cluster
        .nodes
        .iter_mut()
        .filter(|node| RESTARTED.contains(&node.name));
    for (turn, node) in restarted.enumerate() {
        if turn == 0 {
            node.kill().await?;
        } else {
            node.stop().await?;
        }
        for load in loads.iter().filter(|load| load.name == node.name) {
            load.forget();
        }
        let told = Instant::now();
        node.start().await?;
        slowest = slowest.max(told.elapsed());
        for load in loads.iter().filter(|load| load.name == node.name) {
            load.begin();
        }
    }
    Ok(milliseconds(slowest))
}

/// When the last of the nodes had the change; `None`: one did not in time.
async fn has_everywhere(
    loads: &[Load],
    made: Made,
    patience: Duration,
    concerns: impl Fn(&str) -> bool,
) -> Option<Instant> {
    let deadline = Instant::now() + patience;
    let concerned: Vec<&Load> = loads.iter().filter(|load| concerns(load.name)).collect();
    loop {
        let have_it = |load: &&Load| load.tally().newest >= made.number;
        if concerned.iter().all(have_it) {
            return Some(Instant::now());
        }
        if Instant::now() > deadline {
            return None;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

impl Fault {
    fn describe(self) -> &'static str {
        match self {
            Self::Redis => "Redis gone",
            Self::Postgres => "PostgreSQL gone",
            Self::Both => "both gone",
            Self::Partition => "one flags node apart from both",
            Self::Restart => "nodes started anew with both gone",
        }
    }

    async fn begin(self, cluster: &mut Cluster) -> anyhow::Result<()> {
        match self {
            Self::Redis => cluster.stop_redis().await?,
            Self::Postgres => cluster.postgres.stop(),
            Self::Both | Self::Restart => {
                cluster.stop_redis().await?;
                cluster.postgres.stop();
            }
            Self::Partition => cluster.partition(),
        }
        Ok(())
    }

    fn end(self, cluster: &Cluster) {
        match self {
            Self::Redis => cluster.resume_redis(),
            Self::Postgres => cluster.postgres.resume(),
            Self::Both | Self::Restart => {
                cluster.postgres.resume();
                cluster.resume_redis();
            }
            Self::Partition => cluster.mend(),
        }
    }

    /// Whether a node cannot know whether it is up to date.
    fn makes_stale(self, name: &str) -> bool {
        match self {
            Self::Redis | Self::Postgres => false,
            Self::Both | Self::Restart => true,
            Self::Partition => Cluster::is_apart(name),
        }
    }
}

impl Node {
    /// Whether SDKs ask it anything.
    fn is_asked(&self) -> bool {
        self.role != crate::node::Role::Admin
    }
}

fn names(loads: &[Load], tallies: &[Tally], which: impl Fn(&str, &Tally) -> bool) -> Vec<String> {
    let all = loads.iter().zip(tallies);
    let chosen = all.filter(|(load, tally)| which(load.name, tally));
    chosen.map(|(load, _)| load.name.to_owned()).collect()
}

fn complaints(loads: &[Load], tallies: &[Tally]) -> Vec<String> {
    let all = loads.iter().zip(tallies);
    all.flat_map(|(load, tally)| {
        let each = tally.complaints.iter();
        each.map(move |complaint| format!("{}: {complaint}", load.name))
    })
    .collect()
}

fn longest_gap(loads: &[Load], tallies: &[Tally]) -> (String, f64) {
    let all = loads.iter().zip(tallies);
    let longest = all.max_by_key(|(_, tally)| tally.gap);
    longest.map_or_else(Default::default, |(load, tally)| {
        (load.name.to_owned(), milliseconds(tally.gap))
    })
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
