//! Keys that open environments, found by their digests. A key itself is stored nowhere.

use std::fmt::{self, Write as _};

use async_trait::async_trait;
use burgee_model::{EnvironmentId, ProjectToken};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Keys that may be asked for in one read; more is a mistake of the caller's.
pub const KEYS_READ_MAX: usize = 500;

/// What is kept of a key: SHA-256 of it, without salt, as PostHog does, since keys are random and
/// long (spec: service §4.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyDigest([u8; 32]);

/// A credential as it is kept: never the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// By which the key is found.
    pub digest: KeyDigest,
    /// First characters, for people to tell keys apart.
    pub hint: String,
    /// What the key allows, such as `feature_flag:read`; empty: as its kind allows.
    pub scopes: Vec<String>,
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
}

/// Reads what keys open.
#[async_trait]
pub trait CredentialReader: Send + Sync {
    /// What each of these keys opens, in the order of `keys`, at most [`KEYS_READ_MAX`] of them. A
    /// key that nobody has, or has no more, opens nothing.
    ///
    /// Giving or taking a key moves the mark of [`crate::DefinitionReader::read_revisions`].
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError>;
}

impl KeyDigest {
    /// The digest of a key.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }
}

impl fmt::Display for KeyDigest {
    /// `sha256$` and 64 hexadecimal digits, as it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256$")?;
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
}
