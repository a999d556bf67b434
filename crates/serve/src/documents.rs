//! The definitions documents in memory: a look-up without I/O once warm, and nothing at all on a
//! node that nobody asks for definitions.
//!
//! Held apart from the compiled environments, since most nodes serve one of the two.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use moka::future::Cache;

use crate::{
    ServeConfig,
    document::Document,
    environment::EnvironmentError,
    generation::{Generation, Generations, READS_MAX},
    sources::{Sources, Wanted},
    warm::Warm,
};

/// Bytes of a usual document, its compressed forms included.
const USUAL_BYTES: u64 = 64 * 1024;

/// Documents by token.
pub(crate) struct Documents {
    sources: Arc<Sources>,
    held: Warm<ProjectToken, Held, EnvironmentError>,
    unknown: Cache<ProjectToken, ()>,
    generations: Generations,
    /// Whether any environment has its polls held unasked; once true it stays so.
    holds_unasked: AtomicBool,
}

#[derive(Clone)]
struct Held {
    read_in: Generation,
    document: Arc<Document>,
}

impl Documents {
    pub(crate) fn new(sources: Arc<Sources>, config: &ServeConfig) -> Self {
        let held = Warm::of_weight(config.document_bytes_max, USUAL_BYTES, |held: &Held| {
            held.document.weight_bytes()
        });
        let unknown = Cache::builder()
            .max_capacity(config.unknown_tokens_max)
            .time_to_live(config.unknown_token_ttl)
            .build();
        Self {
            sources,
            held,
            unknown,
            generations: Generations::default(),
            holds_unasked: AtomicBool::new(false),
        }
    }

    /// The document of a token. Waits for the store only when it was never asked for, once however
    /// many requests wait.
    pub(crate) async fn get(
        &self,
        token: &ProjectToken,
    ) -> Result<Arc<Document>, EnvironmentError> {
        match self.held(token) {
            Some(document) => Ok(document),
            // Boxed, as what is hardly ever needed is no part of what every request moves about.
            None => Box::pin(self.read(token)).await,
        }
    }

    async fn read(&self, token: &ProjectToken) -> Result<Arc<Document>, EnvironmentError> {
        // What was said long ago of a token is not repeated while nobody can be asked.
        if self.unknown.get(token).await.is_some() && self.sources.stale_seconds().is_none() {
            return Err(EnvironmentError::Unknown);
        }
        let load = self.load(token, Wanted::Anything);
        let loaded = self
            .held
            .load(token, |held| self.is_valid(held), load)
            .await;
        if let Err(EnvironmentError::Unknown) = loaded {
            self.unknown.insert(token.clone(), ()).await;
        }
        Ok(loaded?.document)
    }

    fn held(&self, token: &ProjectToken) -> Option<Arc<Document>> {
        let held = self.held.get(token).filter(|held| self.is_valid(held))?;
        Some(held.document)
    }

    fn is_valid(&self, held: &Held) -> bool {
        self.generations.is_valid(held.read_in)
    }

    /// Whether some poll may have to be held that does not ask for it. Most nodes need not look.
    pub(crate) fn holds_unasked(&self) -> bool {
        self.holds_unasked.load(Ordering::Relaxed)
    }

    /// A read that a change overtook is made again.
    async fn load(&self, token: &ProjectToken, wanted: Wanted) -> Result<Held, EnvironmentError> {
        let mut reads = 0;
        loop {
            reads += 1;
            let read_in = self.generations.newest();
            let document = self.sources.document(token, wanted).await?;
            if document.hold_polls_seconds > 0 {
                self.holds_unasked.store(true, Ordering::Relaxed);
            }
            if self.generations.is_valid(read_in) || reads == READS_MAX {
                return Ok(Held { read_in, document });
            }
        }
    }

    /// Something changed: takes anew what is held and not at its newest revision, so that requests
    /// need not wait; forgets what is gone. One that cannot be read stays as it is and holds up no
    /// other; the first such error is told.
    pub(crate) async fn catch_up(
        &self,
        revisions: &[(EnvironmentId, ProjectToken, Revision)],
    ) -> Result<(), EnvironmentError> {
        let read_in = self.generations.begin();
        let newest: HashMap<&ProjectToken, Revision> = revisions
            .iter()
            .map(|(_, token, revision)| (token, *revision))
            .collect();
        for token in newest.keys() {
            self.unknown.invalidate(*token).await;
        }
        let mut outcome = Ok(());
        for (token, Held { document, .. }) in self.held.all() {
            let held = match newest.get(&token) {
                None => {
                    self.sources.forget(&token);
                    self.held.remove(&token);
                    continue;
                }
                Some(newest) if *newest == document.revision => Held { read_in, document },
                Some(_) => match self.load(&token, Wanted::Newest).await {
                    Ok(held) => held,
                    Err(error) => {
                        outcome = outcome.and(Err(error));
                        continue;
                    }
                },
            };
            self.held.insert(token, held);
        }
        if outcome.is_ok() {
            self.generations.settle(read_in);
        }
        outcome
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents")
            .field("held", &self.held.count())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
