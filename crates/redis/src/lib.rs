//! What nodes share through Redis: records of definitions and keys, notices of changes, usage
//! counters, the tokens that are over their quota, and settings that operators change at runtime.
//!
//! It implements traits of `burgee-store` and knows nothing of what a record holds. Nothing here is
//! the truth: a node does without Redis, only slower to learn of changes. So opening it connects to
//! nothing, and every call ends in time, with an error if need be.
//!
//! One server, Sentinel and Cluster are told apart in `topology.rs` alone. Keys of records and settings
//! start with a prefix of ours; those of usage and quotas are PostHog's, so that what collects and sets them
//! there works here as well.
//!
//! ```
//! use burgee_redis::{Redis, RedisConfig};
//! use burgee_store::{RecordCache, RecordName, StoreError};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let config = RedisConfig::at("redis://127.0.0.1:1".parse().unwrap());
//! let redis = Redis::open(&config).unwrap();
//! let nobody_there = redis.read(&RecordName::Revisions).await;
//! assert!(matches!(nobody_there, Err(StoreError::Unavailable(_))));
//! # });
//! ```

mod backoff;
mod config;
mod error;
mod link;
mod location;
mod notices;
mod quotas;
mod records;
mod settings;
mod shared;
mod topology;
mod usage;

pub use config::{COMMANDS_MAX, PREFIX_BYTES_MAX, RedisConfig};
pub use location::{InvalidLocation, RedisLocation};
pub use shared::Redis;
