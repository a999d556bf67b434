//! Real servers for tests: the serving path on a real store, behind a real socket of 127.0.0.1.
//!
//! Nothing of ours is mocked. [`Faults`] stand between the server and its store and can be switched
//! on while it runs; everything else is what the program runs. Every wait has a deadline
//! ([`PATIENCE`]), past which the test fails instead of hanging.
//!
//! ```no_run
//! # async fn example() {
//! use burgee_testkit::TestServer;
//! use serde_json::json;
//!
//! let server = TestServer::start(json!({
//!     "flags": [{"key": "beta", "filters": {"groups": [{}]}}],
//! }))
//! .await;
//! let answer = server.flags(json!({"distinct_id": "u1"})).await;
//! assert_eq!(answer["flags"]["beta"]["enabled"], true);
//! # }
//! ```
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking, and so does its kit"
)]

mod backend;
mod client;
mod clock;
mod contents;
mod faults;
mod guard;
mod log;
mod patience;
mod patient_redis;
mod postgres;
mod records;
mod redis;
mod server;

pub use backend::TestStore;
pub use client::{Reply, Request};
pub use clock::TestClock;
pub use contents::{TOKEN, change_set};
pub use faults::{Fault, Faults, FaultyStore, Switch};
pub use log::CapturedLog;
pub use patience::{PATIENCE, eventually, within};
pub use patient_redis::patient_redis;
pub use postgres::PostgresServer;
pub use records::TestRecords;
pub use redis::RedisServer;
pub use server::{ServerBuilder, TestServer};
