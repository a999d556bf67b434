//! What keys open, in memory: no store is asked about a key twice, and one that is taken away is
//! refused as soon as this node hears of any change.
//!
//! Keys are looked up by digest, so how long that takes says nothing about a key. That a store cannot
//! be asked is an error of its own, and never taken for a key that opens nothing.

use std::{sync::Arc, time::Duration};

use burgee_store::{CredentialReader, KEYS_READ_MAX, KeyDigest, KeyGrant, StoreError};
use moka::future::Cache;

use crate::generation::{Generation, Generations, READS_MAX};

/// Longest key that is looked at, in bytes. Ours have 47.
const KEY_BYTES_MAX: usize = 1_024;

/// Keys that are held; those not used for longest go first.
const KEYS_MAX: u64 = 10_000;

/// Keys that open nothing and are remembered as such.
const UNKNOWN_KEYS_MAX: u64 = 10_000;

/// For how long, unless something changes.
const UNKNOWN_KEY_TTL: Duration = Duration::from_mins(5);

/// What keys open.
pub(crate) struct Credentials {
    reader: Arc<dyn CredentialReader>,
    known: Cache<KeyDigest, Held>,
    unknown: Cache<KeyDigest, Generation>,
    generations: Generations,
}

#[derive(Clone)]
struct Held {
    read_in: Generation,
    grants: Arc<[KeyGrant]>,
}

/// Why a key is not held.
enum NotHeld {
    Nobodys(Generation),
    Store(StoreError),
}

impl Credentials {
    pub(crate) fn new(reader: Arc<dyn CredentialReader>) -> Self {
        let unknown = Cache::builder()
            .max_capacity(UNKNOWN_KEYS_MAX)
            .time_to_live(UNKNOWN_KEY_TTL)
            .build();
        Self {
            reader,
            known: Cache::new(KEYS_MAX),
            unknown,
            generations: Generations::default(),
        }
    }

    /// What the key opens; nothing if nobody has it. Waits for the store only when it was never
    /// asked, once however many requests wait.
    pub(crate) async fn grants(&self, key: &str) -> Result<Arc<[KeyGrant]>, StoreError> {
        if key.len() > KEY_BYTES_MAX {
            return Ok(Arc::default());
        }
        let digest = KeyDigest::of(key);
        if let Some(held) = self.known.get(&digest).await {
            if self.generations.is_valid(held.read_in) {
                return Ok(held.grants);
            }
            self.known.invalidate(&digest).await;
        }
        let unknown = self.unknown.get(&digest).await;
        if unknown.is_some_and(|read_in| self.generations.is_valid(read_in)) {
            return Ok(Arc::default());
        }
        match self.known.try_get_with(digest, self.load(digest)).await {
            Ok(held) => Ok(held.grants),
            Err(reason) => match &*reason {
                NotHeld::Nobodys(read_in) => {
                    self.unknown.insert(digest, *read_in).await;
                    Ok(Arc::default())
                }
                NotHeld::Store(error) => Err(error.clone()),
            },
        }
    }

    /// A read that a change overtook is made again.
    async fn load(&self, digest: KeyDigest) -> Result<Held, NotHeld> {
        let mut reads = 0;
        loop {
            reads += 1;
            let read_in = self.generations.newest();
            let read = self.reader.read_grants(&[digest]).await;
            let grants = read.map_err(NotHeld::Store)?.pop().unwrap_or_default();
            if !self.generations.is_valid(read_in) && reads < READS_MAX {
                continue;
            }
            if grants.is_empty() {
                return Err(NotHeld::Nobodys(read_in));
            }
            let grants = grants.into();
            return Ok(Held { read_in, grants });
        }
    }

    /// Something changed: reads every held key anew, so that requests need not.
    pub(crate) async fn catch_up(&self) -> Result<(), StoreError> {
        let read_in = self.generations.begin();
        let held: Vec<KeyDigest> = self.known.iter().map(|(digest, _)| *digest).collect();
        for digests in held.chunks(KEYS_READ_MAX) {
            let read = self.reader.read_grants(digests).await?;
            for (digest, grants) in digests.iter().zip(read) {
                if grants.is_empty() {
                    self.known.invalidate(digest).await;
                } else {
                    let grants = grants.into();
                    self.known.insert(*digest, Held { read_in, grants }).await;
                }
            }
        }
        self.generations.settle(read_in);
        Ok(())
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("held", &self.known.entry_count())
            .finish_non_exhaustive()
    }
}
