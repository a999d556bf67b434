//! The embedded store: SQLite in WAL mode, for one machine.
//!
//! It implements the traits of `burgee-store` and passes that crate's contract suite. It knows
//! nothing of evaluation and never looks into a document: filters and properties are JSON text.
//! SQLite blocks its caller, so connections live on threads of their own and calls go to them
//! (`lane.rs`); why it is `rusqlite` rather than `sqlx` is in
//! `docs/adr/0001-rusqlite-on-reader-threads.md`.
//!
//! ```
//! use burgee_store::ProjectReader;
//! use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
//! assert!(store.list_projects().await.unwrap().is_empty());
//!
//! store.close();
//! assert!(store.list_projects().await.is_err());
//! # });
//! ```

mod config;
mod connection;
mod error;
mod lane;
mod migration;
mod notice;
mod read;
mod store;
mod write;

pub use config::{InvalidLocation, READERS_MAX, SqliteConfig, SqliteLocation};
pub use store::SqliteStore;
