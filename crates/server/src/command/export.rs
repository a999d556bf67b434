//! `burgee export`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::Failure;
use crate::config::{self, ConfigOptions, StoreOnly};
use crate::{export, output, runtime, store};

/// Write everything down as a file that `burgee apply` takes.
///
/// Secret and personal keys are left out: only their digests are stored. Applied to an empty
/// database, the file gives the same instance again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee export > flags.json
  burgee export --project Acme --out acme.json")]
pub(super) struct Export {
    /// Only this project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl Export {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let location = config.instance.location();
        if location.is_in_memory() {
            let message = "a database in memory holds nothing to export\n";
            return Err(Failure::Refused(message.to_owned()));
        }
        if location.is_new() {
            let message = format!("there is no database at {location}\n");
            return Err(Failure::Refused(message));
        }
        let store = store::open(&config)?;
        let work = export::export(&*store, &*store, self.project.as_deref());
        let Some(text) = runtime::run(work)?? else {
            let name = self.project.unwrap_or_default();
            return Err(Failure::Refused(format!("there is no project `{name}`\n")));
        };
        match &self.out {
            None => output::print(&text),
            Some(path) => std::fs::write(path, text)
                .with_context(|| format!("cannot write {}", path.display()))?,
        }
        Ok(())
    }
}
