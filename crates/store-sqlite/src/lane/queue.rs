//! What a lane's callers and threads share: the jobs that wait, and the replies that are to be told.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use rusqlite::Connection;

use super::{Ticket, lock};
use crate::error::closed;

/// Does the work of a job.
type Work = Box<dyn FnOnce(&mut Connection, &Ticket) -> Reply + Send>;

/// Hands the answer over; false: nobody waits for it any more.
type Reply = Box<dyn FnOnce() -> bool + Send>;

/// Something to be done on a connection.
pub(super) struct Job {
    pub(super) ticket: Arc<Ticket>,
    /// Its number in the queue.
    pub(super) sequence: u64,
    pub(super) work: Work,
}

impl Job {
    pub(super) fn new(
        ticket: &Arc<Ticket>,
        work: impl FnOnce(&mut Connection, &Ticket) -> Reply + Send + 'static,
    ) -> Self {
        Self {
            ticket: Arc::clone(ticket),
            sequence: 0,
            work: Box::new(work),
        }
    }
}

/// A job off the queue.
pub(super) struct Taken {
    pub(super) job: Job,
    /// The number of the last job that waits behind it; its own if none does.
    pub(super) last_waiting: u64,
}

/// The queue and the replies.
pub(super) struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
    depth_max: usize,
    replies: Mutex<Vec<Reply>>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// The number of the job that was queued last.
    sequence: u64,
    /// Threads that wait and have not been woken.
    sleeping: usize,
    /// Threads that were woken and have not looked yet.
    waking: usize,
    closed: bool,
}

impl Queue {
    fn take(&mut self) -> Option<Taken> {
        let job = self.jobs.pop_front()?;
        let last_waiting = self.jobs.back().map_or(job.sequence, |last| last.sequence);
        Some(Taken { job, last_waiting })
    }
}

impl Shared {
    pub(super) fn new(depth_max: usize) -> Self {
        Self {
            queue: Mutex::default(),
            ready: Condvar::new(),
            depth_max,
            replies: Mutex::default(),
        }
    }

    // === jobs ===

    /// Queues a job without waking anybody. A queue that is full is a deadline passed at once.
    pub(super) fn push(&self, mut job: Job) -> Result<(), StoreError> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(closed());
        }
        if queue.jobs.len() >= self.depth_max {
            return Err(StoreError::Timeout(TimeoutKind::PoolTimeout));
        }
        queue.sequence += 1;
        job.sequence = queue.sequence;
        queue.jobs.push_back(job);
        Ok(())
    }

    /// Wakes a thread if more jobs wait than threads are on their way.
    pub(super) fn wake(&self) {
        let mut queue = lock(&self.queue);
        let wake = queue.sleeping > 0 && queue.jobs.len() > queue.waking;
        if wake {
            queue.sleeping -= 1;
            queue.waking += 1;
        }
        drop(queue);
        if wake {
            self.ready.notify_one();
        }
    }

    /// How many jobs wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.queue).jobs.len()
    }

    /// The next job, if there is one.
    pub(super) fn take(&self) -> Option<Taken> {
        lock(&self.queue).take()
    }

    /// Waits for the next job; `None` when the lane is closed.
    pub(super) fn wait(&self) -> Option<Taken> {
        let mut queue = lock(&self.queue);
        while !queue.closed {
            if let Some(taken) = queue.take() {
                return Some(taken);
            }
            queue.sleeping += 1;
            queue = self
                .ready
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            // A spurious wake-up was not announced; it counts itself awake.
            if queue.waking > 0 {
                queue.waking -= 1;
            } else {
                queue.sleeping = queue.sleeping.saturating_sub(1);
            }
        }
        None
    }

    /// Refuses further jobs and drops those that wait, which their callers notice.
    pub(super) fn close(&self) {
        let waiting = {
            let mut queue = lock(&self.queue);
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        for job in &waiting {
            job.ticket.abandon();
        }
        drop(waiting);
        self.ready.notify_all();
    }

    // === replies ===

    /// Keeps a reply until it is told.
    pub(super) fn reply(&self, reply: Reply) {
        lock(&self.replies).push(reply);
    }

    /// Wakes one caller that still waits; it tells the others on its own thread, where waking a
    /// task costs a fraction of what it does from here.
    pub(super) fn tell_one(&self) {
        loop {
            let Some(reply) = lock(&self.replies).pop() else {
                return;
            };
            if reply() {
                return;
            }
        }
    }

    /// Tells every reply that is kept.
    pub(super) fn tell_all(&self) {
        let replies = std::mem::take(&mut *lock(&self.replies));
        for reply in replies {
            reply();
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("depth_max", &self.depth_max)
            .finish_non_exhaustive()
    }
}
