//! The compiled environments in memory: a look-up without I/O once warm, one fetch per cold project
//! however many requests wait, and a bound in bytes.

use std::{collections::HashMap, sync::Arc};

use burgee_eval::{CompileWarning, Snapshot, compile};
use burgee_model::{Definitions, EnvironmentId, FlagKey, ProjectToken, Revision};
use burgee_store::StoreError;
use burgee_wire::{Fragments, config_json};
use moka::future::Cache;

use crate::{
    ServeConfig,
    cpu_pool::{CpuPool, CpuPoolError},
    metrics::Metrics,
    sources::{Sources, Wanted},
    warm::Warm,
};

/// A compiled environment.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) id: EnvironmentId,
    pub(crate) snapshot: Snapshot,
    pub(crate) fragments: Fragments,
    /// Flags that hash keys are stored for.
    pub(crate) continuity_flags: Vec<FlagKey>,
    token: ProjectToken,
}

/// Why there is no environment to answer from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvironmentError {
    /// The store knows that no environment has this token.
    #[error("no environment has this token")]
    Unknown,
    /// The store could not be asked; never taken for [`Self::Unknown`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The definitions could not be compiled in time.
    #[error(transparent)]
    Compile(#[from] CpuPoolError),
    /// The definitions could not be made ready for SDKs.
    #[error("{0}")]
    Render(String),
}

/// Bytes of a usual environment.
const USUAL_BYTES: u64 = 32 * 1024;

/// Environments by token.
pub(crate) struct Environments {
    sources: Arc<Sources>,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    compiled: Warm<ProjectToken, Arc<Environment>, EnvironmentError>,
    unknown: Cache<ProjectToken, ()>,
}

impl Environments {
    pub(crate) fn new(
        sources: Arc<Sources>,
        cpu: Arc<CpuPool>,
        metrics: Arc<Metrics>,
        config: &ServeConfig,
    ) -> Self {
        let weigh = |environment: &Arc<Environment>| environment.weight_bytes();
        let compiled = Warm::of_weight(config.snapshot_bytes_max, USUAL_BYTES, weigh);
        let unknown = Cache::builder()
            .max_capacity(config.unknown_tokens_max)
            .time_to_live(config.unknown_token_ttl)
            .build();
        Self {
            sources,
            cpu,
            metrics,
            compiled,
            unknown,
        }
    }

    /// The environment of a token. Waits for the store only when it was never read.
    pub(crate) async fn get(
        &self,
        token: &ProjectToken,
    ) -> Result<Arc<Environment>, EnvironmentError> {
        if let Some(environment) = self.compiled.get(token) {
            self.metrics.snapshot_hits.inc();
            return Ok(environment);
        }
        // Boxed, as in `documents.rs`.
        Box::pin(self.read(token)).await
    }

    async fn read(&self, token: &ProjectToken) -> Result<Arc<Environment>, EnvironmentError> {
        // What was said long ago of a token is not repeated while nobody can be asked.
        if self.unknown.get(token).await.is_some() && self.sources.stale_seconds().is_none() {
            return Err(EnvironmentError::Unknown);
        }
        self.metrics.snapshot_misses.inc();
        let load = self.load(token, Wanted::Anything);
        let loaded = self.compiled.load(token, |_| true, load).await;
        if let Err(EnvironmentError::Unknown) = loaded {
            self.unknown.insert(token.clone(), ()).await;
        }
        loaded
    }

    /// Reads and compiles anew what is held and not at its newest revision; forgets what is gone.
    /// One environment that cannot be read keeps no other from being renewed; the first such error
    /// is returned.
    pub(crate) async fn catch_up(
        &self,
        revisions: &[(EnvironmentId, ProjectToken, Revision)],
    ) -> Result<(), EnvironmentError> {
        let newest: HashMap<&ProjectToken, (EnvironmentId, Revision)> = revisions
            .iter()
            .map(|(id, token, revision)| (token, (*id, *revision)))
            .collect();
        for token in newest.keys() {
            self.unknown.invalidate(*token).await;
        }
        let mut caught_up = Ok(());
        for (token, environment) in self.compiled.all() {
            match newest.get(&token) {
                None => {
                    self.sources.forget(&token);
                    self.compiled.remove(&token);
                }
                Some(newest) if *newest == environment.version() => {}
                Some(_) => match self.load(&token, Wanted::Newest).await {
                    Ok(environment) => self.compiled.insert(token, environment),
                    Err(error) => caught_up = caught_up.and(Err(error)),
                },
            }
        }
        caught_up
    }

    async fn load(
        &self,
        token: &ProjectToken,
        wanted: Wanted,
    ) -> Result<Arc<Environment>, EnvironmentError> {
        let definitions = self.sources.definitions(token, wanted).await?;
        let (environment, warnings) = self
            .cpu
            .run(move || Environment::compile(&definitions))
            .await?;
        self.metrics.compiles.inc();
        report(token, &warnings);
        Ok(Arc::new(environment))
    }

    /// Sets the figures about what is held.
    pub(crate) fn report_size(&self) {
        let count = i64::try_from(self.compiled.count()).unwrap_or(i64::MAX);
        let bytes = i64::try_from(self.compiled.weight()).unwrap_or(i64::MAX);
        self.metrics.snapshots.set(count);
        self.metrics.snapshot_bytes.set(bytes);
    }
}

impl Environment {
    fn compile(definitions: &Definitions) -> (Self, Vec<CompileWarning>) {
        let (snapshot, warnings) = compile(definitions);
        let fragments = Fragments::prepare(&snapshot);
        let keys = snapshot
            .continuity_flags()
            .filter_map(|key| FlagKey::parse(key).ok());
        let continuity_flags = keys.collect();
        let id = definitions.environment;
        (
            Self {
                id,
                snapshot,
                fragments,
                continuity_flags,
                token: definitions.token.clone(),
            },
            warnings,
        )
    }

    /// JSON object that SDKs are configured with. Made when it is asked for: that is seldom, and
    /// it is as large as a flag.
    pub(crate) fn config(&self) -> String {
        config_json(self.token.as_str())
    }

    /// The project token.
    pub(crate) fn token(&self) -> &str {
        self.token.as_str()
    }

    fn version(&self) -> (EnvironmentId, Revision) {
        (self.id, self.snapshot.revision())
    }

    fn weight_bytes(&self) -> u64 {
        let keys = self
            .continuity_flags
            .iter()
            .map(|key| key.as_str().len())
            .sum::<usize>();
        let texts = self.token.as_str().len() + keys;
        let bytes = self.snapshot.weight_bytes() + self.fragments.weight_bytes() + texts;
        bytes as u64
    }
}

fn report(token: &ProjectToken, warnings: &[CompileWarning]) {
    /// More are counted, not written.
    const WRITTEN_MAX: usize = 5;
    for warning in warnings.iter().take(WRITTEN_MAX) {
        let flag = warning.flag.as_ref().map(|(_, key)| key.as_str());
        tracing::warn!(environment.token = %token, flag.key = flag, path = warning.path,
            "{}", warning.message);
    }
    if warnings.len() > WRITTEN_MAX {
        let more = warnings.len() - WRITTEN_MAX;
        tracing::warn!(environment.token = %token, more, "more warnings: `burgee check` lists them");
    }
}

impl std::fmt::Debug for Environments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environments")
            .field("held", &self.compiled.count())
            .finish_non_exhaustive()
    }
}
