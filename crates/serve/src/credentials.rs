//! What keys open, in memory: no store is asked about a key twice, and one that is taken away is
//! refused as soon as this node hears of any change.
//!
//! Keys are looked up by their SHA-256, and no text of a key is ever compared with another: how long a
//! look-up takes depends on the digest, of which a guess tells nothing about that of any key. That a
//! store cannot be asked is an error of its own, and never taken for a key that opens nothing.

use std::{collections::HashSet, sync::Arc, time::Duration};

use burgee_model::{ProjectToken, Timestamp};
use burgee_store::{KEYS_READ_MAX, KeyDigest, KeyGrant, StoreError};
use moka::future::Cache;

use crate::{
    generation::{Generation, Generations, READS_MAX},
    key_use::{Full, KeyUses, NotedUse},
    shown_key::ShownKey,
    sources::{Sources, Wanted},
    warm::Warm,
};

/// Keys that are held; those that nobody uses go first.
const KEYS_MAX: u64 = 10_000;

/// Keys that open nothing and are remembered as such.
const UNKNOWN_KEYS_MAX: u64 = 10_000;

/// For how long, unless something changes.
const UNKNOWN_KEY_TTL: Duration = Duration::from_mins(5);

/// What keys open.
pub(crate) struct Credentials {
    sources: Arc<Sources>,
    known: Warm<KeyDigest, Held, NotHeld>,
    unknown: Cache<KeyDigest, Generation>,
    generations: Generations,
    uses: KeyUses,
}

#[derive(Clone)]
struct Held {
    read_in: Generation,
    key: Arc<HeldKey>,
}

/// What a key opens, and when that was noted last.
#[derive(Debug)]
pub(crate) struct HeldKey {
    digest: KeyDigest,
    grants: Arc<[KeyGrant]>,
    noted: NotedUse,
}

/// Why a key is not held.
#[derive(Clone)]
enum NotHeld {
    Nobodys(Generation),
    Store(StoreError),
}

impl Credentials {
    pub(crate) fn new(sources: Arc<Sources>) -> Self {
        let unknown = Cache::builder()
            .max_capacity(UNKNOWN_KEYS_MAX)
            .time_to_live(UNKNOWN_KEY_TTL)
            .build();
        Self {
            sources,
            known: Warm::of_count(KEYS_MAX),
            unknown,
            generations: Generations::default(),
            uses: KeyUses::default(),
        }
    }

    /// Uses of keys that the store has not been told of.
    pub(crate) fn uses(&self) -> &KeyUses {
        &self.uses
    }

    /// The key opened a door. Costs a look at one number, except now and then.
    pub(crate) fn note_use(&self, key: &HeldKey, now: Timestamp) -> Result<(), Full> {
        if key.noted.is_due(now) {
            self.uses.note(key.digest, now)?;
        }
        Ok(())
    }

    /// The key, with what it opens; `None` if nobody has it. Waits for the store only when it was
    /// never asked, once however many requests wait.
    pub(crate) async fn find(&self, key: ShownKey) -> Result<Option<Arc<HeldKey>>, StoreError> {
        let Some(digest) = key.digest else {
            return Ok(None);
        };
        match self.held(&digest) {
            Some(held) => Ok(Some(held)),
            // Boxed, as in `documents.rs`.
            None => Box::pin(self.read(digest)).await,
        }
    }

    async fn read(&self, digest: KeyDigest) -> Result<Option<Arc<HeldKey>>, StoreError> {
        let unknown = self.unknown.get(&digest).await;
        if unknown.is_some_and(|read_in| self.generations.is_valid(read_in))
            && self.sources.stale_seconds().is_none()
        {
            return Ok(None);
        }
        let load = self.load(digest);
        let loaded = self.known.load(&digest, |held| self.is_valid(held), load);
        match loaded.await {
            Ok(held) => Ok(Some(held.key)),
            Err(NotHeld::Nobodys(read_in)) => {
                self.unknown.insert(digest, read_in).await;
                Ok(None)
            }
            Err(NotHeld::Store(error)) => Err(error),
        }
    }

    fn held(&self, digest: &KeyDigest) -> Option<Arc<HeldKey>> {
        let held = self.known.get(digest).filter(|held| self.is_valid(held))?;
        Some(held.key)
    }

    fn is_valid(&self, held: &Held) -> bool {
        self.generations.is_valid(held.read_in)
    }

    /// A read that a change overtook is made again.
    async fn load(&self, digest: KeyDigest) -> Result<Held, NotHeld> {
        let mut reads = 0;
        loop {
            reads += 1;
            let read_in = self.generations.newest();
            let read = self.sources.grants(&[digest], Wanted::Anything).await;
            let grants = read.map_err(NotHeld::Store)?.pop().unwrap_or_default();
            if !self.generations.is_valid(read_in) && reads < READS_MAX {
                continue;
            }
            if grants.is_empty() {
                return Err(NotHeld::Nobodys(read_in));
            }
            let key = HeldKey::new(digest, grants);
            return Ok(Held { read_in, key });
        }
    }

    /// Something changed: reads every held key anew, so that requests need not. `tell` hears of the
    /// environments which one of them opens no longer, or otherwise than before.
    pub(crate) async fn catch_up(&self, tell: impl Fn(&ProjectToken)) -> Result<(), StoreError> {
        let read_in = self.generations.begin();
        let held: Vec<Arc<HeldKey>> = self
            .known
            .all()
            .into_iter()
            .map(|(_, held)| held.key)
            .collect();
        for keys in held.chunks(KEYS_READ_MAX) {
            let digests: Vec<KeyDigest> = keys.iter().map(|key| key.digest).collect();
            let read = self.sources.grants(&digests, Wanted::Newest).await?;
            let mut concerned = HashSet::new();
            for (before, grants) in keys.iter().zip(read) {
                let changed = before.grants.iter().filter(|grant| !grants.contains(grant));
                concerned.extend(changed.map(|grant| &grant.token));
                if grants.is_empty() {
                    self.known.remove(&before.digest);
                } else {
                    let key = HeldKey::new(before.digest, grants);
                    let held = Held { read_in, key };
                    self.known.insert(before.digest, held);
                }
            }
            concerned.into_iter().for_each(&tell);
        }
        self.generations.settle(read_in);
        Ok(())
    }
}

impl HeldKey {
    fn new(digest: KeyDigest, grants: Arc<[KeyGrant]>) -> Arc<Self> {
        let noted = NotedUse::default();
        Arc::new(Self {
            digest,
            grants,
            noted,
        })
    }

    pub(crate) fn digest(&self) -> KeyDigest {
        self.digest
    }

    /// Never empty.
    pub(crate) fn grants(&self) -> &[KeyGrant] {
        &self.grants
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("held", &self.known.count())
            .finish_non_exhaustive()
    }
}
