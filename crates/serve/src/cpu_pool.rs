//! Threads for work that would hold a request thread for over a millisecond: large evaluations,
//! large bodies, compiling (spec: engine §12).
//!
//! A bounded number of jobs is let in; the rest waits outside, with a deadline, so that a busy pool
//! answers 504 instead of growing a queue. A panic in a job is an error to its caller alone.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CpuPoolError {
    /// No thread became free in time.
    #[error("no thread became free in {waited_ms} ms")]
    Busy {
        /// The limit that passed, in milliseconds.
        waited_ms: u64,
    },
    /// The job panicked.
    #[error("the job panicked")]
    Panicked,
    /// The threads could not be started.
    #[error("threads could not be started")]
    NotStarted,
}

/// A pool of threads behind a semaphore.
#[derive(Debug)]
pub(crate) struct CpuPool {
    threads: ThreadPool,
    permits: Arc<Semaphore>,
    wait: Duration,
}

impl CpuPool {
    /// 0 threads: as many as cores; 0 permits: as many as threads.
    pub(crate) fn start(
        threads: usize,
        permits: usize,
        wait: Duration,
    ) -> Result<Self, CpuPoolError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|at| format!("burgee-cpu-{at}"))
            .build()
            .map_err(|_| CpuPoolError::NotStarted)?;
        let permits = if permits == 0 {
            pool.current_num_threads()
        } else {
            permits
        };
        Ok(Self {
            threads: pool,
            permits: Arc::new(Semaphore::new(permits)),
            wait,
        })
    }

    /// Runs `job` on one of the threads. The permit is given back before the result is sent, so that
    /// whoever waits is not kept waiting by a slow receiver.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, CpuPoolError> {
        let waited_ms = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX);
        let acquire = Arc::clone(&self.permits).acquire_owned();
        let Ok(Ok(permit)) = timeout(self.wait, acquire).await else {
            return Err(CpuPoolError::Busy { waited_ms });
        };
        let (send, receive) = oneshot::channel();
        self.threads.spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(job));
            drop(permit);
            // A receiver that went away wants nothing.
            let _ = send.send(result);
        });
        match receive.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) | Err(_) => Err(CpuPoolError::Panicked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_pool_lives_on() {
        let pool = CpuPool::start(1, 1, Duration::from_secs(5)).unwrap();
        let panicked = pool.run(|| panic!("on purpose")).await;
        assert_eq!(panicked.map(|(): ()| ()), Err(CpuPoolError::Panicked));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_busy_pool_refuses_after_its_wait() {
        let pool = Arc::new(CpuPool::start(1, 1, Duration::from_millis(20)).unwrap());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let busy = Arc::clone(&pool);
        let running = tokio::spawn(async move { busy.run(move || held.recv().is_ok()).await });
        while pool.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            pool.run(|| ()).await,
            Err(CpuPoolError::Busy { waited_ms: 20 })
        );
        release.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
    }
}
