//! `burgee apply`.

use std::path::PathBuf;
use std::sync::Arc;

use burgee_store::Store;
use clap::Args;

use super::{Failure, note_warnings};
use crate::apply::examine::Manner;
use crate::apply::progress::Progress;
use crate::apply::{self as applying, Source, Target, source};
use crate::config::{self, Config, ConfigOptions, StoreOnly};
use crate::store;
use crate::{output, runtime};

/// Bring the database to what a file declares.
///
/// What the file names is created or updated, what it does not name is left alone. All or nothing:
/// a file that is refused changes nothing. A server that runs on the same database takes the change
/// over by itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee apply flags.json
  burgee apply flags.yaml --database sqlite:/var/lib/burgee/burgee.db
  burgee apply flags.json --database postgres://burgee@db/burgee
  burgee apply flags.json --prune        archive what the file lacks
  generate-flags | burgee apply -")]
pub(super) struct Apply {
    /// JSON or YAML file; `-` reads standard input
    file: PathBuf,

    /// Archive flags and cohorts of the named environments that the file lacks
    #[arg(long)]
    prune: bool,

    /// Keep dependency cycles and variant shares that do not add up to 100, with a warning
    #[arg(long)]
    lenient: bool,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl Apply {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let text = source::read_text(&self.file)?;
        let store = open(&config)?;
        let name = self.file.display().to_string();
        let source = Source {
            path: &self.file,
            text: &text,
        };
        let progress = Progress::on_terminal();
        let work = applying::apply(
            Target::of(&*store).with_payload_keys(config.payloads.secret_keys.as_ref()),
            source,
            Manner::of(self.lenient, self.prune),
            &progress,
        );
        let applied = runtime::run(work)?.map_err(|error| Failure::applying(&name, error))?;
        drop(progress);
        note_warnings(&name, &applied.warnings);
        output::print(&format!("{name} is applied\n{}", applied.lines()));
        Ok(())
    }
}

/// Opens the database that is to be changed, and creates it if there is none.
fn open(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    if config.instance.location().is_in_memory() {
        let message = "what is applied to a database in memory is forgotten when the command ends; \
                       use `burgee check`, or `burgee serve --apply`\n";
        return Err(Failure::Refused(message.to_owned()));
    }
    config.instance.create_data_dir()?;
    Ok(store::open(config)?)
}
