//! Who has used up what was paid for, and until when (spec: service §8.1).
//!
//! Surprising: a quota that is over is still told for a while. An SDK that was refused may have
//! thrown its flags away and kept its ETag (sdk-protocol trap 5), so the ETag must differ after a
//! time of refusal, on every node alike; the end of the last one is what makes it differ.

use async_trait::async_trait;
use burgee_model::{ProjectToken, Timestamp};

use crate::StoreError;

/// Most quotas that are told; of more, those that end last.
pub const QUOTAS_READ_MAX: usize = 100_000;

/// An environment that is refused until its quota is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The environment.
    pub token: ProjectToken,
    /// Refused up to and with this second. Kept in whole seconds since 1970, rounded down.
    pub until: Timestamp,
}

/// Reads quotas.
#[async_trait]
pub trait QuotaReader: Send + Sync {
    /// Every quota that ends at `since` or later, in any order.
    async fn read_quotas(&self, since: Timestamp) -> Result<Vec<Quota>, StoreError>;
}

/// Sets quotas. Raises no revision: nodes ask for quotas by themselves.
#[async_trait]
pub trait QuotaWriter: Send + Sync {
    /// Sets when the environment's quota ends, in place of the end it had. One is lifted by letting
    /// it end; it is never removed, because of what the head of this file says.
    ///
    /// A store that knows environments refuses a token that none has.
    async fn put_quota(&self, quota: &Quota) -> Result<(), StoreError>;
}

impl Quota {
    /// When it ends, as it is kept: whole seconds since 1970.
    pub fn until_unix_seconds(&self) -> i64 {
        self.until.unix_seconds()
    }
}
