//! What can be set about serving. Every limit has a name and a unit; the program reads them from the
//! command line, the environment or a file.

use std::time::Duration;

use burgee_fernet::FernetKeys;

use crate::{RateLimitConfig, Role, request_log::LogFormat};

/// Settings of the serving path. [`ServeConfig::default`] suits one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct ServeConfig {
    /// What the node is for. Default everything.
    pub role: Role,
    /// A request that takes longer is answered 503. Default 4500 ms.
    pub request_timeout: Duration,
    /// Everything about the subject, reads and writes together. Past it, flags that need the data
    /// fail and all others are answered. Default 2500 ms.
    pub subject_timeout: Duration,
    /// Requests in flight; further ones wait. Default 1000.
    pub concurrency_max: usize,
    /// A request that waits longer for its turn is answered 503. Default 1000 ms.
    pub concurrency_wait: Duration,
    /// Memory for compiled definitions, in bytes; the least recently used go first. Default 512 MiB.
    pub snapshot_bytes_max: u64,
    /// Memory for rendered definitions documents, in bytes; the least recently used go first. Default
    /// 256 MiB.
    pub document_bytes_max: u64,
    /// Unknown tokens that are remembered. Default 10,000.
    pub unknown_tokens_max: u64,
    /// How long an unknown token is remembered. Default 300 s.
    pub unknown_token_ttl: Duration,
    /// How often the store is asked what changed. Default 500 ms.
    pub revision_poll_interval: Duration,
    /// How long a request waits for the store to read definitions or keys before other sources are
    /// looked through. Default 2000 ms.
    pub store_wait: Duration,
    /// How long for a record of a shared cache or of this node's disk. Default 500 ms.
    pub record_wait: Duration,
    /// Answers say how old the definitions are from this age on. Default 10 s.
    pub stale_after: Duration,
    /// How often whoever fills a shared cache says that it is up to date. Default 2 s.
    pub keeper_interval: Duration,
    /// How often the store is told when keys were used. Default 30 s.
    pub key_use_interval: Duration,
    /// How often usage is stored; what a crash loses at most. Default 10 s.
    pub usage_flush_interval: Duration,
    /// How often quotas and the allow list are read. Default 5 s.
    pub quota_refresh_interval: Duration,
    /// How often who may ask.
    pub rate_limits: RateLimitConfig,
    /// Held polls and streams of events at once; one more is not held, or refused. Default 20,000.
    pub waiting_max: usize,
    /// Longest time that a poll is held. Default 60 s.
    pub hold_max: Duration,
    /// How many of those who wait for the same change are answered in one millisecond; 0: all at once.
    /// Default 100.
    pub releases_per_ms: u32,
    /// Proxies in front that add to `X-Forwarded-For`; 0: none, the connection tells. Default 0.
    pub trusted_proxy_hops: usize,
    /// Threads for large evaluations and for compiling; 0: as many as cores. Default 0.
    pub cpu_threads: usize,
    /// Evaluations that may wait for or run on those threads; 0: as many as threads. Default 0.
    pub cpu_permits: usize,
    /// A large evaluation that waits longer for a thread is answered 504. Default 1000 ms.
    pub cpu_wait: Duration,
    /// Flags in a plan from which on it leaves the request's thread. Default 2000, from the
    /// benchmark: 0.1 ms for the simplest mix, under 1 ms for the dearest.
    pub large_plan_flags: usize,
    /// Bytes of a body from which on it is decoded off the request's thread. Default 256 KiB.
    pub large_body_bytes: usize,
    /// Consecutive failures of the store after which it is left alone for a while. Default 5.
    pub breaker_failures: u32,
    /// For how long. Default 1000 ms.
    pub breaker_pause: Duration,
    /// Whether continuity may store hash keys. Default true.
    pub writes_hash_keys: bool,
    /// Whether the log line of a request names the person, the device and the address. Default true.
    pub log_identifiers: bool,
    /// How log lines are written. Default text.
    pub log_format: LogFormat,
    /// Requests with `Authorization: Bearer` and this token may ask for per-condition analysis.
    /// Default none.
    pub internal_token: Option<String>,
    /// Whether OFREP's bulk answers say where changes are told. Default true.
    pub tells_ofrep_events: bool,
    /// What encrypted payloads are decrypted with. Default none: they cannot be read.
    pub payload_keys: Option<FernetKeys>,
    /// Whether `/metrics` is there. Default true.
    pub serves_metrics: bool,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            role: Role::All,
            request_timeout: Duration::from_millis(4_500),
            subject_timeout: Duration::from_millis(2_500),
            concurrency_max: 1_000,
            concurrency_wait: Duration::from_secs(1),
            snapshot_bytes_max: 512 << 20,
            document_bytes_max: 256 << 20,
            unknown_tokens_max: 10_000,
            unknown_token_ttl: Duration::from_mins(5),
            revision_poll_interval: Duration::from_millis(500),
            store_wait: Duration::from_secs(2),
            record_wait: Duration::from_millis(500),
            stale_after: Duration::from_secs(10),
            keeper_interval: Duration::from_secs(2),
            key_use_interval: Duration::from_secs(30),
            usage_flush_interval: Duration::from_secs(10),
            quota_refresh_interval: Duration::from_secs(5),
            rate_limits: RateLimitConfig::default(),
            waiting_max: 20_000,
            hold_max: Duration::from_mins(1),
            releases_per_ms: 100,
            trusted_proxy_hops: 0,
            cpu_threads: 0,
            cpu_permits: 0,
            cpu_wait: Duration::from_secs(1),
            large_plan_flags: 2_000,
            large_body_bytes: 256 << 10,
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(1),
            writes_hash_keys: true,
            log_identifiers: true,
            log_format: LogFormat::Text,
            internal_token: None,
            tells_ofrep_events: true,
            payload_keys: None,
            serves_metrics: true,
        }
    }
}
