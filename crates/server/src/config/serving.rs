//! The sections about answering requests: `[runtime]`, `[request]`, `[snapshots]`, `[evaluation]`,
//! `[network]`, `[geoip]`, `[metrics]` and `[shutdown]`.

use std::path::PathBuf;
use std::time::Duration;

use burgee_serve::ServeConfig;

use super::key::Kind;
use super::log::LogFormat;
use super::section::section;
use super::value::Secret;
use crate::listen::ListenLimits;

section! {
    /// Threads of the program.
    Runtime {
        /// Threads that receive and answer requests. 0: one for each core.
        worker_threads: usize = "runtime.worker_threads", Kind::Whole {
            default: 0, least: 0, most: 1_024, unit: "threads",
        };
    }
}

section! {
    /// Limits of one request.
    Request {
        /// Time for one request, body included; past it the answer is 503.
        deadline_ms: u64 = "request.deadline_ms", Kind::Whole {
            default: 4_500, least: 100, most: 60_000, unit: "ms",
        };
        /// Time for everything about the person, reads and writes together. Past it, flags that
        /// needed it fail, all others are answered.
        subject_deadline_ms: u64 = "request.subject_deadline_ms", Kind::Whole {
            default: 2_500, least: 1, most: 60_000, unit: "ms",
        };
        /// Requests that are worked on at once; further ones wait for their turn.
        concurrency_max: usize = "request.concurrency_max", Kind::Whole {
            default: 1_000, least: 1, most: 1_000_000, unit: "requests",
        };
        /// How long a request waits for its turn before the answer is 503.
        concurrency_wait_ms: u64 = "request.concurrency_wait_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// Bearer token of requests that may ask why each condition did or did not match. Empty:
        /// nobody may.
        internal_token: Secret = "request.internal_token", Kind::Secret {
            form: "a text of 16 characters or more",
        };
    }
}

section! {
    /// Compiled definitions that are held in memory.
    Snapshots {
        /// Memory for compiled definitions; those that nobody asks for go first.
        bytes_max: u64 = "snapshots.bytes_max", Kind::Whole {
            default: 536_870_912, least: 1_048_576, most: 1_099_511_627_776, unit: "bytes",
        };
        /// Memory for definitions as they are sent to SDKs that evaluate themselves, compressed
        /// forms included; those that nobody asks for go first.
        document_bytes_max: u64 = "snapshots.document_bytes_max", Kind::Whole {
            default: 268_435_456, least: 1_048_576, most: 1_099_511_627_776, unit: "bytes",
        };
        /// Unknown tokens that are remembered, so that they are not looked up again.
        unknown_tokens_max: u64 = "snapshots.unknown_tokens_max", Kind::Whole {
            default: 10_000, least: 0, most: 10_000_000, unit: "tokens",
        };
        /// How long a token stays unknown before it is looked up again.
        unknown_token_ttl_ms: u64 = "snapshots.unknown_token_ttl_ms", Kind::Whole {
            default: 300_000, least: 100, most: 3_600_000, unit: "ms",
        };
        /// How often the database is asked what changed.
        poll_interval_ms: u64 = "snapshots.poll_interval_ms", Kind::Whole {
            default: 500, least: 10, most: 60_000, unit: "ms",
        };
        /// How long a request for definitions that are not in memory waits for the database before
        /// what nodes share and what this node kept are looked at.
        store_wait_ms: u64 = "snapshots.store_wait_ms", Kind::Whole {
            default: 2_000, least: 1, most: 60_000, unit: "ms",
        };
        /// How long it waits for each of those.
        record_wait_ms: u64 = "snapshots.record_wait_ms", Kind::Whole {
            default: 500, least: 1, most: 60_000, unit: "ms",
        };
        /// From which age on answers say in `X-Burgee-Definitions-Age`, in seconds, how old the
        /// definitions are. The age is the time since they were last known to be the newest.
        stale_after_ms: u64 = "snapshots.stale_after_ms", Kind::Whole {
            default: 10_000, least: 1_000, most: 86_400_000, unit: "ms",
        };
        /// How often a node that fills what nodes share looks after it, and says there that it is up
        /// to date.
        keeper_interval_ms: u64 = "snapshots.keeper_interval_ms", Kind::Whole {
            default: 2_000, least: 100, most: 60_000, unit: "ms",
        };
    }
}

section! {
    /// Threads for large evaluations; small ones run where the request is.
    Evaluation {
        /// Threads of the pool. 0: one for each core.
        pool_threads: usize = "evaluation.pool_threads", Kind::Whole {
            default: 0, least: 0, most: 1_024, unit: "threads",
        };
        /// Evaluations that may wait for the pool or be in it. 0: as many as it has threads.
        pool_permits: usize = "evaluation.pool_permits", Kind::Whole {
            default: 0, least: 0, most: 100_000, unit: "evaluations",
        };
        /// How long an evaluation waits for the pool before the answer is 504.
        pool_wait_ms: u64 = "evaluation.pool_wait_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// Evaluations of at least this many flags go to the pool.
        large_plan_flags: usize = "evaluation.large_plan_flags", Kind::Whole {
            default: 2_000, least: 1, most: 10_000_000, unit: "flags",
        };
        /// Bodies of at least this size are read in the pool.
        large_body_bytes: usize = "evaluation.large_body_bytes", Kind::Whole {
            default: 262_144, least: 1, most: 4_194_304, unit: "bytes",
        };
    }
}

