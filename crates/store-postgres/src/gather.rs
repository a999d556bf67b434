//! Reads of subjects that are asked for at the same time, answered by one statement.
//!
//! A round trip costs several times what the database does for one person. While connections are
//! free every read has one to itself, at once; when all are in use, reads queue up, and the next
//! connection that comes free takes up to a limit of them together. The work belongs to a task of its
//! own, so that a caller who gives up does not break a connection that others wait on.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use burgee_store::{StoreError, SubjectQuery, SubjectRead};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    error::{closed, exhausted, late},
    pool::Pool,
    read,
};

/// Milliseconds beyond the deadline in which the server's own timeout may come in. Without them a
/// read that is late would cost its connection as well.
const GRACE_MS: u64 = 250;

/// What reads may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Tasks, and so connections, at once.
    pub(crate) tasks_max: usize,
    /// Reads in one statement.
    pub(crate) reads_max: usize,
    /// Reads that wait.
    pub(crate) depth_max: usize,
    /// From asking until a connection takes it.
    pub(crate) acquire: Duration,
}

/// The reads that wait, and the tasks that answer them.
#[derive(Debug, Clone)]
pub(crate) struct Gather {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pool: Pool,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    tasks: usize,
}

#[derive(Debug)]
struct Waiting {
    query: SubjectQuery,
    is_taken: Arc<AtomicBool>,
    reply: oneshot::Sender<Result<SubjectRead, StoreError>>,
}

impl Gather {
    pub(crate) fn new(pool: Pool, limits: Limits) -> Self {
        Self {
            shared: Arc::new(Shared {
                pool,
                limits,
                state: Mutex::default(),
            }),
        }
    }

    /// Answers `query`, alone or with others.
    pub(crate) async fn read(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError> {
        let (reply, mut answer) = oneshot::channel();
        let is_taken = Arc::new(AtomicBool::new(false));
        self.push(Waiting {
            query,
            is_taken: Arc::clone(&is_taken),
            reply,
        })?;
        let asked = Instant::now();
        let Limits { acquire, .. } = self.shared.limits;
        if let Ok(answered) = timeout_at(asked + acquire, &mut answer).await {
            return answered.unwrap_or_else(|_| Err(closed()));
        }
        if !is_taken.load(Ordering::Acquire) {
            return Err(exhausted());
        }
        let deadline = asked + acquire + self.shared.pool.work_timeout();
        match timeout_at(deadline, answer).await {
            Ok(answered) => answered.unwrap_or_else(|_| Err(closed())),
            Err(_) => Err(late()),
        }
    }

    pub(crate) fn close(&self) {
        self.shared.pool.close();
    }

    fn push(&self, waiting: Waiting) -> Result<(), StoreError> {
        let mut state = self.shared.state();
        if state.waiting.len() >= self.shared.limits.depth_max {
            return Err(exhausted());
        }
        state.waiting.push_back(waiting);
        if state.tasks < self.shared.limits.tasks_max {
            state.tasks += 1;
            let task = Task {
                shared: Arc::clone(&self.shared),
                is_counted: true,
            };
            tokio::spawn(async move { task.work().await });
        }
        Ok(())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counted as long as it takes what waits, however it ends.
#[derive(Debug)]
struct Task {
    shared: Arc<Shared>,
    is_counted: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.is_counted {
            self.shared.state().tasks -= 1;
        }
    }
}

impl Task {
    /// Answers what waits until nothing does.
    async fn work(mut self) {
        // Tasks that are ready now may ask as well, and one statement serves them all.
        tokio::task::yield_now().await;
        while !self.is_done() {
            let mut lease = match self.shared.pool.acquire().await {
                Ok(lease) => lease,
                Err(error) => {
                    // Without a connection nobody is answered; waiting would only make it later.
                    let refused = std::mem::take(&mut self.shared.state().waiting);
                    answer_all(refused, &error);
                    continue;
                }
            };
            let batch = self.take();
            let queries: Vec<&SubjectQuery> = batch.iter().map(|waiting| &waiting.query).collect();
            let deadline = self.shared.pool.work_timeout() + Duration::from_millis(GRACE_MS);
            let reading = read::read_subjects(lease.connection(), &queries);
            let done = timeout(deadline, reading).await;
            match lease.finish(done) {
                Ok(reads) => {
                    for (waiting, read) in batch.into_iter().zip(reads) {
                        // A caller that has given up misses nothing.
                        let _ = waiting.reply.send(Ok(read));
                    }
                }
                Err(error) => answer_all(batch, &error),
            }
        }
    }

    /// Whether nothing waits; then this task counts no more. One look at the state, or a read that
    /// comes between two would find every task counted and none there.
    fn is_done(&mut self) -> bool {
        let mut state = self.shared.state();
        if !state.waiting.is_empty() {
            return false;
        }
        state.tasks -= 1;
        self.is_counted = false;
        true
    }

    /// The next reads that somebody still waits for.
    fn take(&self) -> Vec<Waiting> {
        let mut state = self.shared.state();
        let mut batch = Vec::new();
        while batch.len() < self.shared.limits.reads_max
            && let Some(waiting) = state.waiting.pop_front()
        {
            if !waiting.reply.is_closed() {
                waiting.is_taken.store(true, Ordering::Release);
                batch.push(waiting);
            }
        }
        batch
    }
}

fn answer_all(waiting: impl IntoIterator<Item = Waiting>, error: &StoreError) {
    for waiting in waiting {
        let _ = waiting.reply.send(Err(error.clone()));
    }
}
