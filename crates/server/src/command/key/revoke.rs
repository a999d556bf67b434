//! `burgee key revoke`.

use clap::Args;

use super::{Failure, open, selector};
use crate::config::{ConfigOptions, StoreOnly};
use crate::{keys, output, runtime};

/// Take a key from everybody it opens, at once.
///
/// Whoever uses it is refused as soon as the servers hear of it, within a second. To change a key
/// without a gap, use `burgee key rotate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee key revoke phs_AbCd
  burgee key revoke - < leaked-key.txt")]
pub(super) struct Revoke {
    /// The key: its first characters or its id as `burgee key list` shows them; `-` reads the key from
    /// standard input
    #[arg(value_name = "KEY|ID|-")]
    key: String,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl Revoke {
    pub(super) fn run(self) -> Result<(), Failure> {
        let selector = selector(&self.key)?;
        let store = open(&self.options)?;
        let revoked = runtime::run(keys::revoke(&*store, &selector))??;
        output::print(&format!("{revoked} is revoked\n"));
        Ok(())
    }
}
