//! Fernet tokens: texts that are encrypted at rest, by a current key and readable by older ones.
//!
//! ```
//! # use burgee_fernet::FernetKeys;
//! # use burgee_model::Timestamp;
//! let keys: FernetKeys = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=".parse()?;
//! let token = keys.encrypt("hello", Timestamp::from_unix_millis(0), [7; 16]);
//! assert_eq!(keys.decrypt(&token), Some("hello".to_owned()));
//! # Ok::<(), burgee_fernet::InvalidKeys>(())
//! ```
//!
//! Pure: whoever encrypts hands in the time and sixteen random bytes. The ciphers and the comparison
//! of authentication codes in constant time are RustCrypto's (`docs/adr/0007-fernet-from-parts.md`).
//!
//! Surprising: a token's age is never looked at. These are texts at rest, and rest has no end.

mod keys;
mod token;

pub use keys::{FernetKeys, InvalidKeys, KEYS_MAX, key_text};
pub use token::is_token;
