//! Records that nodes share or keep: a real folder that can be slow, gone or garbled, at will and while
//! it is used.

use std::sync::Arc;

use async_trait::async_trait;
use burgee_last_known_good::{FolderConfig, RecordFolder};
use burgee_store::{RecordCache, RecordName, StoreError};
use tempfile::TempDir;

use crate::Switch;

/// A cache of records in a folder that is gone with it. Clones are the same cache.
#[derive(Debug, Clone)]
pub struct TestRecords {
    /// The cache itself, past all faults.
    pub folder: RecordFolder,
    /// What stands before reading.
    pub reads: Arc<Switch>,
    /// What stands before writing and removing.
    pub writes: Arc<Switch>,
    place: Arc<TempDir>,
}

impl TestRecords {
    /// An empty one.
    pub fn new() -> Self {
        let place = TempDir::new().expect("a folder");
        let config = FolderConfig::at(place.path().join("records"));
        Self {
            folder: RecordFolder::new(config),
            reads: Arc::default(),
            writes: Arc::default(),
            place: Arc::new(place),
        }
    }

    /// The same files, to another process.
    #[must_use]
    pub fn reopened(&self) -> Self {
        let config = FolderConfig::at(self.place.path().join("records"));
        Self {
            folder: RecordFolder::new(config),
            reads: Arc::default(),
            writes: Arc::default(),
            place: Arc::clone(&self.place),
        }
    }

    /// Whether there is such a record.
    pub async fn has(&self, name: &RecordName) -> bool {
        self.bytes(name).await.is_some()
    }

    /// A record past all faults.
    pub async fn bytes(&self, name: &RecordName) -> Option<Vec<u8>> {
        self.folder.read(name).await.expect("a folder")
    }

    /// Puts any bytes in the place of a record, whatever its version.
    pub async fn poison(&self, name: &RecordName, bytes: &[u8]) {
        self.folder.remove(name).await.expect("a folder");
        let written = self.folder.write(name, 0, bytes.to_vec()).await;
        written.expect("a folder");
    }
}

impl Default for TestRecords {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl RecordCache for TestRecords {
    async fn read(&self, name: &RecordName) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.pass().await?;
        self.folder.read(name).await
    }

    async fn write(
        &self,
        name: &RecordName,
        version: u64,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.writes.pass().await?;
        self.folder.write(name, version, bytes).await
    }

    async fn remove(&self, name: &RecordName) -> Result<(), StoreError> {
        self.writes.pass().await?;
        self.folder.remove(name).await
    }
}
