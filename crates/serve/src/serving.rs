//! What requests share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use burgee_model::Timestamp;
use burgee_store::{Breaker, DefinitionReader};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    Clock, CpuPoolError, GeoIp, RequestLog, ServeConfig, Stores,
    cpu_pool::CpuPool,
    credentials::{Credentials, HeldKey},
    documents::Documents,
    environment::Environments,
    key_use,
    metrics::Metrics,
    refresh::follow_changes,
    scratch_pool::ScratchPool,
};

/// Everything that requests share. Cheap to hand around in its `Arc`.
pub struct Serving {
    config: ServeConfig,
    stores: Stores,
    clock: Arc<dyn Clock>,
    log: Arc<dyn RequestLog>,
    geoip: Option<GeoIp>,
    environments: Environments,
    documents: Documents,
    credentials: Credentials,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    breaker: Breaker,
    writer_breaker: Breaker,
    scratches: ScratchPool,
    places: Semaphore,
    /// Monotonic time of the last answer about changes; 0: none yet.
    refreshed_micros: AtomicU64,
    is_stopping: AtomicBool,
    stop: watch::Sender<bool>,
}

impl Serving {
    /// Starts serving from `stores`, without asking them anything yet: a store that is down does
    /// not keep a node from starting.
    pub fn start(
        config: ServeConfig,
        stores: Stores,
        clock: Arc<dyn Clock>,
        log: Arc<dyn RequestLog>,
        geoip: Option<GeoIp>,
    ) -> Result<Arc<Self>, CpuPoolError> {
        let cpu = CpuPool::start(config.cpu_threads, config.cpu_permits, config.cpu_wait)?;
        let (cpu, metrics) = (Arc::new(cpu), Arc::new(Metrics::new()));
        let definitions = Arc::clone(&stores.definitions);
        let environments =
            Environments::new(definitions, Arc::clone(&cpu), Arc::clone(&metrics), &config);
        let definitions = Arc::clone(&stores.definitions);
        let documents =
            Documents::new(definitions, Arc::clone(&cpu), Arc::clone(&metrics), &config);
        let credentials = Credentials::new(Arc::clone(&stores.credentials));
        Ok(Arc::new(Self {
            breaker: Breaker::new(config.breaker_failures, config.breaker_pause),
            writer_breaker: Breaker::new(config.breaker_failures, config.breaker_pause),
            places: Semaphore::new(config.concurrency_max),
            config,
            stores,
            clock,
            log,
            geoip,
            environments,
            documents,
            credentials,
            cpu,
            metrics,
            scratches: ScratchPool::new(),
            refreshed_micros: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            stop: watch::Sender::new(false),
        }))
    }

    /// Starts to follow changes in the store. The task ends after [`Self::begin_shutdown`].
    pub fn follow_changes(self: &Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(follow_changes(Arc::clone(self), self.stop.subscribe()))
    }

    /// Starts to tell the store when keys were used. The task ends after [`Self::begin_shutdown`].
    pub fn tell_key_uses(self: &Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(key_use::tell_uses(Arc::clone(self), self.stop.subscribe()))
    }

    /// Tells the store what is left to tell when requests have come to their end; within 2 s.
    pub async fn finish(&self) {
        key_use::tell_last(self).await;
    }

    /// Says at `/_readiness` that no further requests are wanted, and ends what was started here.
    /// Requests in flight and those that still come are answered.
    pub fn begin_shutdown(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn note_refreshed(&self) {
        self.refreshed_micros
            .store(self.clock.monotonic_micros().max(1), Ordering::Relaxed);
    }

    /// Whole seconds since the store last said what changed; `None`: it never did.
    pub(crate) fn definitions_age_seconds(&self) -> Option<u64> {
        let refreshed = self.refreshed_micros.load(Ordering::Relaxed);
        let age = self.clock.monotonic_micros().saturating_sub(refreshed) / 1_000_000;
        (refreshed != 0).then_some(age)
    }

    pub(crate) fn note_key_use(&self, key: &HeldKey, now: Timestamp) {
        if self.credentials.note_use(key, now).is_err() {
            self.metrics.key_uses_dropped.inc();
        }
    }

    pub(crate) fn config(&self) -> &ServeConfig {
        &self.config
    }

    pub(crate) fn stores(&self) -> &Stores {
        &self.stores
    }

    pub(crate) fn definitions(&self) -> &Arc<dyn DefinitionReader> {
        &self.stores.definitions
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn log(&self) -> &dyn RequestLog {
        &*self.log
    }

    pub(crate) fn geoip(&self) -> Option<&GeoIp> {
        self.geoip.as_ref()
    }

    pub(crate) fn environments(&self) -> &Environments {
        &self.environments
    }

    pub(crate) fn documents(&self) -> &Documents {
        &self.documents
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(crate) fn cpu(&self) -> &CpuPool {
        &self.cpu
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Of reads of persons and groups.
    pub(crate) fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Of the write of hash keys.
    pub(crate) fn writer_breaker(&self) -> &Breaker {
        &self.writer_breaker
    }

    pub(crate) fn scratches(&self) -> &ScratchPool {
        &self.scratches
    }

    /// A place for each request in flight.
    pub(crate) fn places(&self) -> &Semaphore {
        &self.places
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
