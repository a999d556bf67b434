//! The sections `[keys]` and `[payloads]`: word of the use of keys, and what payloads are encrypted
//! with.

use burgee_fernet::FernetKeys;

use super::key::Kind;
use super::section::section;

section! {
    /// Keys of server-side SDKs.
    Keys {
        /// How often the database is told when keys were used.
        use_interval_ms: u64 = "keys.use_interval_ms", Kind::Whole {
            default: 30_000, least: 100, most: 3_600_000, unit: "ms",
        };
    }
}

section! {
    /// Payloads of flags.
    Payloads {
        /// What payloads of flags with `has_encrypted_payloads` are encrypted with. The first key
        /// encrypts, the others only decrypt; after a change, `burgee payloads reencrypt`. Empty:
        /// such flags cannot be applied, and their payloads not be read.
        secret_keys: Option<FernetKeys> = "payloads.secret_keys", Kind::Secret {
            form: "1 to 16 Fernet keys (32 bytes each, url-safe base64), separated by commas",
        };
    }
}
