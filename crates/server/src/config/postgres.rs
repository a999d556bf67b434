//! The section `[postgres]`: what only a store on PostgreSQL knows. How long it may take is in
//! `[store]`, as for any other.

use burgee_store_postgres::{PoolSizes, PostgresConfig, PostgresLocation};

use super::key::Kind;
use super::section::section;
use super::store::Store;

section! {
    /// Connections to PostgreSQL, where `database` is there. How long it may take is in `[store]`.
    Postgres {
        /// A copy of the database that requests read from, such as a streaming replica. Empty: they
        /// read from `database`, where all writes go.
        replica: Option<PostgresLocation> = "postgres.replica", Kind::Text {
            default: "",
            form: "`postgres://USER:PASSWORD@HOST:PORT/DATABASE`",
        };
        /// Connections that read definitions and keys. As with the others, none is made before it is
        /// needed.
        definition_connections_max: usize = "postgres.definition_connections_max", Kind::Whole {
            default: 4, least: 1, most: 1_000, unit: "connections",
        };
        /// Connections that read persons and groups for requests.
        subject_read_connections_max: usize = "postgres.subject_read_connections_max", Kind::Whole {
            default: 8, least: 1, most: 1_000, unit: "connections",
        };
        /// Connections that write what requests leave behind.
        subject_write_connections_max: usize = "postgres.subject_write_connections_max", Kind::Whole {
            default: 4, least: 1, most: 1_000, unit: "connections",
        };
        /// Connections that apply, export and bring the schema up to date.
        admin_connections_max: usize = "postgres.admin_connections_max", Kind::Whole {
            default: 2, least: 1, most: 1_000, unit: "connections",
        };
        /// Reads of persons that one statement may answer when they come at the same time.
        reads_per_statement_max: usize = "postgres.reads_per_statement_max", Kind::Whole {
            default: 32, least: 1, most: 1_000, unit: "reads",
        };
        /// How long making a connection may take.
        connect_timeout_ms: u64 = "postgres.connect_timeout_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// After how long without use a connection is not used again.
        idle_timeout_ms: u64 = "postgres.idle_timeout_ms", Kind::Whole {
            default: 600_000, least: 0, most: 86_400_000, unit: "ms",
        };
    }
}

impl Postgres {
    /// The store's configuration for a database at `location`.
    pub(crate) fn config(&self, location: PostgresLocation, store: &Store) -> PostgresConfig {
        PostgresConfig {
            location,
            replica: self.replica.clone(),
            pools: PoolSizes {
                definitions: self.definition_connections_max,
                subject_reads: self.subject_read_connections_max,
                subject_writes: self.subject_write_connections_max,
                admin: self.admin_connections_max,
            },
            reads_per_statement_max: self.reads_per_statement_max,
            queue_depth_max: store.queue_depth_max,
            acquire_timeout_ms: store.acquire_timeout_ms,
            connect_timeout_ms: self.connect_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
            query_timeout_ms: store.query_timeout_ms,
            definition_timeout_ms: store.definition_timeout_ms,
            write_timeout_ms: store.write_timeout_ms,
            commit_timeout_ms: store.commit_timeout_ms,
        }
    }
}
