//! A bounded queue of jobs and the threads that run them, one connection each.
//!
//! SQLite blocks its caller, so its calls must not be made on the async runtime. A lane is not a
//! pool that hands connections out: the job goes to the connection. What a small read costs is
//! mostly the way there and back, so three things are done in batches (figures in
//! `docs/adr/0001-rusqlite-on-reader-threads.md`): a caller lets the other ready tasks queue their
//! jobs before it wakes a thread; jobs that wait together read one state of the database; and of
//! the callers of a batch one is woken, which tells the others.

mod queue;
mod ticket;
mod worker;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use rusqlite::Connection;
use tokio::{
    sync::oneshot::{self, error::RecvError},
    task,
    time::{self, Instant},
};

use crate::error::closed;

use queue::{Job, Shared};
use ticket::Look;
pub(crate) use ticket::Ticket;
use worker::{Running, Worker};

/// How long a caller waits for a commit that has begun before it reports that its outcome is
/// unknown, in milliseconds.
const COMMIT_GRACE_MS: u64 = 5_000;

/// How a lane's threads run their jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Each on its own.
    Alone,
    /// Jobs that wait together read one state of the database: taking and giving back SQLite's
    /// locks is half of what a small read costs.
    Together,
}

/// How long a job may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// Until a thread takes it.
    pub(crate) acquire: Duration,
    /// From then until it is done.
    pub(crate) run: Duration,
}

/// The queue and its threads.
#[derive(Debug)]
pub(crate) struct Lane {
    shared: Arc<Shared>,
    /// What each thread is at.
    running: Vec<Arc<Running>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Lane {
    /// Starts one thread per connection. At most `depth_max` jobs wait.
    pub(crate) fn start(
        name: &str,
        mode: Mode,
        connections: Vec<Connection>,
        depth_max: usize,
    ) -> Result<Self, StoreError> {
        let mut lane = Self {
            shared: Arc::new(Shared::new(depth_max)),
            running: Vec::with_capacity(connections.len()),
            threads: Mutex::new(Vec::with_capacity(connections.len())),
        };
        for (index, connection) in connections.into_iter().enumerate() {
            let running = Arc::new(Running::default());
            lane.running.push(Arc::clone(&running));
            let worker = Worker::new(mode, connection, Arc::clone(&lane.shared), running)?;
            let thread = std::thread::Builder::new()
                .name(format!("sqlite-{name}-{index}"))
                .spawn(move || worker.work())
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            lock(&lane.threads).push(thread);
        }
        Ok(lane)
    }

    /// Runs `job` on some connection of the lane and waits for its answer, within `deadlines`.
    /// Dropping the future cancels the job.
    pub(crate) async fn run<T, F>(&self, deadlines: Deadlines, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection, &Ticket) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let ticket = Arc::new(Ticket::default());
        self.shared.push(Job::new(&ticket, |connection, ticket| {
            let result = job(connection, ticket);
            Box::new(move || reply.send(result).is_ok())
        }))?;
        let caller = Caller {
            ticket,
            shared: &self.shared,
        };
        let ticket = &caller.ticket;
        // Other tasks that are ready queue their jobs too, and one wake-up serves all of them. A
        // job that has been taken by then needs none.
        task::yield_now().await;
        if ticket.is_queued() {
            self.shared.wake();
        }
        let asked = Instant::now();
        let mut now = asked + deadlines.acquire.min(deadlines.run);
        loop {
            if let Ok(answered) = time::timeout_at(now, &mut answer).await {
                return received(answered, ticket);
            }
            // The answer may be there while the batch that it belongs to goes on.
            self.shared.tell_all();
            match ticket.next_look((asked, now), deadlines) {
                Look::At(later) => now = later,
                Look::NotTaken => return Err(StoreError::Timeout(TimeoutKind::PoolTimeout)),
                Look::Late => break,
            }
        }
        if ticket.abandon() {
            return Err(StoreError::Timeout(TimeoutKind::QueryCanceled));
        }
        match time::timeout(Duration::from_millis(COMMIT_GRACE_MS), answer).await {
            Ok(answered) => received(answered, ticket),
            Err(_) => Err(StoreError::Unavailable(
                "a commit was begun and has not been confirmed".to_owned(),
            )),
        }
    }

    /// Refuses all further jobs, cancels those that wait or run, and waits for the threads.
    pub(crate) fn close(&self) {
        self.shared.close();
        for running in &self.running {
            running.abandon();
        }
        for thread in lock(&self.threads).drain(..) {
            // A thread that panicked outside a job is gone, which is what was wanted.
            let _ = thread.join();
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.close();
    }
}

/// A ticket that its caller did not abandon was abandoned by a lane that closes.
fn received<T>(
    answered: Result<Result<T, StoreError>, RecvError>,
    ticket: &Ticket,
) -> Result<T, StoreError> {
    match answered {
        Ok(Err(_)) if ticket.is_abandoned() => Err(closed()),
        Ok(result) => result,
        Err(_) if ticket.is_running() => Err(StoreError::Database("the job panicked".to_owned())),
        Err(_) => Err(closed()),
    }
}

/// Whoever waits for a job. Going away, it cancels the job and passes on the replies of its batch,
/// so that no reply depends on the one caller that was woken.
struct Caller<'a> {
    ticket: Arc<Ticket>,
    shared: &'a Shared,
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        self.ticket.abandon();
        self.shared.tell_all();
    }
}

/// A thread that panicked left the data behind the lock whole: nothing in there is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
