//! The section `[store]`: how long the database may take, and how many ask it at once.

use burgee_store_sqlite::{SqliteConfig, SqliteLocation};

use super::key::Kind;
use super::section::section;

section! {
    /// How long the database may take, and how many ask it at once.
    Store {
        /// SQLite: threads that read persons, and as many again that read definitions. 0: one for each
        /// core, at most 4.
        readers: usize = "store.readers", Kind::Whole {
            default: 0, least: 0, most: 64, unit: "threads",
        };
        /// Reads or writes that may wait for a thread of their kind, or reads of persons for a
        /// connection; one more fails at once.
        queue_depth_max: usize = "store.queue_depth_max", Kind::Whole {
            default: 1_024, least: 1, most: 1_000_000, unit: "jobs",
        };
        /// How long a request may wait for its turn to read. Past it, flags that needed the
        /// person fail, all others are answered.
        acquire_timeout_ms: u64 = "store.acquire_timeout_ms", Kind::Whole {
            default: 50, least: 1, most: 10_000, unit: "ms",
        };
        /// How long reading a person may take, with the same consequence.
        query_timeout_ms: u64 = "store.query_timeout_ms", Kind::Whole {
            default: 100, least: 1, most: 10_000, unit: "ms",
        };
        /// How long reading the definitions of an environment may wait, and again may take.
        definition_timeout_ms: u64 = "store.definition_timeout_ms", Kind::Whole {
            default: 5_000, least: 10, most: 60_000, unit: "ms",
        };
        /// How long a write of a request may take, such as remembering a visitor's bucket.
        write_timeout_ms: u64 = "store.write_timeout_ms", Kind::Whole {
            default: 1_000, least: 1, most: 10_000, unit: "ms",
        };
        /// How long applying a file may wait for its turn, and again may take.
        commit_timeout_ms: u64 = "store.commit_timeout_ms", Kind::Whole {
            default: 120_000, least: 100, most: 3_600_000, unit: "ms",
        };
        /// SQLite: how long to wait for another process that has the database locked.
        busy_timeout_ms: u64 = "store.busy_timeout_ms", Kind::Whole {
            default: 5_000, least: 0, most: 60_000, unit: "ms",
        };
        /// Failures in a row after which the database is left alone for a while.
        breaker_failures: u32 = "store.breaker_failures", Kind::Whole {
            default: 5, least: 1, most: 1_000_000, unit: "failures",
        };
        /// For how long it is left alone.
        breaker_pause_ms: u64 = "store.breaker_pause_ms", Kind::Whole {
            default: 1_000, least: 1, most: 60_000, unit: "ms",
        };
        /// Whether answering may write, to keep a visitor's answer when they log in.
        writes_hash_keys: bool = "store.writes_hash_keys", Kind::Switch { default: true };
        /// SQLite: how much of the file each reader may map into memory.
        mmap_bytes_max: u64 = "store.mmap_bytes_max", Kind::Whole {
            default: 67_108_864, least: 0, most: 1_099_511_627_776, unit: "bytes",
        };
    }
}

impl Store {
    /// The store's configuration for a database at `location`.
    pub(crate) fn sqlite(&self, location: SqliteLocation) -> SqliteConfig {
        let defaults = SqliteConfig::at(location);
        SqliteConfig {
            readers: match self.readers {
                0 => defaults.readers,
                readers => readers,
            },
            queue_depth_max: self.queue_depth_max,
            acquire_timeout_ms: self.acquire_timeout_ms,
            query_timeout_ms: self.query_timeout_ms,
            definition_timeout_ms: self.definition_timeout_ms,
            write_timeout_ms: self.write_timeout_ms,
            commit_timeout_ms: self.commit_timeout_ms,
            busy_timeout_ms: self.busy_timeout_ms,
            mmap_bytes_max: self.mmap_bytes_max,
            location: defaults.location,
        }
    }
}
