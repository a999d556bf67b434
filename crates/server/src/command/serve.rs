//! `burgee serve`.
use super::Failure;
use crate::config::{self, ConfigOptions, Everything};
use crate::output;
use clap::Args;

/// Answer flags over HTTP.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Print the configuration in force, or the documentation of all keys, and stop
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "effective"
    )]
    print_config: Option<PrintConfig>,

    #[command(flatten)]
    options: ConfigOptions<Everything>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PrintConfig {
    /// A burgee.toml with the values in force and where each came from
    Effective,
    /// The page of all keys
    Reference,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.print_config == Some(PrintConfig::Reference) {
            output::print(&config::reference());
            return Ok(());
        }
        let loaded = config::load(&self.options)?;
        if self.print_config == Some(PrintConfig::Effective) {
            output::print(&loaded.effective);
            return Ok(());
        }
        Ok(())
    }
}
