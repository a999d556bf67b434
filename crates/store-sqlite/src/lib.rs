//! The embedded store: SQLite in WAL mode.

mod config;
mod connection;
mod error;
mod lane;
mod migration;
mod read;
mod store;
mod write;

pub use config::{InvalidLocation, READERS_MAX, SqliteConfig, SqliteLocation};
pub use store::SqliteStore;
pub fn bench_read(
    c: &rusqlite::Connection,
    q: &burgee_store::SubjectQuery,
) -> Result<burgee_store::SubjectRead, burgee_store::StoreError> {
    read::read_subject(c, q)
}
