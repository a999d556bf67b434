//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures a cluster of Burgee nodes on this machine, and breaks it on purpose.
///
/// Two nodes answer flags, two hand out definitions, one is the admin node; PostgreSQL and Redis are
/// started in folders of their own and are gone at the end.
#[derive(Debug, Parser)]
#[command(after_help = "\
What the figures are:
  change seen       time from when the commit of a change was acknowledged to the first answer of a node
                    that has it. Flags nodes are asked every 0.5 ms, definitions nodes hold a poll, or are
                    asked every 0.5 ms as well ('polled'). An answer that was there before the
                    acknowledgement counts as 0. Goals: p50 <= 5 ms, p99 <= 25 ms. With the faults, one flags
                    node reaches its stores through this program, which can cut it off, and is slower.
  held polls        time from the same moment until each of many held polls was answered in full, with the
                    document compressed. Goal: p99 <= 100 ms. Below it, what this machine takes for as many
                    answers of the same size from sockets that are just written to. Memory is what a node grew by, per held poll.
  faults            nodes are asked all the time while something is gone. 'gap' is the longest time that any
                    node took from one right answer to the next; 'agree' how long after everything was back
                    all nodes had the newest change. A change made meanwhile may be found by polling, every
                    half second, where a node has not begun to listen again after the fault before.
Exit status 1: a promise is broken (a wrong or missing answer, staleness that is not said, no recovery, counts
that are lost). Slow figures alone never fail. The nodes, the stores and this program share the machine.")]
pub(crate) struct Options {
    /// The program to run; by default `burgee` beside this one
    #[arg(long, value_name = "PATH")]
    pub(crate) binary: Option<PathBuf>,

    /// What to do; by default everything
    #[arg(long = "part", value_name = "PART")]
    pub(crate) parts: Vec<Part>,

    /// Flags of the project
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) flags: u16,

    /// Values in the list of each flag, which make up most of the document: 40 make it 135 KB
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub(crate) values: u16,

    /// Changes whose arrival is measured, for held and for polled definitions each
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) changes: u32,

    /// Held polls, spread over the definitions nodes
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(crate) held: u32,

    /// Changes that are told to the held polls
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) held_changes: u32,

    /// How long each fault lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=60))]
    pub(crate) fault_secs: u64,

    /// Held polls that are also there during the faults, spread over the definitions nodes
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=50_000))]
    pub(crate) fault_held: u32,

    /// Time for everything
    #[arg(long, value_name = "SECONDS", default_value_t = 170, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) deadline_secs: u64,

    /// Folder for the data and logs of the nodes, to be looked at afterwards; by default a temporary one
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    /// Print JSON instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// How soon every node has a change
    Changes,
    /// How soon many held polls are answered
    Held,
    /// Breaking things
    Faults,
}

impl Options {
    /// Whether a part was asked for.
    pub(crate) fn does(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}
