//! The record of every environment's revision: the table of contents of a shared cache.
//!
//! Whoever fills the cache writes this record last, so that everything it names is there. A record
//! that is older than what stands here is out of date, and a key without a fingerprint here opens
//! nothing.

use burgee_model::{EnvironmentId, ProjectToken, Revision, Timestamp};
use serde::{Deserialize, Serialize};

use super::{KeyFingerprint, OpenRecord, RecordError, RecordName, open_record, seal_record, text};

/// What a shared cache holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedContents {
    /// The mark of [`crate::RevisionList`] that this is of.
    pub mark: u64,
    /// One entry per environment, the one that has no records yet included: at revision 0, which none
    /// has. Whoever reads this takes an environment without an entry for gone.
    pub revisions: Vec<(EnvironmentId, ProjectToken, Revision)>,
    /// One entry per key that opens anything.
    pub keys: Vec<KeyFingerprint>,
}

/// The record of these contents, under [`RecordName::Revisions`].
pub fn seal_contents(
    contents: &SharedContents,
    taken_at: Timestamp,
) -> Result<Vec<u8>, RecordError> {
    seal_record(&RecordName::Revisions, taken_at, &text::pack(contents)?)
}

/// What the cache holds.
pub fn open_contents(record: &[u8]) -> Result<OpenRecord<SharedContents>, RecordError> {
    let OpenRecord { taken_at, payload } = open_record(&RecordName::Revisions, record)?;
    Ok(OpenRecord {
        taken_at,
        payload: text::unpack(payload)?,
    })
}
