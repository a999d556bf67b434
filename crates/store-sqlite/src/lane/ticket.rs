//! How far a job is, shared between its caller and the thread that runs it.
//!
//! It decides one race: a caller that stops waiting against a thread that starts, or commits. Whoever
//! comes second sees that it is too late, so that "a deadline passed" always means that nothing was
//! changed.

use std::sync::{
    OnceLock,
    atomic::{AtomicU8, Ordering},
};

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use tokio::time::Instant;

use super::Deadlines;

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const COMMITTING: u8 = 2;
const ABANDONED: u8 = 3;

/// When a caller looks again at a job that is not done, or which deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Then.
    At(Instant),
    /// No thread took the job in time; none will.
    NotTaken,
    /// A thread took it and was not done in time.
    Late,
}

/// The state of one job.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    phase: AtomicU8,
    started: OnceLock<Instant>,
}

impl Ticket {
    /// Whether no thread has taken the job.
    pub(super) fn is_queued(&self) -> bool {
        self.phase.load(Ordering::Acquire) == QUEUED
    }

    /// The thread takes the job; false: nobody wants it any more.
    pub(super) fn start(&self) -> bool {
        self.started.get_or_init(Instant::now);
        self.step(QUEUED, RUNNING)
    }

    /// What the caller does at `now`, a moment that its job is not done. May abandon the job.
    pub(super) fn next_look(&self, (asked, now): (Instant, Instant), deadlines: Deadlines) -> Look {
        let taken_by = asked + deadlines.acquire;
        match self.started.get() {
            Some(started) if now >= *started + deadlines.run => Look::Late,
            Some(started) => Look::At(*started + deadlines.run),
            None if now < taken_by => Look::At(taken_by.min(now + deadlines.run)),
            None if self.step(QUEUED, ABANDONED) => Look::NotTaken,
            // It has been taken this instant.
            None => Look::At(now + deadlines.run),
        }
    }

    /// The thread is about to commit. An error: the caller has given up, and the thread must roll
    /// back.
    pub(crate) fn begin_commit(&self) -> Result<(), StoreError> {
        if self.step(RUNNING, COMMITTING) {
            Ok(())
        } else {
            Err(StoreError::Timeout(TimeoutKind::QueryCanceled))
        }
    }

    /// The caller stops waiting; false: a commit has begun.
    pub(super) fn abandon(&self) -> bool {
        self.step(RUNNING, ABANDONED) || self.step(QUEUED, ABANDONED)
    }

    /// Whether the job's work is wanted no longer.
    pub(super) fn is_abandoned(&self) -> bool {
        self.phase.load(Ordering::Acquire) == ABANDONED
    }

    /// Whether a thread has taken the job.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.phase.load(Ordering::Acquire), RUNNING | COMMITTING)
    }

    fn step(&self, from: u8, to: u8) -> bool {
        self.phase
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
