//! Keys that open environments, found by their digests. A key itself is stored nowhere.

use std::fmt::{self, Write as _};

use async_trait::async_trait;
use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Keys that may be asked for in one read or touched in one write; more is a mistake of the caller's.
pub const KEYS_READ_MAX: usize = 500;

/// Hexadecimal digits of a digest, two a byte.
const DIGEST_DIGITS: usize = 64;

/// What a stored digest begins with.
const DIGEST_PREFIX: &str = "sha256$";

/// What is kept of a key: SHA-256 of it, without salt, as PostHog does, since keys are random and
/// long (spec: service §4.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyDigest([u8; 32]);

/// A text is not the digest of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the digest of a key")]
pub struct InvalidDigest;

/// A credential as it is kept: never the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// By which the key is found.
    pub digest: KeyDigest,
    /// First characters, for people to tell keys apart.
    pub hint: String,
    /// What people call it. `None`: as it was called before, if it was.
    pub name: Option<String>,
    /// What the key allows, such as `feature_flag:read`; empty: as its kind allows.
    pub scopes: Vec<String>,
    /// From when on it opens nothing. `None`: as it was before, at first never.
    pub expires_at: Option<Timestamp>,
}

/// Which kind a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// Belongs to one environment, normally `phs_…`.
    Secret,
    /// Belongs to a person and opens several environments, normally `phx_…`.
    Personal,
}

/// One environment that a key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGrant {
    /// As what the key was given to the environment.
    pub kind: KeyKind,
    /// The environment.
    pub environment: EnvironmentId,
    /// Its public token.
    pub token: ProjectToken,
    /// What the key allows there; empty: as its kind allows.
    pub scopes: Vec<String>,
    /// From when on it opens nothing there; `None`: never. Whoever asks compares it with the present:
    /// no store does, so that a key expires without anything being read.
    pub expires_at: Option<Timestamp>,
}

/// A key as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// By which the key is found.
    pub digest: KeyDigest,
    /// First characters.
    pub hint: String,
    /// What people call it.
    pub name: Option<String>,
    /// When it was put first. `None`: before that was noted.
    pub created_at: Option<Timestamp>,
    /// When it was used last, as far as nodes have told; they do so now and then.
    pub last_used_at: Option<Timestamp>,
    /// What it opens, never nothing: as secret key first, then by environment.
    pub places: Vec<KeyPlace>,
}

/// A grant with the names of what it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The project's name.
    pub project: String,
    /// The environment's name.
    pub environment: String,
    /// What is given there.
    pub grant: KeyGrant,
}

/// Reads what keys open.
#[async_trait]
pub trait CredentialReader: Send + Sync {
    /// What each of these keys opens, in the order of `keys`, at most [`KEYS_READ_MAX`] of them. A
    /// key that nobody has, or has no more, opens nothing.
    ///
    /// Giving or taking a key moves the mark of [`crate::DefinitionReader::read_revisions`].
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError>;

    /// Every key and what it opens, in the order of digests, page by page: at most `limit` keys (1 to
    /// [`KEYS_READ_MAX`]) after the last one of the page before. An empty page is the end.
    async fn list_grants(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<(KeyDigest, Vec<KeyGrant>)>, StoreError>;
}

/// Keys for those who manage them, and word of their use.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Every key, page by page like [`CredentialReader::list_grants`].
    async fn list_keys(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError>;

    /// Notes when keys were used last, at most [`KEYS_READ_MAX`] of them. An earlier moment than the
    /// one noted changes nothing, nor does a key that nobody has. Moves no mark and no revision.
    async fn touch_keys(&self, used: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError>;
}

impl KeyDigest {
    /// The digest of a key.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Reads what its `Display` writes.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        let digits = text.strip_prefix(DIGEST_PREFIX).ok_or(InvalidDigest)?;
        if digits.len() != DIGEST_DIGITS {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; DIGEST_DIGITS / 2];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return Err(InvalidDigest),
                };
                *byte = *byte << 4 | value;
            }
        }
        Ok(Self(bytes))
    }
}

impl KeyRecord {
    /// Makes one record of those of the same key that follow each other: each has the places of its
    /// own, is as old as the oldest and was used when the last was. For stores.
    pub fn gather(rows: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut records: Vec<Self> = Vec::new();
        for row in rows {
            match records.last_mut().filter(|last| last.digest == row.digest) {
                None => records.push(row),
                Some(last) => {
                    last.name = last.name.take().or(row.name);
                    last.created_at = match (last.created_at, row.created_at) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                    last.last_used_at = last.last_used_at.max(row.last_used_at);
                    last.places.extend(row.places);
                }
            }
        }
        records
    }

    /// What [`CredentialReader::list_grants`] tells of the key.
    pub fn into_grants(self) -> (KeyDigest, Vec<KeyGrant>) {
        let grants = self.places.into_iter().map(|place| place.grant);
        (self.digest, grants.collect())
    }
}

/// Refuses a number of keys that is not 1 to [`KEYS_READ_MAX`], for stores.
pub fn check_key_page(limit: usize) -> Result<(), StoreError> {
    if (1..=KEYS_READ_MAX).contains(&limit) {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "a page of {limit} keys was asked for, 1 to {KEYS_READ_MAX} are possible"
    )))
}

/// Refuses more than [`KEYS_READ_MAX`] keys at once, for stores.
pub fn check_key_count(count: usize) -> Result<(), StoreError> {
    if count <= KEYS_READ_MAX {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "{count} keys at once, at most {KEYS_READ_MAX} are possible"
    )))
}

impl fmt::Display for KeyDigest {
    /// `sha256$` and 64 hexadecimal digits, as it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DIGEST_PREFIX)?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        fmt::Display::fmt(self, f)?;
        f.write_char('`')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_one_that_posthog_would_store() {
        assert_eq!(
            KeyDigest::of("test_key_12345").to_string(),
            "sha256$45af89b510a3279a817f851de5d3f95b73485d58ec2672a39e52d8aeeb014059"
        );
    }

    #[test]
    fn a_digest_is_read_back_and_nothing_else_is() {
        let digest = KeyDigest::of("phs_a");
        let text = digest.to_string();
        assert_eq!(KeyDigest::parse(&text), Ok(digest));
        for other in [
            "",
            "sha256$",
            &text[..text.len() - 1],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replacen("sha256$", "sha512$", 1),
            &format!("sha256${}", "g".repeat(64)),
        ] {
            assert_eq!(KeyDigest::parse(other), Err(InvalidDigest), "{other}");
        }
    }
}
