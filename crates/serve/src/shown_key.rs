//! A key as a client shows it.

use burgee_store::KeyDigest;

/// Longest key that is looked at, in bytes. Ours have 47.
const KEY_BYTES_MAX: usize = 1_024;

/// What keys that belong to an environment begin with.
const SECRET_PREFIX: &str = "phs_";

/// What a key is found by, and what it looks like. Its text is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShownKey {
    /// `None`: too long to be anybody's.
    pub(crate) digest: Option<KeyDigest>,
    /// Whether it has the prefix of secret keys.
    pub(crate) is_secret: bool,
}

impl ShownKey {
    pub(crate) fn of(key: &str) -> Self {
        Self {
            digest: (key.len() <= KEY_BYTES_MAX).then(|| KeyDigest::of(key)),
            is_secret: key.starts_with(SECRET_PREFIX),
        }
    }
}
