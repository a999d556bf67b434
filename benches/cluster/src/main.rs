//! `burgee-cluster`: two flags nodes, two definitions nodes and one admin node on a PostgreSQL and a
//! Redis of their own. It measures how soon a change is everywhere, and then breaks things while
//! nodes are asked, to see that answers go on.
//!
//! It is no test of answers in general (the conformance suites are), and slow figures are no failure:
//! they are printed beside their goals, because a shared machine is slow now and then. It fails on
//! broken promises only: an answer that is wrong or missing, staleness that is not said, nodes that do
//! not agree again, counts that are lost.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports"
)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::cluster::Cluster;
use crate::options::{Options, Part};
use crate::report::Report;

mod answer;
mod bare;
mod changes;
mod cluster;
mod connection;
mod contents;
mod crowd;
mod faults;
mod held;
mod held_polls;
mod link;
mod load;
mod node;
mod observer;
mod options;
mod report;
mod request;
mod spread;
mod usage;

fn main() -> ExitCode {
    match measure(&Options::parse()) {
        Ok(report) if report.broken.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Not the error itself, which would bring a trace of calls along.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does everything and prints what came of it.
fn measure(options: &Options) -> anyhow::Result<Report> {
    allow_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(async {
        let limit = Duration::from_secs(options.deadline_secs);
        tokio::select! {
            report = timeout(limit, run(options)) => {
                report.with_context(|| format!("not done after {} s", options.deadline_secs))?
            }
            told = told_to_stop() => {
                told?;
                anyhow::bail!("told to stop")
            }
        }
    })?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.table());
    }
    Ok(report)
}

/// Everything that was asked for, one thing after the other.
async fn run(options: &Options) -> anyhow::Result<Report> {
    let mut cluster = Cluster::start(options).await?;
    let mut report = Report::of(&cluster).await?;
    if options.does(Part::Changes) {
        eprintln!("{} changes, every node asked for each …", options.changes);
        report.changes = changes::measure(&cluster, options).await?;
    }
    if options.does(Part::Held) {
        eprintln!("{} held polls …", options.held);
        report.held = Some(held::measure(&cluster, options).await?);
    }
    if options.does(Part::Faults) {
        report.faults = faults::measure(&mut cluster, options).await?;
    }
    cluster.stop().await?;
    report.usage = Some(cluster.ledger.settle(load::LOST_MAX).await?);
    report.judge();
    Ok(report)
}

/// Held polls are as many open files, here and in the nodes, which inherit the limit.
fn allow_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        eprintln!("the limit of open files stays as it is: {error}");
    }
}

async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
