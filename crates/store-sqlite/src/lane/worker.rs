//! A thread of a lane: takes jobs until the lane closes, and lets a query go on only as long as
//! somebody waits for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use burgee_store::StoreError;
use rusqlite::Connection;

use super::{
    Mode, Ticket, lock,
    queue::{Job, Shared, Taken},
};
use crate::error::from_sqlite;

/// Virtual machine instructions between two looks at whether a query is still wanted; a fraction
/// of a millisecond.
const INSTRUCTIONS_PER_LOOK: i32 = 1_000;

/// The job that a thread is at.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<Option<Arc<Ticket>>>);

impl Running {
    /// Cancels what runs.
    pub(super) fn abandon(&self) {
        if let Some(ticket) = &*lock(&self.0) {
            ticket.abandon();
        }
    }

    fn is_abandoned(&self) -> bool {
        lock(&self.0)
            .as_ref()
            .is_some_and(|ticket| ticket.is_abandoned())
    }

    fn set(&self, ticket: Option<Arc<Ticket>>) {
        *lock(&self.0) = ticket;
    }
}

/// What a thread works with.
#[derive(Debug)]
pub(super) struct Worker {
    mode: Mode,
    connection: Connection,
    shared: Arc<Shared>,
    running: Arc<Running>,
    /// Jobs up to this number may read the state that is open: they waited when it was opened, so
    /// it holds everything that was written before they were asked for.
    together_until: u64,
    /// Whether a reply was kept for the end of its batch, which another thread may take.
    owes_a_reply: bool,
}

impl Worker {
    /// Has `connection` look at whether its query is still wanted.
    pub(super) fn new(
        mode: Mode,
        mut connection: Connection,
        shared: Arc<Shared>,
        running: Arc<Running>,
    ) -> Result<Self, StoreError> {
        let watched = Arc::clone(&running);
        connection
            .progress_handler(INSTRUCTIONS_PER_LOOK, Some(move || watched.is_abandoned()))
            .map_err(from_sqlite)?;
        Ok(Self {
            mode,
            connection,
            shared,
            running,
            together_until: 0,
            owes_a_reply: false,
        })
    }

    /// Runs jobs until the lane closes.
    pub(super) fn work(mut self) {
        while let Some(Taken { job, last_waiting }) = self.next() {
            if self.mode == Mode::Together && job.sequence > self.together_until {
                self.end_together();
                if last_waiting > job.sequence {
                    self.begin_together(last_waiting);
                }
            }
            let batch_goes_on = job.sequence < self.together_until && last_waiting > job.sequence;
            self.run(job);
            self.owes_a_reply = batch_goes_on;
            if !batch_goes_on {
                self.shared.tell_one();
            }
        }
    }

    fn run(&mut self, job: Job) {
        let ticket = job.ticket;
        self.running.set(Some(Arc::clone(&ticket)));
        if ticket.start() {
            // A job that panics drops its reply, which its caller sees; the thread goes on. A
            // transaction that the job opened was rolled back when it was dropped.
            let done = catch_unwind(AssertUnwindSafe(|| {
                (job.work)(&mut self.connection, &ticket)
            }));
            if let Ok(reply) = done {
                self.shared.reply(reply);
            }
        }
        self.running.set(None);
    }

    fn next(&mut self) -> Option<Taken> {
        if let Some(taken) = self.shared.take() {
            return Some(taken);
        }
        // An open read keeps the log from being written back; it must not be held while waiting.
        self.end_together();
        // Whoever took the rest of the batch may have told its replies before this one was made.
        if std::mem::take(&mut self.owes_a_reply) {
            self.shared.tell_one();
        }
        self.shared.wait()
    }

    fn begin_together(&mut self, last_waiting: u64) {
        // Where it fails each job opens what it needs, and reports what is wrong.
        if self.execute("BEGIN").is_ok() {
            self.together_until = last_waiting;
        }
    }

    fn end_together(&mut self) {
        if self.mode == Mode::Together && !self.connection.is_autocommit() {
            // Only reads were made. If it fails the next job runs in what is still open.
            let _ = self.execute("COMMIT");
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute([])
    }
}
