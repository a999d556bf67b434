//! The hot path: flags answered over HTTP.
//!
//! [`Serving`] holds everything that requests share, [`router`] turns it into a service: an axum
//! router, and a way past it for polls of definitions. The trip of one request is
//! [`pipeline`](self): decode → admit → snapshot → plan → gather → evaluate → encode, read top to
//! bottom in `pipeline.rs`, which holds every `.await` of it.
//!
//! Knows stores only by the traits of `burgee-store`, no clock but the one it is given, and nothing
//! of management or event storage: flags are answered with those compiled out.
//!
//! SDKs that evaluate themselves are sent a [`document`](self) that is rendered once a revision.

mod accept_encoding;
mod access;
mod admission;
mod analysis;
mod backoff;
mod claim;
mod client_ip;
mod clock;
mod conditional;
mod config;
mod cors;
mod cpu_pool;
mod credentials;
mod deadline;
mod document;
mod documents;
mod environment;
mod etag;
mod exchange;
mod gather;
mod generation;
mod geoip;
mod head;
mod jitter;
mod keeper;
mod key_check;
mod key_use;
mod keyed_exchange;
mod last_good;
mod metrics;
mod notices;
mod outlet;
mod owned_given;
mod panic_guard;
mod pipeline;
mod push;
mod quotas;
mod rate_limit;
mod recent;
mod refresh;
mod refusal;
mod remote_config;
mod request_log;
mod role;
mod routes;
mod runtime;
mod runtime_settings;
mod scratch_pool;
mod serving;
mod shown_key;
mod sources;
mod staleness;
mod stores;
mod streak;
mod terms;
mod usage;
mod wake;
mod warm;
mod work;

pub use clock::Clock;
pub use config::ServeConfig;
pub use cors::{AllowEveryOrigin, PutAside};
pub use cpu_pool::CpuPoolError;
pub use deadline::within;
pub use geoip::{GeoIp, GeoIpError};
pub use outlet::{Outlet, Prepared};
pub use rate_limit::{InvalidRate, LimitMode, Rate, RateLimit, RateLimitConfig};
pub use request_log::{LogFormat, RequestLog};
pub use role::Role;
pub use routes::{Routes, router};
pub use serving::Serving;
pub use stores::Stores;
