//! Brings a store to what a file declares (spec: apply-file).
//!
//! ```text
//! text ─▶ value ─▶ document ─▶ examined ─▶ encrypted ─▶ plan ─▶ committed
//!         source   document    resolve     encrypt      plan    store
//!                              rules, compile
//! ```
//! All but the last step is pure. Nothing is written unless everything is right, and then in one
//! transaction; if the store moved meanwhile, all steps from `stored` on are taken again.

pub(crate) mod after;
pub(crate) mod document;
mod encrypt;
pub(crate) mod examine;
mod fields;
mod members;
mod plan;
pub(crate) mod problem;
pub(crate) mod progress;
mod report;
pub(crate) mod resolve;
mod rules;
pub(crate) mod source;
pub(crate) mod stored;

use std::fmt::Write as _;
use std::path::Path;

use burgee_fernet::FernetKeys;
use burgee_serve::Clock as _;
use burgee_store::{
    Committed, DefinitionReader, DefinitionWriter, ProjectReader, Store, StoreError, SubjectStore,
};

use document::Document;
use examine::{Manner, examine};
use problem::{Findings, Problems};
use progress::Progress;
use report::Report;
use stored::Stored;

use crate::clock::SystemClock;
use crate::payloads::PayloadKeys;

/// How often an apply is planned anew because the store moved under it.
const ATTEMPTS_MAX: usize = 5;

/// What applying reads and writes.
#[derive(Clone, Copy)]
pub(crate) struct Target<'s> {
    /// Reads projects as a whole.
    pub(crate) projects: &'s dyn ProjectReader,
    /// Reads who has which token.
    pub(crate) definitions: &'s dyn DefinitionReader,
    /// Reads persons.
    pub(crate) subjects: &'s dyn SubjectStore,
    /// Writes all.
    pub(crate) writer: &'s dyn DefinitionWriter,
    /// What payloads are encrypted with that are to be encrypted at rest.
    pub(crate) payload_keys: Option<PayloadKeys<'s>>,
}

impl<'s> Target<'s> {
    /// A store that is all of them.
    pub(crate) fn of(store: &'s dyn Store) -> Self {
        Self {
            projects: store,
            definitions: store,
            subjects: store,
            writer: store,
            payload_keys: None,
        }
    }

    /// With keys for payloads, if there are any.
    pub(crate) fn with_payload_keys(self, keys: Option<&'s FernetKeys>) -> Self {
        let now = SystemClock::start().now();
        let payload_keys = keys.map(|keys| PayloadKeys { keys, now });
        Self {
            payload_keys,
            ..self
        }
    }
}

/// A file's text and its name, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Decides the format by its extension.
    pub(crate) path: &'a Path,
    /// What it holds.
    pub(crate) text: &'a str,
}

/// What was done.
#[derive(Debug)]
pub(crate) struct Applied {
    /// What was odd about the file.
    pub(crate) warnings: Findings,
    /// What the file declared.
    pub(crate) report: Report,
    /// What the store did.
    pub(crate) committed: Committed,
}

impl Applied {
    /// What was done, for people: counts, then what was generated and is shown this once.
    pub(crate) fn lines(&self) -> String {
        let mut lines = self.report.lines(&self.committed);
        for generated in &self.report.generated {
            let report::Generated { place, what, text } = generated;
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "  {place}: new {what} {text}");
        }
        lines
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    /// The file is wrong; mend it.
    #[error("the file was refused")]
    Refused(Findings),
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else went wrong.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// Reads and applies a file, all or nothing.
pub(crate) async fn apply(
    target: Target<'_>,
    source: Source<'_>,
    manner: Manner,
    progress: &Progress,
) -> Result<Applied, ApplyError> {
    let mut attempt = 1;
    loop {
        match apply_once(target, source, manner, progress).await {
            Err(ApplyError::Store(StoreError::Conflict(_))) if attempt < ATTEMPTS_MAX => {
                attempt += 1;
            }
            // A rule of the data that only the store could check is still a rule of the file.
            Err(ApplyError::Store(StoreError::Refused(message))) => {
                return Err(ApplyError::Refused(Findings::whole_file(message)));
            }
            result => return result,
        }
    }
}

/// Reads a file's text into a document and the problems of its shape.
pub(crate) fn read(source: Source<'_>) -> Result<(Document, Problems), Findings> {
    let value = source::parse(source.path, source.text).map_err(Findings::whole_file)?;
    let problems = Problems::default();
    let document = Document::read(value, &problems);
    Ok((document, problems))
}

async fn apply_once(
    target: Target<'_>,
    source: Source<'_>,
    manner: Manner,
    progress: &Progress,
) -> Result<Applied, ApplyError> {
    progress.stage("reading the file");
    let (document, problems) = read(source).map_err(ApplyError::Refused)?;
    let stored = Stored::read(target, &document).await?;
    progress.stage("checking the file");
    members::check(target.subjects, &document, &stored, &problems).await?;
    let mut examined = examine(document, problems, &stored, manner).map_err(ApplyError::Refused)?;
    encrypt::encrypt(&mut examined.projects, &stored, target.payload_keys)?;
    let plan = plan::plan(examined.projects, &stored, manner.unnamed)?;
    progress.stage(format!("writing {} changes", plan.changes.changes.len()));
    let committed = target.writer.commit(&plan.changes).await?;
    Ok(Applied {
        warnings: examined.warnings,
        report: plan.report,
        committed,
    })
}
