//! Word of a change: a thread that looks at SQLite's own counter of commits.
//!
//! `PRAGMA data_version` moves with every commit of another connection, this process's writer among
//! them, and reading it takes some tens of microseconds. SQLite has nothing that would tell another process,
//! so the thread looks again and again; a commit of this process wakes it. It runs only while
//! somebody ever listened. Writes of persons move the counter too: a notice too many is allowed.

use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use async_trait::async_trait;
use burgee_store::{ChangeListener, ChangeNotices, StoreError};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::{
    SqliteConfig, SqliteStore,
    connection::{self, Role},
    error::{closed, from_sqlite},
};

/// Between two looks at what other processes did. 100 looks a second took 6 ms of a core, measured on
/// two busy ones.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Looks out for commits.
#[derive(Debug)]
pub(crate) struct Lookout {
    path: PathBuf,
    config: SqliteConfig,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held while the thread is started, of which there is to be one.
    starting: tokio::sync::Mutex<()>,
}

/// What the thread shares with those who wake it.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// A commit of this process is to be looked for.
    is_nudged: bool,
    /// Where notices come from while the thread runs.
    notices: Option<watch::Receiver<()>>,
}

impl Lookout {
    pub(crate) fn new(path: PathBuf, config: SqliteConfig) -> Self {
        Self {
            path,
            config,
            shared: Arc::default(),
            thread: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
        }
    }

    /// This process has committed something.
    pub(crate) fn nudge(&self) {
        let mut state = lock(&self.shared.state);
        state.is_nudged = state.notices.is_some();
        drop(state);
        self.shared.woken.notify_one();
    }

    /// Ends the thread, and with it everybody's listening.
    pub(crate) fn close(&self) {
        lock(&self.shared.state).is_closed = true;
        self.shared.woken.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            // A thread that panicked is gone, which is what was wanted.
            let _ = thread.join();
        }
    }

    async fn listen(&self) -> Result<watch::Receiver<()>, StoreError> {
        let _starting = self.starting.lock().await;
        {
            let state = lock(&self.shared.state);
            if state.is_closed {
                return Err(closed());
            }
            if let Some(notices) = &state.notices {
                let mut notices = notices.clone();
                notices.mark_unchanged();
                return Ok(notices);
            }
        }
        let (opened, answer) = oneshot::channel();
        self.start(opened)?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    fn start(
        &self,
        opened: oneshot::Sender<Result<watch::Receiver<()>, StoreError>>,
    ) -> Result<(), StoreError> {
        let (path, config) = (self.path.clone(), self.config.clone());
        let shared = Arc::clone(&self.shared);
        let look = move || match begin(&path, &config) {
            Ok((connection, seen)) => {
                let (notices, listener) = watch::channel(());
                lock(&shared.state).notices = Some(listener.clone());
                // Nobody waits any more: the next who listens finds the thread there.
                let _ = opened.send(Ok(listener));
                look_out(&shared, &connection, seen, &notices);
                lock(&shared.state).notices = None;
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        };
        let thread = std::thread::Builder::new()
            .name("sqlite-notice".to_owned())
            .spawn(look)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        *lock(&self.thread) = Some(thread);
        Ok(())
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.close();
    }
}

fn begin(path: &std::path::Path, config: &SqliteConfig) -> Result<(Connection, i64), StoreError> {
    let connection = connection::open(path, Role::DefinitionReader, config)?;
    let seen = data_version(&connection)?;
    Ok((connection, seen))
}

/// Until the store is closed, or the file cannot be read: whoever listens then sees that it ended.
fn look_out(shared: &Shared, connection: &Connection, mut seen: i64, notices: &watch::Sender<()>) {
    loop {
        {
            let state = lock(&shared.state);
            let wait = shared
                .woken
                .wait_timeout_while(state, LOOK_INTERVAL, |state| {
                    !state.is_closed && !state.is_nudged
                });
            let (mut state, _) = wait.unwrap_or_else(PoisonError::into_inner);
            if state.is_closed {
                return;
            }
            state.is_nudged = false;
        }
        match data_version(connection) {
            Ok(version) if version == seen => {}
            Ok(version) => {
                seen = version;
                notices.send_replace(());
            }
            // Another process holds a lock for a moment, as it recovers the log: looked at next time.
            Err(StoreError::Timeout(_)) => {}
            Err(_) => return,
        }
    }
}

fn data_version(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .prepare_cached("PRAGMA data_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(from_sqlite)
}

/// What is behind the lock is whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener(watch::Receiver<()>);

#[async_trait]
impl ChangeListener for Listener {
    async fn next(&mut self) -> Result<Option<u64>, StoreError> {
        self.0.changed().await.map_err(|_| closed())?;
        Ok(None)
    }
}

#[async_trait]
impl ChangeNotices for SqliteStore {
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError> {
        let notices = self.lookout().listen().await?;
        Ok(Box::new(Listener(notices)))
    }
}
