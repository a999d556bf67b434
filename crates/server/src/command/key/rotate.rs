//! `burgee key rotate`.

use clap::Args;

use super::{Failure, name, now, open, selector, tell};
use crate::config::{ConfigOptions, StoreOnly};
use crate::keys::{self, Expiry, Lifetime, Rotation};
use crate::runtime;

/// Make a key that opens what an old one opens, and let the old one end after a while.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee key rotate phs_AbCd                     both are good for 24 hours
  burgee key rotate phs_AbCd --overlap 7d --expires 90d
  burgee key rotate - --overlap 0h < old-key.txt")]
pub(super) struct Rotate {
    /// The old key: its first characters or its id as `burgee key list` shows them; `-` reads the key
    /// from standard input
    #[arg(value_name = "KEY|ID|-")]
    key: String,

    /// For how long the old key is good beside the new one; 0h ends it now
    #[arg(long, value_name = "LIFETIME", default_value = "24h")]
    overlap: Lifetime,

    /// How long the new key is good: 90d, 24h, 30m or `never`. Must be said if the old one ends
    #[arg(long, value_name = "LIFETIME")]
    expires: Option<Expiry>,

    /// What people call the new key [default: as the old one]
    #[arg(long, value_name = "TEXT", value_parser = name)]
    name: Option<String>,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl Rotate {
    pub(super) fn run(self) -> Result<(), Failure> {
        let rotation = Rotation {
            selector: selector(&self.key)?,
            name: self.name,
            expiry: self.expires,
            overlap: self.overlap,
        };
        let store = open(&self.options)?;
        let made = runtime::run(keys::rotate(&*store, rotation, now()))??;
        tell(&made);
        Ok(())
    }
}
