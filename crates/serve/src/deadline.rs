//! Deadlines for what is usually done at once: most requests wait for nothing, and a timer that is
//! made for each costs a reading of the clock.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use tokio::time::{error::Elapsed, timeout};

/// Waits for `future`, but no longer than `limit`, which begins when it first has to wait.
pub async fn within<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    match poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => timeout(limit, future).await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::{
        task::yield_now,
        time::{Instant, sleep},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_done_at_once_or_in_time_is_not_late() {
        let limit = Duration::from_secs(1);
        assert_eq!(within(limit, async { 1 }).await, Ok(1));
        assert_eq!(within(Duration::ZERO, async { 1 }).await, Ok(1));
        let soon = async {
            sleep(limit / 2).await;
            yield_now().await;
            2
        };
        assert_eq!(within(limit, soon).await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_is_late_when_the_limit_has_passed() {
        let (began, limit) = (Instant::now(), Duration::from_secs(1));
        assert!(within(limit, pending::<()>()).await.is_err());
        assert_eq!(began.elapsed(), limit);
    }
}
