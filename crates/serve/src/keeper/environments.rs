//! The records of environments: definitions to compile, and the document to send.

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::{RecordName, RevisionList, seal_definitions};
use tokio::task::JoinSet;

use super::{Keeper, KeeperError, Written};
use crate::document::Document;

/// Environments that are read and written at once.
const AT_ONCE_MAX: usize = 8;

impl Keeper {
    /// Writes the environments that differ, and removes those that are gone. One that cannot be
    /// written holds up no other, and stays in the table of contents as it was, or comes into it
    /// without records: what is not in there is gone.
    pub(super) async fn fill_environments(
        &self,
        written: &mut Written,
        list: &RevisionList,
    ) -> Result<(), KeeperError> {
        let mut outcome = Ok(());
        let mut filling = JoinSet::new();
        for (id, token, revision) in &list.revisions {
            if written.has_environment(token, *revision) {
                continue;
            }
            if filling.len() >= AT_ONCE_MAX {
                outcome = outcome.and(note(filling.join_next().await, written));
            }
            let names = [
                RecordName::Definitions(token.clone()),
                RecordName::Document(token.clone()),
            ];
            for name in names.iter().filter(|name| written.is_suspect(name)) {
                self.remove(name).await?;
            }
            let keeper = self.clone();
            let is_change = written.revision(token).is_some();
            let (token, at) = (token.clone(), (*id, *revision));
            filling.spawn(async move {
                let filled = keeper.fill_environment(&token, is_change).await;
                (token, at, filled)
            });
        }
        while !filling.is_empty() {
            outcome = outcome.and(note(filling.join_next().await, written));
        }
        for token in written.surplus(list) {
            self.remove(&RecordName::Definitions(token.clone())).await?;
            self.remove(&RecordName::Document(token.clone())).await?;
            written.forget_environment(&token);
        }
        outcome
    }

    /// Both records. An environment that is gone meanwhile has none; the next list says so.
    async fn fill_environment(
        &self,
        token: &ProjectToken,
        is_change: bool,
    ) -> Result<(), KeeperError> {
        let taken_at = self.clock.now();
        let read = if is_change {
            self.recent.read_changed(token).await?
        } else {
            self.recent.read(token).await?
        };
        let Some(definitions) = read else {
            return Ok(());
        };
        let version = definitions.revision.0;
        let owned = token.clone();
        let sealed = self.cpu.run(move || {
            let document = Document::render(&definitions)?;
            let document = document.seal(&owned, taken_at);
            let definitions = seal_definitions(&definitions, taken_at);
            Ok::<_, std::io::Error>((definitions, document))
        });
        let (definitions, document) = sealed.await??;
        self.metrics.document_renders.inc();
        let name = RecordName::Definitions(token.clone());
        self.write_if_possible(&name, version, definitions).await?;
        let name = RecordName::Document(token.clone());
        self.write_if_possible(&name, version, document).await
    }

    /// A record that is too large is left out, and said: nodes without a database cannot serve it.
    async fn write_if_possible(
        &self,
        name: &RecordName,
        version: u64,
        record: Result<Vec<u8>, burgee_store::RecordError>,
    ) -> Result<(), KeeperError> {
        match record {
            Ok(record) => self.write(name, version, record).await,
            Err(reason) => {
                tracing::error!(record.name = %name, %reason, "a record cannot be shared");
                self.reader.count_write(name, false);
                self.remove(name).await
            }
        }
    }
}

type Filled = (
    ProjectToken,
    (EnvironmentId, Revision),
    Result<(), KeeperError>,
);

fn note(
    filled: Option<Result<Filled, tokio::task::JoinError>>,
    written: &mut Written,
) -> Result<(), KeeperError> {
    let Some(Ok((token, at, filled))) = filled else {
        return Err(KeeperError::Cpu(crate::CpuPoolError::Panicked));
    };
    match filled {
        Ok(()) => {
            written.note_environment(&token, at);
            Ok(())
        }
        Err(reason) => {
            tracing::warn!(environment.token = %token, %reason, "an environment is not shared");
            written.note_failure(&token, at.0);
            Err(reason)
        }
    }
}
