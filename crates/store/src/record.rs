//! Named records: what nodes hand to each other through a shared cache, or to themselves across a
//! restart on disk.
//!
//! A cache of records is never trusted and never the truth: whoever reads one checks that it is
//! whole, and does without when it is not.

use std::fmt;

use async_trait::async_trait;
use burgee_model::ProjectToken;

use crate::{KeyDigest, StoreError};

mod definitions;
mod grants;
mod revisions;
mod seal;
mod text;

pub use definitions::{open_definitions, seal_definitions};
pub use grants::{KeyFingerprint, open_grants, seal_grants};
pub use revisions::{SharedContents, open_contents, seal_contents};
pub use seal::{OpenRecord, RecordError, open_record, seal_record};

/// Largest record, in bytes. One that is larger is not written, and not read.
pub const RECORD_BYTES_MAX: usize = 16 << 20;

/// Which record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordName {
    /// The definitions of an environment.
    Definitions(ProjectToken),
    /// The definitions document of an environment, ready to be sent.
    Document(ProjectToken),
    /// What a key opens.
    Grants(KeyDigest),
    /// The revision of every environment.
    Revisions,
}

/// Keeps records by name.
#[async_trait]
pub trait RecordCache: Send + Sync {
    /// The bytes as they were written; `None`: there is none.
    async fn read(&self, name: &RecordName) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces what is there, unless that was written with a higher `version`: of two writers the
    /// one that knows less loses.
    async fn write(
        &self,
        name: &RecordName,
        version: u64,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError>;

    /// Forgets a record, whatever its version. One that is not there is no error.
    async fn remove(&self, name: &RecordName) -> Result<(), StoreError>;
}

impl RecordName {
    /// What kind of record it is, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Definitions(_) => "definitions",
            Self::Document(_) => "document",
            Self::Grants(_) => "grants",
            Self::Revisions => "revisions",
        }
    }
}

impl fmt::Display for RecordName {
    /// As it is stored: `definitions:phc_…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definitions(token) => write!(f, "definitions:{token}"),
            Self::Document(token) => write!(f, "document:{token}"),
            Self::Grants(digest) => write!(f, "grants:{digest}"),
            Self::Revisions => f.write_str("revisions"),
        }
    }
}
