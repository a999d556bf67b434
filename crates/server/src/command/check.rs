//! `burgee check`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, counted};
use crate::apply::examine::{Manner, examine};
use crate::apply::stored::Stored;
use crate::apply::{self as applying, Source, source};
use crate::output;

/// Find mistakes in a file, without a database.
///
/// Problems refuse the file and end with exit code 2; warnings say what is odd and how evaluation
/// will take it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee check flags.json
  burgee check flags.yaml --lenient      cycles and wrong shares are warnings")]
pub(super) struct Check {
    /// JSON or YAML file; `-` reads standard input
    file: PathBuf,

    /// Take dependency cycles and variant shares that do not add up to 100 as warnings
    #[arg(long)]
    lenient: bool,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failure> {
        let name = self.file.display().to_string();
        let text = source::read_text(&self.file)?;
        let source = Source {
            path: &self.file,
            text: &text,
        };
        let refused = |findings| Failure::file(&name, &findings);
        let (document, problems) = applying::read(source).map_err(refused)?;
        let manner = Manner::of(self.lenient, false);
        let examined = examine(document, problems, &Stored::default(), manner).map_err(refused)?;
        let environments = examined
            .projects
            .iter()
            .flat_map(|project| &project.environments);
        let flags: usize = environments
            .map(|environment| environment.flags.len())
            .sum();
        let warnings = &examined.warnings;
        let (flags, warned) = (counted(flags, "flag"), counted(warnings.count(), "warning"));
        let lines = warnings.lines();
        output::print(&format!(
            "{name} can be applied: {flags}, {warned}\n{lines}"
        ));
        Ok(())
    }
}