section! {
    /// Connections, and who the client is.
    Network {
        /// Proxies in front of the server that add to `X-Forwarded-For`. The client's address is
        /// the one that the outermost of them saw. 0: the header is not read.
        trusted_proxy_hops: usize = "network.trusted_proxy_hops", Kind::Whole {
            default: 0, least: 0, most: 16, unit: "proxies",
        };
        /// Connections that are open at once; further ones wait to be accepted.
        connections_max: usize = "network.connections_max", Kind::Whole {
            default: 25_000, least: 1, most: 1_000_000, unit: "connections",
        };
        /// Time for the head of a request to arrive, and for a connection to stay idle.
        head_timeout_ms: u64 = "network.head_timeout_ms", Kind::Whole {
            default: 60_000, least: 100, most: 3_600_000, unit: "ms",
        };
    }
}

section! {
    /// Where the client is.
    GeoIp {
        /// MaxMind database of cities, for the `$geoip_…` properties. Empty: none.
        database: Option<PathBuf> = "geoip.database", Kind::Text {
            default: "",
            form: "the path of an .mmdb file",
        };
    }
}

section! {
    /// Numbers for Prometheus.
    Metrics {
        /// Whether `/metrics` answers.
        enabled: bool = "metrics.enabled", Kind::Switch { default: true };
    }
}

section! {
    /// How the server stops.
    Shutdown {
        /// Time for requests under way when the server is told to stop.
        deadline_ms: u64 = "shutdown.deadline_ms", Kind::Whole {
            default: 30_000, least: 0, most: 600_000, unit: "ms",
        };
    }
}

impl super::Config {
    /// What the serving path wants to know.
    pub(crate) fn serve_config(&self) -> ServeConfig {
        ServeConfig {
            role: self.instance.role,
            store_wait: Duration::from_millis(self.snapshots.store_wait_ms),
            record_wait: Duration::from_millis(self.snapshots.record_wait_ms),
            stale_after: Duration::from_millis(self.snapshots.stale_after_ms),
            keeper_interval: Duration::from_millis(self.snapshots.keeper_interval_ms),
            request_timeout: Duration::from_millis(self.request.deadline_ms),
            subject_timeout: Duration::from_millis(self.request.subject_deadline_ms),
            concurrency_max: self.request.concurrency_max,
            concurrency_wait: Duration::from_millis(self.request.concurrency_wait_ms),
            snapshot_bytes_max: self.snapshots.bytes_max,
            document_bytes_max: self.snapshots.document_bytes_max,
            unknown_tokens_max: self.snapshots.unknown_tokens_max,
            unknown_token_ttl: Duration::from_millis(self.snapshots.unknown_token_ttl_ms),
            key_use_interval: Duration::from_millis(self.keys.use_interval_ms),
            revision_poll_interval: Duration::from_millis(self.snapshots.poll_interval_ms),
            usage_flush_interval: Duration::from_millis(self.usage.flush_interval_ms),
            quota_refresh_interval: Duration::from_millis(self.quotas.refresh_interval_ms),
            rate_limits: self.rate_limits.config(),
            trusted_proxy_hops: self.network.trusted_proxy_hops,
            cpu_threads: self.evaluation.pool_threads,
            cpu_permits: self.evaluation.pool_permits,
            cpu_wait: Duration::from_millis(self.evaluation.pool_wait_ms),
            large_plan_flags: self.evaluation.large_plan_flags,
            large_body_bytes: self.evaluation.large_body_bytes,
            breaker_failures: self.store.breaker_failures,
            breaker_pause: Duration::from_millis(self.store.breaker_pause_ms),
            writes_hash_keys: self.store.writes_hash_keys,
            log_identifiers: self.log.identifiers,
            log_format: match self.log.format {
                LogFormat::Json => burgee_serve::LogFormat::Json,
                LogFormat::Text => burgee_serve::LogFormat::Text,
            },
            internal_token: self.request.internal_token.0.clone(),
            serves_metrics: self.metrics.enabled,
            waiting_max: self.push.waiting_max,
            hold_max: Duration::from_millis(self.push.hold_max_ms),
            releases_per_ms: self.push.releases_per_ms,
            tells_ofrep_events: self.push.ofrep_streams,
            payload_keys: self.payloads.secret_keys.clone(),
        }
    }

    /// Limits of the listener.
    pub(crate) fn listen_limits(&self) -> ListenLimits {
        ListenLimits {
            connections_max: self.network.connections_max,
            head_timeout: Duration::from_millis(self.network.head_timeout_ms),
            drain_timeout: Duration::from_millis(self.shutdown.deadline_ms),
        }
    }
}
