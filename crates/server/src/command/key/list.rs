//! `burgee key list`.

use clap::Args;

use super::{Failure, now, open};
use crate::config::{ConfigOptions, StoreOnly};
use crate::{keys, output, runtime};

/// Show which keys there are, what they open, and when they were used last.
///
/// Times are in UTC. Servers tell when a key was used every half minute or so.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee key list
  burgee key list --environment Acme/production")]
pub(super) struct List {
    /// Only keys that open this environment
    #[arg(long, value_name = "TOKEN|PROJECT/NAME")]
    environment: Option<String>,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl List {
    pub(super) fn run(self) -> Result<(), Failure> {
        let store = open(&self.options)?;
        let listed = keys::list(&*store, self.environment.as_deref());
        let records = runtime::run(listed)??;
        output::print(&keys::table(records, now()));
        Ok(())
    }
}
