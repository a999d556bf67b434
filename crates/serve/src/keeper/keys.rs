//! The records of what keys open.

use std::collections::HashMap;

use burgee_store::{KEYS_READ_MAX, KeyFingerprint, RecordName, seal_grants};

use super::{Keeper, KeeperError, Written};

impl Keeper {
    /// Writes what differs, for all keys there are; a key that was taken away gets a record that opens
    /// nothing. `mark` was read before the keys are, so what is written is at least as new.
    pub(super) async fn fill_keys(
        &self,
        written: &mut Written,
        mark: u64,
    ) -> Result<(), KeeperError> {
        let taken_at = self.clock.now();
        let mut keys = HashMap::new();
        let mut after = None;
        loop {
            let page = self.credentials.list_grants(after, KEYS_READ_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (digest, grants) in page {
                let fingerprint = KeyFingerprint::of(&digest, &grants);
                if !written.has_key(digest, fingerprint) {
                    let name = RecordName::Grants(digest);
                    if written.is_suspect(&name) {
                        self.remove(&name).await?;
                    }
                    let record = seal_grants(digest, &grants, taken_at)?;
                    self.write(&name, mark, record).await?;
                }
                keys.insert(digest, fingerprint);
            }
        }
        for digest in written.replace_keys(keys) {
            let record = seal_grants(digest, &[], taken_at)?;
            self.write(&RecordName::Grants(digest), mark, record)
                .await?;
        }
        Ok(())
    }
}
