//! The store: its connections, its lanes, and the four traits on top of them.

mod definitions;
mod subjects;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use burgee_store::{StoreError, SubjectQuery, SubjectRead};
use tempfile::TempDir;

use crate::{
    READERS_MAX, SqliteConfig, SqliteLocation,
    connection::{self, Role},
    lane::{Lane, Mode},
    migration, read,
};

/// A database. Cheap to clone; closed when the last clone goes.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    subjects: Lane,
    definitions: Lane,
    writer: Lane,
    config: SqliteConfig,
    /// The folder of a database that is to vanish. After the lanes: the files are closed first.
    _folder: Mutex<Option<TempDir>>,
}

impl SqliteStore {
    pub fn open(config: &SqliteConfig) -> Result<Self, StoreError> {
        if !(1..=READERS_MAX).contains(&config.readers) {
            return Err(StoreError::Refused("readers".into()));
        }
        let (path, folder) = place(&config.location)?;
        let mut writer = connection::open(&path, Role::Writer, config)?;
        migration::migrate(&mut writer).map_err(|error| connection::name_file(error, &path))?;
        let readers = |role| {
            (0..config.readers)
                .map(|_| connection::open(&path, role, config))
                .collect::<Result<Vec<_>, _>>()
        };
        let depth_max = config.queue_depth_max;
        Ok(Self {
            inner: Arc::new(Inner {
                subjects: Lane::start(
                    "subject",
                    Mode::Together,
                    readers(Role::SubjectReader)?,
                    depth_max,
                )?,
                definitions: Lane::start(
                    "define",
                    Mode::Alone,
                    readers(Role::DefinitionReader)?,
                    depth_max,
                )?,
                writer: Lane::start("write", Mode::Alone, vec![writer], depth_max)?,
                config: config.clone(),
                _folder: Mutex::new(folder),
            }),
        })
    }

    pub async fn read_subject2(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError> {
        self.inner
            .subjects
            .run(
                self.inner.config.subject_deadlines(),
                move |connection, _| read::read_subject(connection, &query),
            )
            .await
    }

    pub async fn raw(&self, sql: String) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(
                self.inner.config.commit_deadlines(),
                move |connection, _| {
                    connection
                        .execute_batch(&sql)
                        .map_err(crate::error::from_sqlite)
                },
            )
            .await
    }
    pub async fn raw_read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut rusqlite::Connection) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner
            .subjects
            .run(
                self.inner.config.commit_deadlines(),
                move |connection, _| Ok(f(connection)),
            )
            .await
    }
}

impl SqliteStore {
    /// Closes the store: every call from now on is [`StoreError::Unavailable`] at once.
    pub fn close(&self) {
        self.inner.subjects.close();
        self.inner.definitions.close();
        self.inner.writer.close();
    }

    async fn define<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadlines = self.inner.config.definition_deadlines();
        self.inner
            .definitions
            .run(deadlines, move |connection, _| read(connection))
            .await
    }
}

fn place(location: &SqliteLocation) -> Result<(PathBuf, Option<TempDir>), StoreError> {
    match location {
        SqliteLocation::File(path) => Ok((path.clone(), None)),
        SqliteLocation::Memory => {
            let folder = tempfile::Builder::new()
                .prefix("burgee-")
                .tempdir()
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            Ok((folder.path().join("burgee.db"), Some(folder)))
        }
    }
}
