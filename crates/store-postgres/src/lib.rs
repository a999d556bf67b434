//! The shared store: PostgreSQL, for several nodes that serve one truth.
//!
//! It implements the traits of `burgee-store` and passes that crate's contract suite. It knows
//! nothing of evaluation and never looks into a document: filters and properties are JSON text.
//! Opening it connects to nothing: a process starts while its database is down, and the schema is
//! looked at, and brought up to date, with the first call that finds the database there.
//!
//! Two things are not as one might expect. Connections are kept by a pool of our own (`pool.rs`),
//! because sqlx's cannot tell a pool that is used up from a database that is not there, and asks the
//! server a question each time that a connection comes back. And requests that read persons at the
//! same time are answered by one statement (`gather.rs`).
//!
//! ```
//! use burgee_store::{ProjectReader, StoreError};
//! use burgee_store_postgres::{PostgresConfig, PostgresStore};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let config = PostgresConfig::at("postgres://burgee@127.0.0.1:1/burgee".parse().unwrap());
//! let store = PostgresStore::open(&config).unwrap();
//! let nobody_there = store.list_projects().await;
//! assert!(matches!(nobody_there, Err(StoreError::Unavailable(_))));
//! # });
//! ```

mod config;
mod error;
mod gather;
mod migration;
mod notice;
mod pool;
mod read;
mod store;
mod write;

pub use config::{
    CONNECTIONS_MAX, InvalidLocation, PoolSizes, PostgresConfig, PostgresLocation, READS_MAX,
};
pub use store::PostgresStore;
