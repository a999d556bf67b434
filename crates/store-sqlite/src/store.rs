//! The store: its connections, its lanes, and the traits on top of them.

mod credentials;
mod definitions;
mod settings;
mod subjects;
mod usage;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use burgee_store::StoreError;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    READERS_MAX, SqliteConfig, SqliteLocation,
    connection::{self, Role},
    error::from_sqlite,
    lane::{Deadlines, Lane, Mode, Ticket},
    migration,
    notice::Lookout,
};

/// An open database. Cheap to clone; closed when the last clone goes.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    subjects: Lane,
    definitions: Lane,
    writer: Lane,
    lookout: Lookout,
    config: SqliteConfig,
    /// The folder of a database that is to vanish. Declared after the lanes: files are closed first.
    folder: Mutex<Option<TempDir>>,
}

impl SqliteStore {
    /// Opens a database and brings it to the schema that this version knows; one that is missing
    /// is created.
    ///
    /// Errors: `Unavailable` when the file cannot be opened or another process keeps it locked,
    /// `Corrupt` when it is no database, `Refused` when it belongs to a newer version or another
    /// program, or when a limit in `config` is out of its range. All name the file.
    pub fn open(config: &SqliteConfig) -> Result<Self, StoreError> {
        if !(1..=READERS_MAX).contains(&config.readers) {
            return Err(StoreError::Refused(format!(
                "{} readers were asked for, 1 to {READERS_MAX} are possible",
                config.readers
            )));
        }
        let (path, folder) = place(&config.location)?;
        let mut writer = connection::open(&path, Role::Writer, config)?;
        migration::migrate(&mut writer).map_err(|error| connection::name_file(error, &path))?;
        let read = |name: &str, role, mode| {
            let connections = (0..config.readers)
                .map(|_| connection::open(&path, role, config))
                .collect::<Result<Vec<_>, _>>()?;
            Lane::start(name, mode, connections, config.queue_depth_max)
        };
        Ok(Self {
            inner: Arc::new(Inner {
                subjects: read("subject", Role::SubjectReader, Mode::Together)?,
                definitions: read("define", Role::DefinitionReader, Mode::Alone)?,
                writer: Lane::start("write", Mode::Alone, vec![writer], config.queue_depth_max)?,
                lookout: Lookout::new(path, config.clone()),
                config: config.clone(),
                folder: Mutex::new(folder),
            }),
        })
    }

    /// Closes the store for all its clones: what runs is cancelled, what waits is refused, and every
    /// call from now on is [`StoreError::Unavailable`] at once. A database in memory is gone.
    pub fn close(&self) {
        self.inner.lookout.close();
        self.inner.subjects.close();
        self.inner.definitions.close();
        self.inner.writer.close();
        let folder = self.inner.folder.lock();
        drop(folder.unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(crate) fn lookout(&self) -> &Lookout {
        &self.inner.lookout
    }

    async fn define<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadlines = self.inner.config.definition_deadlines();
        self.inner
            .definitions
            .run(deadlines, move |connection, _| read(connection))
            .await
    }

    async fn write<T: Send + 'static>(
        &self,
        deadlines: Deadlines,
        write: impl FnOnce(&mut Connection, &Ticket) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // A lock of another process is waited for no longer than somebody waits for this.
        let busy_timeout = Duration::from_millis(self.inner.config.busy_timeout_ms);
        let busy_timeout = busy_timeout.min(deadlines.run);
        self.inner
            .writer
            .run(deadlines, move |connection, ticket| {
                connection.busy_timeout(busy_timeout).map_err(from_sqlite)?;
                write(connection, ticket)
            })
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
