//! Figures about who may ask how often, and who is counted.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Figures of rate limits, quotas and usage. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct AdmissionMetrics {
    rate_limits: Family<RateLimitLabels, Counter>,
    pub(crate) quota_refused: Counter,
    pub(crate) quota_refresh_failures: Counter,
    pub(crate) allow_list_refresh_failures: Counter,
    pub(crate) usage_dropped: Counter,
    pub(crate) usage_flush_failures: Counter,
    pub(crate) usage_waiting: Gauge,
}

/// Requests that a limiter did something with other than letting them pass.
#[derive(Debug)]
pub(crate) struct LimiterFigures {
    pub(crate) would_warn: Counter,
    pub(crate) warned: Counter,
    pub(crate) would_limit: Counter,
    pub(crate) limited: Counter,
    pub(crate) bypassed: Counter,
    pub(crate) untracked: Counter,
    pub(crate) unknown_client: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RateLimitLabels {
    limiter: &'static str,
    outcome: &'static str,
}

impl AdmissionMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "rate_limits",
            "Requests that met a rate limit, by what became of them; those far from it are not counted",
            self.rate_limits.clone(),
        );
        registry.register(
            "quota_refused",
            "Requests that were not served because the quota is used up",
            self.quota_refused.clone(),
        );
        registry.register(
            "quota_refresh_failures",
            "Times that quotas could not be read; the last ones stand",
            self.quota_refresh_failures.clone(),
        );
        registry.register(
            "allow_list_refresh_failures",
            "Times that the allow list set at runtime could not be read; the last one stands",
            self.allow_list_refresh_failures.clone(),
        );
        registry.register(
            "usage_requests_dropped",
            "Requests that are not in the usage figures because too many counts wait to be stored",
            self.usage_dropped.clone(),
        );
        registry.register(
            "usage_flush_failures",
            "Times that usage could not be stored; it is kept and stored later",
            self.usage_flush_failures.clone(),
        );
        registry.register(
            "usage_counts_waiting",
            "Counts that wait to be stored",
            self.usage_waiting.clone(),
        );
    }

    /// The figures of a limiter.
    pub(crate) fn limiter(&self, limiter: &'static str) -> LimiterFigures {
        let outcome = |outcome| {
            let labels = RateLimitLabels { limiter, outcome };
            self.rate_limits.get_or_create_owned(&labels)
        };
        LimiterFigures {
            would_warn: outcome("would_warn"),
            warned: outcome("warned"),
            would_limit: outcome("would_limit"),
            limited: outcome("limited"),
            bypassed: outcome("bypassed"),
            untracked: outcome("untracked"),
            unknown_client: outcome("unknown_client"),
        }
    }
}
