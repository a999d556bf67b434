//! What operators see at `/metrics`, in Prometheus' text format. Never a label that a client can
//! make up.

mod admission;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::{push::PushFigures, request_log::RequestRecord, sources::SourceFigures};

pub(crate) use admission::{AdmissionMetrics, LimiterFigures};

/// Upper bounds in seconds: from a tenth of a millisecond to past the request deadline.
const SECONDS: [f64; 13] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0,
];

/// The figures of the serving path.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    subject_reads: Family<SubjectReadLabels, Counter>,
    subject_read_seconds: Histogram,
    flags_evaluated: Counter,
    flags_failed: Counter,
    pub(crate) snapshot_hits: Counter,
    pub(crate) snapshot_misses: Counter,
    pub(crate) compiles: Counter,
    pub(crate) document_renders: Counter,
    pub(crate) sources: SourceFigures,
    pub(crate) admission: AdmissionMetrics,
    pub(crate) key_use_failures: Counter,
    pub(crate) key_uses_dropped: Counter,
    pub(crate) push: PushFigures,
    pub(crate) snapshots: Gauge,
    pub(crate) snapshot_bytes: Gauge,
    pub(crate) definitions_age_seconds: Gauge,
    pub(crate) circuit_open: Gauge,
    pub(crate) in_flight: Gauge,
    pub(crate) log_lines_dropped: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SubjectReadLabels {
    result: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("burgee"),
            requests: Family::default(),
            request_seconds: Histogram::new(SECONDS),
            subject_reads: Family::default(),
            subject_read_seconds: Histogram::new(SECONDS),
            flags_evaluated: Counter::default(),
            flags_failed: Counter::default(),
            snapshot_hits: Counter::default(),
            snapshot_misses: Counter::default(),
            compiles: Counter::default(),
            document_renders: Counter::default(),
            sources: SourceFigures::default(),
            admission: AdmissionMetrics::default(),
            key_use_failures: Counter::default(),
            key_uses_dropped: Counter::default(),
            push: PushFigures::default(),
            snapshots: Gauge::default(),
            snapshot_bytes: Gauge::default(),
            definitions_age_seconds: Gauge::default(),
            circuit_open: Gauge::default(),
            in_flight: Gauge::default(),
            log_lines_dropped: Gauge::default(),
        };
        metrics.register();
        metrics.register_state();
        metrics.admission.register(&mut metrics.registry);
        metrics.sources.register(&mut metrics.registry);
        metrics.push.register(&mut metrics.registry);
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Answered requests", self.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "From the last byte of the head to the answer",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register(
            "subject_reads",
            "Reads of persons and groups",
            self.subject_reads.clone(),
        );
        registry.register_with_unit(
            "subject_read_duration",
            "How long those took",
            Unit::Seconds,
            self.subject_read_seconds.clone(),
        );
        registry.register(
            "flags_evaluated",
            "Flags answered",
            self.flags_evaluated.clone(),
        );
        registry.register(
            "flags_failed",
            "Flags answered as failed",
            self.flags_failed.clone(),
        );
        registry.register(
            "snapshot_hits",
            "Environments found in memory",
            self.snapshot_hits.clone(),
        );
        registry.register(
            "snapshot_misses",
            "Environments read first",
            self.snapshot_misses.clone(),
        );
        registry.register(
            "snapshot_compiles",
            "Environments compiled",
            self.compiles.clone(),
        );
        registry.register(
            "snapshots",
            "Environments in memory",
            self.snapshots.clone(),
        );
        registry.register(
            "snapshot_bytes",
            "Memory of those, estimated",
            self.snapshot_bytes.clone(),
        );
    }

    fn register_state(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "document_renders",
            "Definitions documents rendered and compressed",
            self.document_renders.clone(),
        );
        registry.register(
            "key_use_failures",
            "Times that the store could not be told when keys were used; it is told later",
            self.key_use_failures.clone(),
        );
        registry.register(
            "key_uses_dropped",
            "Uses of keys that are not told because too many wait",
            self.key_uses_dropped.clone(),
        );
        registry.register(
            "definitions_age_seconds",
            "Time since all that is answered from was last known to be the newest; -1: never",
            self.definitions_age_seconds.clone(),
        );
        registry.register(
            "subject_circuit_open",
            "1 while persons and groups are not asked for after repeated failures",
            self.circuit_open.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests being answered",
            self.in_flight.clone(),
        );
        registry.register(
            "log_lines_dropped",
            "Log lines that were not written because the log could not keep up",
            self.log_lines_dropped.clone(),
        );
    }

    pub(crate) fn observe_request(&self, record: &RequestRecord, micros: u64) {
        let labels = RequestLabels {
            endpoint: record.endpoint,
            status: record.http_status,
        };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(seconds(micros));
        // Counters are shared by all threads, and most requests have nothing to add to these.
        for (counter, flags) in [
            (&self.flags_evaluated, record.flags_evaluated),
            (&self.flags_failed, record.flags_failed),
        ] {
            if flags > 0 {
                counter.inc_by(u64::try_from(flags).unwrap_or(u64::MAX));
            }
        }
    }

    pub(crate) fn observe_subject_read(&self, micros: u64, is_ok: bool) {
        let result = if is_ok { "ok" } else { "failed" };
        self.subject_reads
            .get_or_create(&SubjectReadLabels { result })
            .inc();
        self.subject_read_seconds.observe(seconds(micros));
    }

    /// All figures as text.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration far below 2⁵³ µs")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}
