//! A bounded queue of jobs and the threads that run them, one connection each.
//!
//! SQLite blocks its caller, so its calls must not be made on the async runtime. A lane is not a
//! pool that hands connections out: the job goes to the connection. The surprising thing is what
//! wakes a thread: only a job that finds no thread on its way to the queue pays for a wake-up, so
//! under load one wake-up serves many jobs, and that is most of what a read costs.

mod ticket;
mod worker;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use rusqlite::Connection;
use tokio::{sync::oneshot, time};

use crate::error::closed;

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
    /// locks is half of what a small read costs (benches/person_read.rs).
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
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::default()),
            completed: Mutex::default(),
            ready: Condvar::new(),
            depth_max,
        });
        let mut lane = Self {
            shared: Arc::clone(&shared),
            running: Vec::with_capacity(connections.len()),
            threads: Mutex::new(Vec::with_capacity(connections.len())),
        };
        for (index, connection) in connections.into_iter().enumerate() {
            let running = Arc::new(Running::default());
            lane.running.push(Arc::clone(&running));
            let worker = Worker::new(mode, connection, Arc::clone(&shared), running)?;
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
        let holder = Holder(Arc::clone(&ticket), Arc::clone(&self.shared));
        self.shared.push(Job {
            ticket,
            sequence: 0,
            run: Box::new(move |connection, ticket| {
                let r = job(connection, ticket);
                // Nobody listens any more: there is nobody to tell.
                Box::new(move || reply.send(r).is_ok())
            }),
        })?;
        let sq = lock(&self.shared.queue).sequence;
        let ev = sq > 100_000 && sq < 100_100;
        if ev {
            eprintln!("push {sq}");
        }
        tokio::task::yield_now().await;
        if ev {
            eprintln!(
                "resume {sq} queue {} sleeping {} waking {}",
                lock(&self.shared.queue).jobs.len(),
                lock(&self.shared.queue).sleeping,
                lock(&self.shared.queue).waking
            );
        }
        self.shared.wake();
        if ev {
            eprintln!("woke {sq}");
        }

        let ticket = &holder.0;
        if let Ok(answered) = time::timeout(deadlines.acquire, &mut answer).await {
            if ev {
                eprintln!("got {sq}");
            }
            return received(answered, ticket);
        }
        if ticket.abandon_queued() {
            return Err(StoreError::Timeout(TimeoutKind::PoolTimeout));
        }
        let end = ticket.started() + deadlines.run;
        if let Ok(answered) = time::timeout_at(end, &mut answer).await {
            return received(answered, ticket);
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
    answered: Result<Result<T, StoreError>, oneshot::error::RecvError>,
    ticket: &Ticket,
) -> Result<T, StoreError> {
    match answered {
        Ok(Err(_)) if ticket.is_abandoned() => Err(closed()),
        Ok(result) => result,
        Err(_) if ticket.is_running() => Err(StoreError::Database("the job panicked".to_owned())),
        Err(_) => Err(closed()),
    }
}

/// Abandons the job when its caller goes away.
struct Holder(Arc<Ticket>, Arc<Shared>);

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.abandon();
        self.1.tell_all();
    }
}

type Run = Box<dyn FnOnce(&mut Connection, &Ticket) -> Reply + Send>;
type Reply = Box<dyn FnOnce() -> bool + Send>;

struct Job {
    ticket: Arc<Ticket>,
    /// Its number in the queue.
    sequence: u64,
    run: Run,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish()
    }
}
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

struct Shared {
    completed: Mutex<Vec<Reply>>,
    queue: Mutex<Queue>,
    ready: Condvar,
    depth_max: usize,
}

#[derive(Debug, Default)]
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

/// A job off the queue.
#[derive(Debug)]
struct Taken {
    job: Job,
    /// The number of the last job that waits behind it; its own if none does.
    last_waiting: u64,
}

impl Queue {
    fn take(&mut self) -> Option<Taken> {
        let job = self.jobs.pop_front()?;
        let last_waiting = self.jobs.back().map_or(job.sequence, |last| last.sequence);
        Some(Taken { job, last_waiting })
    }
}

impl Shared {
    fn push(&self, mut job: Job) -> Result<(), StoreError> {
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

    /// Wakes a thread if jobs wait and none is on its way.
    fn wake(&self) {
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

    /// The next job, if there is one.
    fn take(&self) -> Option<Taken> {
        lock(&self.queue).take()
    }

    /// Waits for the next job; `None` when the lane is closed.
    fn wait(&self) -> Option<Taken> {
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

    fn tell_one(&self) {
        loop {
            let Some(reply) = lock(&self.completed).pop() else {
                return;
            };
            if reply() {
                return;
            }
        }
    }
    fn tell_all(&self) {
        let r = std::mem::take(&mut *lock(&self.completed));
        for r in r {
            r();
        }
    }

    fn close(&self) {
        let waiting = {
            let mut queue = lock(&self.queue);
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        self.ready.notify_all();
        drop(waiting);
    }
}

/// A thread that panicked left the data behind the lock whole: nothing in there is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
