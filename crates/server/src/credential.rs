//! Tokens and keys: making them, and the digest that is stored of a secret (spec: service §4.2).

use burgee_model::ProjectToken;
use burgee_store::{KeyDigest, SecretKey};

/// What tokens and keys are written with, after their prefix.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters after the prefix: 43 of 62 are 256 bits.
const LENGTH: usize = 43;

/// Random bytes above this would make the first letters of [`ALPHABET`] likelier than the last.
const FAIR_MAX: u8 = 247;

/// Characters of a key that are stored for people to tell keys apart.
const HINT_CHARS_MAX: usize = 8;

/// A new public token of an environment.
pub(crate) fn new_token() -> anyhow::Result<ProjectToken> {
    Ok(ProjectToken::parse(&random("phc_")?)?)
}

/// A new secret key of an environment.
pub(crate) fn new_secret_key() -> anyhow::Result<String> {
    random("phs_")
}

/// A new personal key.
pub(crate) fn new_personal_key() -> anyhow::Result<String> {
    random("phx_")
}

/// Whether a text has the form of a key that was made here, secret as that is.
pub(crate) fn looks_like_a_key(text: &str) -> bool {
    ["phs_", "phx_"]
        .iter()
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|rest| rest.len() >= LENGTH / 2)
}

/// What is stored of a key: its digest, a hint that gives away half of it at most, its scopes.
pub(crate) fn stored_key(key: &str, scopes: &[String]) -> SecretKey {
    let hint_chars = HINT_CHARS_MAX.min(key.chars().count() / 2);
    SecretKey {
        digest: KeyDigest::of(key),
        hint: key.chars().take(hint_chars).collect(),
        name: None,
        scopes: scopes.to_vec(),
        expires_at: None,
    }
}

fn random(prefix: &str) -> anyhow::Result<String> {
    let mut text = String::from(prefix);
    let wanted = prefix.len() + LENGTH;
    while text.len() < wanted {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow::anyhow!("no randomness for a key: {error}"))?;
        for byte in bytes.into_iter().filter(|byte| *byte <= FAIR_MAX) {
            let letter = ALPHABET.get(usize::from(byte) % ALPHABET.len());
            if text.len() < wanted {
                text.extend(letter.map(|letter| char::from(*letter)));
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_stored_as_its_digest_and_a_hint() {
        let stored = stored_key("test_key_12345", &["feature_flag:read".to_owned()]);
        assert_eq!(stored.digest, KeyDigest::of("test_key_12345"));
        assert_eq!(stored.hint, "test_ke");
        assert_eq!(stored.scopes, ["feature_flag:read"]);
    }

    #[test]
    fn new_tokens_are_long_and_differ() {
        let (one, other) = (new_token().unwrap(), new_token().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), "phc_".len() + LENGTH);
        for (key, prefix) in [(new_secret_key(), "phs_"), (new_personal_key(), "phx_")] {
            let key = key.unwrap();
            assert!(
                key.starts_with(prefix) && key.len() == prefix.len() + LENGTH,
                "{key}"
            );
        }
    }

    #[test]
    fn every_letter_is_equally_likely() {
        assert_eq!((usize::from(FAIR_MAX) + 1) % ALPHABET.len(), 0);
    }
}
