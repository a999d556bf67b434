//! What requests share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{Breaker, UsageKind, UsageLibrary};
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    Clock, CpuPoolError, GeoIp, RequestLog, Role, ServeConfig, Stores,
    cpu_pool::CpuPool,
    credentials::{Credentials, HeldKey},
    documents::Documents,
    environment::Environments,
    keeper::Keeper,
    key_use,
    metrics::Metrics,
    push::Push,
    quotas::Quotas,
    rate_limit::RateLimits,
    refresh::follow_changes,
    runtime_settings::follow_runtime_settings,
    scratch_pool::ScratchPool,
    sources::Sources,
    usage::{Usage, flush_last, flush_usage},
};

/// Everything that requests share. Cheap to hand around in its `Arc`.
pub struct Serving {
    config: ServeConfig,
    stores: Stores,
    clock: Arc<dyn Clock>,
    log: Arc<dyn RequestLog>,
    geoip: Option<GeoIp>,
    sources: Arc<Sources>,
    /// Told when there is word of a change.
    changed: Notify,
    environments: Environments,
    documents: Documents,
    credentials: Credentials,
    push: Arc<Push>,
    usage: Usage,
    quotas: Quotas,
    rate_limits: RateLimits,
    cpu: Arc<CpuPool>,
    metrics: Arc<Metrics>,
    breaker: Breaker,
    writer_breaker: Breaker,
    scratches: ScratchPool,
    places: Semaphore,
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
        let sources = Arc::new(Sources::new(&stores, &cpu, &metrics, &clock, &config));
        let (own, figures) = (Arc::clone(&sources), Arc::clone(&metrics));
        let environments = Environments::new(own, Arc::clone(&cpu), figures, &config);
        let documents = Documents::new(Arc::clone(&sources), &config);
        let credentials = Credentials::new(Arc::clone(&sources));
        let admission = &metrics.admission;
        let dropped = admission.usage_dropped.clone();
        let usage = Usage::new(Uuid::new_v4().as_u128(), dropped);
        let rate_limits = RateLimits::new(&config.rate_limits, admission);
        Ok(Arc::new(Self {
            breaker: Breaker::new(config.breaker_failures, config.breaker_pause),
            writer_breaker: Breaker::new(config.breaker_failures, config.breaker_pause),
            places: Semaphore::new(config.concurrency_max),
            push: Arc::new(Push::new(&config, Arc::clone(&metrics))),
            config,
            stores,
            clock,
            log,
            geoip,
            sources,
            changed: Notify::new(),
            environments,
            documents,
            credentials,
            usage,
            quotas: Quotas::default(),
            rate_limits,
            cpu,
            metrics,
            scratches: ScratchPool::new(),
            is_stopping: AtomicBool::new(false),
            stop: watch::Sender::new(false),
        }))
    }

    /// Starts to follow changes in the store. The task ends after [`Self::begin_shutdown`].
    pub fn follow_changes(self: &Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(follow_changes(Arc::clone(self), self.stop.subscribe()))
    }

    /// Starts to keep what is newest on this node's disk, if it has a place there. The task ends after
    /// [`Self::begin_shutdown`], when what waited is written.
    pub fn keep_last_good(self: &Arc<Self>) -> JoinHandle<()> {
        let (sources, stop) = (Arc::clone(&self.sources), self.stop.subscribe());
        tokio::spawn(async move {
            if let Some(last_good) = sources.last_good() {
                last_good.write(stop).await;
            }
        })
    }

    /// Starts to keep the shared cache filled, if there is one and that is this node's part. The task
    /// ends after [`Self::begin_shutdown`].
    pub fn keep_shared(self: &Arc<Self>) -> JoinHandle<()> {
        let (serving, stop) = (Arc::clone(self), self.stop.subscribe());
        tokio::spawn(async move {
            if !serving.config.role.includes(Role::Admin) {
                return;
            }
            if let Some(keeper) = Keeper::new(&serving) {
                keeper.keep(&serving, stop).await;
            }
        })
    }

    /// Starts to tell the store when keys were used. The task ends after [`Self::begin_shutdown`].
    pub fn tell_key_uses(self: &Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(key_use::tell_uses(Arc::clone(self), self.stop.subscribe()))
    }

    /// Tells the store what is left to tell when requests have come to their end; within 5 s.
    pub async fn finish(&self) {
        tokio::join!(flush_last(self), key_use::tell_last(self));
    }

    /// Says at `/_readiness` that no further requests are wanted, and ends what was started here.
    /// Requests in flight and those that still come are answered.
    pub fn begin_shutdown(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        self.push.stop();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Starts to store usage now and then. The task ends after [`Self::begin_shutdown`]; what is
    /// counted later is stored by [`Self::finish`].
    pub fn flush_usage(self: &Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(flush_usage(Arc::clone(self), self.stop.subscribe()))
    }

    /// Starts to keep fresh who is over quota and who is never limited. The task ends after
    /// [`Self::begin_shutdown`].
    pub fn follow_runtime_settings(self: &Arc<Self>) -> JoinHandle<()> {
        let (serving, stop) = (Arc::clone(self), self.stop.subscribe());
        tokio::spawn(follow_runtime_settings(serving, stop))
    }

    /// Counts an answered request.
    pub(crate) fn count_usage(
        &self,
        environment: EnvironmentId,
        (kind, library): (UsageKind, UsageLibrary),
        now: Timestamp,
    ) {
        self.usage.count(environment, kind, library, now);
    }

    pub(crate) fn usage(&self) -> &Usage {
        &self.usage
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    pub(crate) fn rate_limits(&self) -> &RateLimits {
        &self.rate_limits
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

    /// There is word of a change.
    pub(crate) fn note_change(&self) {
        self.changed.notify_one();
    }

    /// Returns at the next word of a change; at once, if there was one since this was called last.
    pub(crate) async fn heard_of_change(&self) {
        self.changed.notified().await;
    }

    /// Where what is not in memory comes from.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
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

    /// Polls that are held, and streams.
    pub(crate) fn push(&self) -> &Arc<Push> {
        &self.push
    }

    pub(crate) fn cpu(&self) -> &Arc<CpuPool> {
        &self.cpu
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
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
