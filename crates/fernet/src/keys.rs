//! The keys: one that encrypts, and any that decrypt.

use std::{fmt, str::FromStr};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use burgee_model::Timestamp;

use crate::token;

/// Most keys that are taken, the current one included.
pub const KEYS_MAX: usize = 16;

/// Bytes of a key: half signs, half encrypts.
const KEY_BYTES: usize = 32;

/// With or without the padding, since people lose it on the way.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Keys as they are configured: the current one, then older ones that only decrypt.
#[derive(Clone, PartialEq, Eq)]
pub struct FernetKeys {
    current: Key,
    older: Vec<Key>,
}

/// A text is no list of keys. The text is not repeated: part of it may be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not 1 to {KEYS_MAX} keys, each 32 bytes in url-safe base64 (44 characters), separated by commas"
)]
pub struct InvalidKeys;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) signing: [u8; KEY_BYTES / 2],
    pub(crate) encryption: [u8; KEY_BYTES / 2],
}

/// The text of the key that these random bytes make.
pub fn key_text(random: [u8; KEY_BYTES]) -> String {
    BASE64.encode(random)
}

impl FernetKeys {
    /// Encrypts with the current key. `random` makes equal texts differ, and must be new each time.
    pub fn encrypt(&self, text: &str, now: Timestamp, random: [u8; 16]) -> String {
        token::write(&self.current, text, now, random)
    }

    /// What the token says, if any of the keys made it.
    pub fn decrypt(&self, token: &str) -> Option<String> {
        std::iter::once(&self.current)
            .chain(&self.older)
            .find_map(|key| token::read(key, token))
    }

    /// Whether the current key made the token, so that older ones are not needed for it.
    pub fn is_current(&self, token: &str) -> bool {
        token::read(&self.current, token).is_some()
    }
}

impl FromStr for FernetKeys {
    type Err = InvalidKeys;

    /// Keys in url-safe base64, separated by commas, the current one first.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keys = Vec::new();
        for part in text.split(',') {
            if keys.len() == KEYS_MAX {
                return Err(InvalidKeys);
            }
            keys.push(Key::parse(part.trim())?);
        }
        let mut keys = keys.into_iter();
        Ok(Self {
            current: keys.next().ok_or(InvalidKeys)?,
            older: keys.collect(),
        })
    }
}

impl Key {
    fn parse(text: &str) -> Result<Self, InvalidKeys> {
        let bytes = BASE64.decode(text).map_err(|_| InvalidKeys)?;
        let (signing, encryption) = bytes.split_first_chunk().ok_or(InvalidKeys)?;
        let encryption = encryption.try_into().map_err(|_| InvalidKeys)?;
        Ok(Self {
            signing: *signing,
            encryption,
        })
    }
}

impl fmt::Debug for FernetKeys {
    /// How many there are; never what they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FernetKeys({})", 1 + self.older.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    const OTHER: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    #[test]
    fn keys_are_a_list_within_a_limit() {
        let many = |count| vec![ONE; count].join(",");
        for (text, is_taken) in [
            (ONE.to_owned(), true),
            (ONE.trim_end_matches('=').to_owned(), true),
            (format!(" {ONE} , {OTHER} "), true),
            (many(KEYS_MAX), true),
            (many(KEYS_MAX + 1), false),
            (String::new(), false),
            (format!("{ONE},"), false),
            (format!("{ONE}A"), false),
            (ONE.replace('_', "/"), false),
            ("c2hvcnQ=".to_owned(), false),
        ] {
            assert_eq!(text.parse::<FernetKeys>().is_ok(), is_taken, "{text}");
        }
    }

    #[test]
    fn the_current_key_encrypts_and_older_ones_still_decrypt() {
        let now = Timestamp::from_unix_millis(0);
        let before: FernetKeys = ONE.parse().unwrap();
        let token = before.encrypt("ünder", now, [1; 16]);
        let rotated: FernetKeys = format!("{OTHER},{ONE}").parse().unwrap();
        assert_eq!(rotated.decrypt(&token).as_deref(), Some("ünder"));
        assert!(before.is_current(&token) && !rotated.is_current(&token));
        let renewed = rotated.encrypt("ünder", now, [2; 16]);
        assert!(rotated.is_current(&renewed));
        assert_eq!(before.decrypt(&renewed), None);
    }

    #[test]
    fn a_new_key_is_taken() {
        assert!(key_text([255; KEY_BYTES]).parse::<FernetKeys>().is_ok());
    }

    #[test]
    fn keys_are_never_shown() {
        let keys: FernetKeys = format!("{ONE},{OTHER}").parse().unwrap();
        assert_eq!(format!("{keys:?}"), "FernetKeys(2)");
        assert!(!InvalidKeys.to_string().contains(ONE));
    }
}
