//! What keys open.

use std::sync::Arc;

use burgee_store::{
    KeyDigest, KeyFingerprint, KeyGrant, OpenRecord, RecordName, StoreError, open_grants,
};

use super::{KeyStanding, Sources, Wanted};
use crate::last_good::Keepsake;

impl Sources {
    /// What each of these keys opens, in their order.
    pub(crate) async fn grants(
        &self,
        digests: &[KeyDigest],
        wanted: Wanted,
    ) -> Result<Vec<Arc<[KeyGrant]>>, StoreError> {
        let read = self.credentials.read_grants(digests);
        let error = match self.ask_store(wanted, read).await {
            Ok(read) => {
                let grants: Vec<Arc<[KeyGrant]>> = read.into_iter().map(Arc::from).collect();
                for (digest, grants) in digests.iter().zip(&grants) {
                    self.keep(Keepsake::Grants(*digest, Arc::clone(grants)));
                }
                return Ok(grants);
            }
            Err(error) => error,
        };
        let mut found = Vec::with_capacity(digests.len());
        for digest in digests {
            let grants = self.recorded_grants(*digest, wanted).await;
            found.push(grants.ok_or_else(|| error.clone())?);
        }
        Ok(found)
    }

    /// From records. `None`: it is not known what the key opens.
    async fn recorded_grants(&self, digest: KeyDigest, wanted: Wanted) -> Option<Arc<[KeyGrant]>> {
        let mut standing = self.known.key(&digest);
        if standing == KeyStanding::Nobodys {
            if self.stale_seconds().is_none() {
                return Some(Arc::default());
            }
            standing = KeyStanding::Unsure;
        }
        let shared = match &self.shared {
            Some(shared) => {
                let open = move |record: &[u8]| open_grants(digest, record);
                shared.read(RecordName::Grants(digest), open).await
            }
            None => None,
        };
        if let Some(grants) = self.usable(&digest, standing, shared, wanted) {
            return Some(grants);
        }
        let last_good = self
            .last_good
            .as_ref()
            .filter(|_| wanted == Wanted::Anything)?;
        let own = last_good.grants(digest).await;
        self.usable(&digest, standing, own, wanted)
    }

    /// A record that is known to be out of date is of no use: it may open what was closed since.
    fn usable(
        &self,
        digest: &KeyDigest,
        standing: KeyStanding,
        record: Option<OpenRecord<Vec<KeyGrant>>>,
        wanted: Wanted,
    ) -> Option<Arc<[KeyGrant]>> {
        let OpenRecord { taken_at, payload } = record?;
        match standing {
            KeyStanding::Opens(newest) if newest == KeyFingerprint::of(digest, &payload) => {
                let grants: Arc<[KeyGrant]> = payload.into();
                self.keep(Keepsake::Grants(*digest, Arc::clone(&grants)));
                Some(grants)
            }
            KeyStanding::Unsure if wanted == Wanted::Anything => {
                self.freshness.note_unconfirmed(taken_at);
                Some(payload.into())
            }
            _ => None,
        }
    }
}
