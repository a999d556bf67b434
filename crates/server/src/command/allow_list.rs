//! `burgee allow-list` and its commands.

use std::collections::BTreeSet;

use burgee_store::{put_allow_list, read_allow_list};
use clap::{ArgGroup, Args, Subcommand};

use super::{Failure, environment};
use crate::config::{self, Config, ConfigOptions, Counting};
use crate::{counted, output, runtime};

const SET: &str = "set at runtime\n";
const NOT_SET: &str = "not set at runtime: each server goes by the rate_limits.allow_list that it is \
    configured with; this is the one of the configuration here\n";

/// Say which environments are never limited, while servers run.
///
/// They pass every rate limit that goes by token or by key; addresses are limited all the same. A list
/// that is set here stands in the place of `rate_limits.allow_list`, which is what servers go by until
/// one is set, and again after a reset. Servers read it every few seconds: from Redis if there is one,
/// else from the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee allow-list set Acme/production phc_x    these two, and nobody else
  burgee allow-list set --none                   nobody, whatever servers are configured with
  burgee allow-list show
  burgee allow-list reset                        what servers are configured with")]
pub(super) struct AllowListCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Set(Set),
    Show(Show),
    Reset(Reset),
}

/// Never limit these environments, and no others.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").args(["environments", "none"]).required(true)))]
struct Set {
    /// The environments, in the place of those that were on the list
    #[arg(value_name = "TOKEN|PROJECT/NAME")]
    environments: Vec<String>,

    /// Nobody is on the list
    #[arg(long)]
    none: bool,

    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

/// Show who is on the list, and whether that was set or is configured.
#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

/// Go by the configuration of each server again.
#[derive(Debug, Args)]
struct Reset {
    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

impl AllowListCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Set(set) => set.run(),
            Command::Show(show) => show.run(),
            Command::Reset(reset) => reset.run(),
        }
    }
}

impl Set {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let counted = counted::open(&config)?;
        let allow_list = runtime::run(async {
            let mut allow_list = BTreeSet::new();
            for named in &self.environments {
                allow_list.insert(environment::token(&config, &counted, named).await?);
            }
            put_allow_list(&*counted.admission, Some(&allow_list)).await?;
            Ok::<_, Failure>(allow_list)
        })??;
        let on_it = match allow_list.len() {
            0 => "nobody is".to_owned(),
            1 => "1 environment is".to_owned(),
            count => format!("{count} environments are"),
        };
        tell(&format!("{on_it} on the allow list"), &config);
        Ok(())
    }
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let counted = counted::open(&config)?;
        let set = runtime::run(read_allow_list(&*counted.admission))??;
        let origin = if set.is_some() { SET } else { NOT_SET };
        let configured = || config.rate_limits.config().allow_list.into_iter().collect();
        let allow_list = set.unwrap_or_else(configured);
        let lines = allow_list.iter().map(|token| format!("{token}\n"));
        output::print(&lines.collect::<String>());
        if allow_list.is_empty() {
            output::note("nobody is on the allow list\n");
        }
        output::note(origin);
        Ok(())
    }
}

impl Reset {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let counted = counted::open(&config)?;
        runtime::run(put_allow_list(&*counted.admission, None))??;
        let done = "who is never limited is what each server is configured with";
        tell(done, &config);
        Ok(())
    }
}

/// Says what was done, and when it takes effect.
fn tell(done: &str, config: &Config) {
    let interval = config.quotas.refresh_interval_ms;
    output::note(&format!(
        "{done}; servers hear of it within {interval} ms\n"
    ));
}
