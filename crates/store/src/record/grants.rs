//! The record of what a key opens, and the fingerprint by which such a record is known to be the
//! newest.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{OpenRecord, RecordError, RecordName, open_record, seal_record, text};
use crate::{KeyDigest, KeyGrant, KeyKind};

/// One grant as it is written.
#[derive(Serialize, Deserialize)]
struct WrittenGrant {
    kind: WrittenKind,
    environment: EnvironmentId,
    token: ProjectToken,
    scopes: Vec<String>,
    expires_at_unix_micros: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenKind {
    Secret,
    Personal,
}

/// Which key, and what it opens, in eight bytes. Two keys share one in some billions: enough to tell a
/// record that is out of date or missing from a key that nobody has, never enough to open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyFingerprint {
    /// Of the key.
    pub key: u32,
    /// Of what it opens.
    pub grants: u32,
}

impl KeyFingerprint {
    /// The fingerprint of a key that opens `grants`.
    pub fn of(digest: &KeyDigest, grants: &[KeyGrant]) -> Self {
        let written: Vec<WrittenGrant> = grants.iter().map(WrittenGrant::of).collect();
        // A text of plain fields can always be written.
        let text = serde_json::to_vec(&written).unwrap_or_default();
        Self {
            key: Self::of_key(digest),
            grants: first_word(&text),
        }
    }

    /// The part about the key.
    pub fn of_key(digest: &KeyDigest) -> u32 {
        first_word(digest.to_string().as_bytes())
    }
}

/// The record of what a key opens; of nothing, if `grants` is empty.
pub fn seal_grants(
    digest: KeyDigest,
    grants: &[KeyGrant],
    taken_at: Timestamp,
) -> Result<Vec<u8>, RecordError> {
    let written: Vec<WrittenGrant> = grants.iter().map(WrittenGrant::of).collect();
    let name = RecordName::Grants(digest);
    seal_record(&name, taken_at, &text::pack(&written)?)
}

/// What the key with this digest opens.
pub fn open_grants(
    digest: KeyDigest,
    record: &[u8],
) -> Result<OpenRecord<Vec<KeyGrant>>, RecordError> {
    let OpenRecord { taken_at, payload } = open_record(&RecordName::Grants(digest), record)?;
    let written: Vec<WrittenGrant> = text::unpack(payload)?;
    Ok(OpenRecord {
        taken_at,
        payload: written.into_iter().map(WrittenGrant::grant).collect(),
    })
}

fn first_word(text: &[u8]) -> u32 {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(text).into();
    u32::from_be_bytes([a, b, c, d])
}

impl WrittenGrant {
    fn of(grant: &KeyGrant) -> Self {
        Self {
            kind: match grant.kind {
                KeyKind::Secret => WrittenKind::Secret,
                KeyKind::Personal => WrittenKind::Personal,
            },
            environment: grant.environment,
            token: grant.token.clone(),
            scopes: grant.scopes.clone(),
            expires_at_unix_micros: grant.expires_at.map(Timestamp::unix_micros),
        }
    }

    fn grant(self) -> KeyGrant {
        KeyGrant {
            kind: match self.kind {
                WrittenKind::Secret => KeyKind::Secret,
                WrittenKind::Personal => KeyKind::Personal,
            },
            environment: self.environment,
            token: self.token,
            scopes: self.scopes,
            expires_at: self.expires_at_unix_micros.map(Timestamp::from_unix_micros),
        }
    }
}
