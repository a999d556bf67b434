//! The folder as a cache of records: one thread at a time, never one of the runtime's own.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use burgee_store::{RECORD_BYTES_MAX, RecordCache, RecordName, StoreError};

use crate::{
    disk::{self, FileName},
    index::Index,
};

/// Where records are kept, and how much of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderConfig {
    /// The folder; made when the first record is written. Nothing else should be in it.
    pub folder: PathBuf,
    /// Most bytes of all records together. Default 1 GiB.
    pub bytes_max: u64,
    /// Most records. Default 100,000.
    pub files_max: usize,
}

impl FolderConfig {
    /// The defaults, in this folder.
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            bytes_max: 1 << 30,
            files_max: 100_000,
        }
    }
}

/// Records in a folder.
#[derive(Debug, Clone)]
pub struct RecordFolder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: FolderConfig,
    /// `None` until the folder was looked through.
    index: Mutex<Option<Index>>,
}

impl RecordFolder {
    /// Touches nothing yet.
    pub fn new(config: FolderConfig) -> Self {
        let index = Mutex::new(None);
        let shared = Arc::new(Shared { config, index });
        Self { shared }
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Shared) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || job(&shared)).await;
        done.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(
                "the runtime is stopping".to_owned(),
            ))
        })
    }
}

#[async_trait]
impl RecordCache for RecordFolder {
    async fn read(&self, name: &RecordName) -> Result<Option<Vec<u8>>, StoreError> {
        let file = FileName::of(name);
        self.run(move |shared| {
            disk::read(&shared.config.folder, &file, RECORD_BYTES_MAX as u64)
                .map_err(|error| shared.trouble(&error))
        })
        .await
    }

    async fn write(
        &self,
        name: &RecordName,
        version: u64,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        let file = FileName::of(name);
        self.run(move |shared| shared.write(file, version, &bytes))
            .await
    }

    async fn remove(&self, name: &RecordName) -> Result<(), StoreError> {
        let file = FileName::of(name);
        self.run(move |shared| {
            shared.with_index(|index| {
                disk::remove(&shared.config.folder, &file)?;
                index.remove(&file);
                Ok(())
            })
        })
        .await
    }
}

impl Shared {
    fn write(&self, file: FileName, version: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let length = bytes.len() as u64;
        if bytes.len() > RECORD_BYTES_MAX || length > self.config.bytes_max {
            let most = self.config.bytes_max.min(RECORD_BYTES_MAX as u64);
            return Err(StoreError::Refused(format!(
                "a record of {length} bytes, at most {most} are possible"
            )));
        }
        self.with_index(|index| {
            if index.version(&file) > version {
                return Ok(());
            }
            disk::write(&self.config.folder, &file, bytes)?;
            index.put(file, length, version);
            while index.bytes() > self.config.bytes_max || index.len() > self.config.files_max {
                let Some(oldest) = index.oldest() else { break };
                disk::remove(&self.config.folder, &oldest)?;
                index.remove(&oldest);
            }
            Ok(())
        })
    }

    /// Looks the folder through first if nobody did.
    fn with_index<T>(
        &self,
        job: impl FnOnce(&mut Index) -> std::io::Result<T>,
    ) -> Result<T, StoreError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match index.take() {
            Some(found) => found,
            None => Index::of(disk::list(&self.config.folder).map_err(|e| self.trouble(&e))?),
        };
        job(index.insert(found)).map_err(|error| self.trouble(&error))
    }

    fn trouble(&self, error: &std::io::Error) -> StoreError {
        StoreError::Unavailable(format!("{}: {error}", self.config.folder.display()))
    }
}
