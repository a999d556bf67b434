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

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const COMMITTING: u8 = 2;
const ABANDONED: u8 = 3;

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

    /// When the job was taken; now, if it was not.
    pub(super) fn started(&self) -> Instant {
        self.started.get().copied().unwrap_or_else(Instant::now)
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

    /// The caller stops waiting for a job that no thread has taken; false: one has.
    pub(super) fn abandon_queued(&self) -> bool {
        self.step(QUEUED, ABANDONED)
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
