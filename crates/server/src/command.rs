//! The command line: what each command is called, what it takes, and what its end means.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed: the database, the network, the machine |
//! | 2 | refused: the command line, the configuration or the file is wrong |

mod allow_list;
mod apply;
mod check;
mod environment;
mod eval;
mod export;
mod key;
mod payloads;
mod quota;
mod serve;
mod usage;

use std::process::ExitCode;

use burgee_store::StoreError;
use clap::{Parser, Subcommand};

use crate::apply::ApplyError;
use crate::apply::problem::Findings;
use crate::config::ConfigError;
use crate::output;

/// Feature flags, answered in memory.
#[derive(Debug, Parser)]
#[command(name = "burgee", version, max_term_width = 100, after_help = AFTER_HELP)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Try it:
  burgee serve                                   serve, with a demo project on a new machine
  burgee apply flags.json                        bring the database to what a file declares
  burgee eval flags.json --distinct-id user-1    answer from a file, without a server
  burgee check flags.json                        find mistakes in a file
  burgee export > flags.json                     write everything down
  burgee key create --environment phc_…          make a key for a back end
  burgee usage --last 7d                         who asked how often

Exit codes: 0 done, 1 failed, 2 refused (the command line, the configuration or the file is wrong).";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Apply(apply::Apply),
    Export(export::Export),
    Eval(eval::Eval),
    Check(check::Check),
    Key(key::KeyCommand),
    Payloads(payloads::PayloadsCommand),
    Usage(usage::Usage),
    Quota(quota::QuotaCommand),
    AllowList(allow_list::AllowListCommand),
}

/// Why a command did not do what it was told.
#[derive(Debug)]
enum Failure {
    /// What it was given is wrong; the text ends with a line break.
    Refused(String),
    /// Something else is.
    Failed(anyhow::Error),
}

/// Runs the command that the command line names.
pub(crate) fn run() -> ExitCode {
    let result = match CommandLine::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::Apply(apply) => apply.run(),
        Command::Export(export) => export.run(),
        Command::Eval(eval) => eval.run(),
        Command::Check(check) => check.run(),
        Command::Key(key) => key.run(),
        Command::Payloads(payloads) => payloads.run(),
        Command::Usage(usage) => usage.run(),
        Command::Quota(quota) => quota.run(),
        Command::AllowList(allow_list) => allow_list.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Refused(text)) => {
            output::note(&format!("error: {text}"));
            ExitCode::from(2)
        }
        Err(Failure::Failed(error)) => {
            output::note(&format!("error: {error:#}\n"));
            ExitCode::FAILURE
        }
    }
}

impl Failure {
    /// A file was refused for what was found in it.
    fn file(name: &str, findings: &Findings) -> Self {
        let problems = counted(findings.count(), "problem");
        let lines = findings.lines();
        Self::Refused(format!("{name} is refused, {problems}:\n{lines}"))
    }

    /// A file could not be applied.
    fn applying(name: &str, error: ApplyError) -> Self {
        match error {
            ApplyError::Refused(findings) => Self::file(name, &findings),
            ApplyError::Store(error) => Self::Failed(error.into()),
            ApplyError::Other(error) => Self::Failed(error),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Refused(format!("{error:#}\n"))
    }
}

/// Tells what is odd about a file, if anything is.
fn note_warnings(name: &str, warnings: &Findings) {
    let count = warnings.count();
    if count > 0 {
        let (warned, lines) = (counted(count, "warning"), warnings.lines());
        output::note(&format!("{name}: {warned}\n{lines}"));
    }
}

/// A number of things whose plural ends in s.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
