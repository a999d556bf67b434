//! The timer of a connection for the heads of its requests.
//!
//! hyper wants a sleep for each head that it waits for, and drops it when the head is there, which is
//! nearly always at once. This gives it one that is hardly more than its deadline; behind all of them
//! is one real sleep of the connection, which is moved on when it ends too early rather than with each
//! request.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

/// The timer of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct HeadTimer {
    real: Arc<Mutex<Option<RealSleep>>>,
}

/// One wait for a head.
#[derive(Debug)]
struct HeadSleep {
    deadline: Instant,
    real: Arc<Mutex<Option<RealSleep>>>,
}

#[derive(Debug)]
struct RealSleep {
    sleep: Pin<Box<tokio::time::Sleep>>,
    /// Whom it will wake.
    waker: Waker,
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadSleep {
            deadline,
            real: Arc::clone(&self.real),
        })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut real = self.real.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(real) = &mut *real {
            return real.poll(self.deadline, context);
        }
        let sleep = tokio::time::sleep_until(self.deadline.into());
        let first = real.insert(RealSleep {
            sleep: Box::pin(sleep),
            waker: context.waker().clone(),
        });
        first.sleep.as_mut().poll(context)
    }
}

impl RealSleep {
    fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let deadline = deadline.into();
        let is_early = self.sleep.deadline() <= deadline;
        if is_early && !self.sleep.is_elapsed() && self.waker.will_wake(context.waker()) {
            return Poll::Pending;
        }
        self.waker.clone_from(context.waker());
        if !is_early {
            self.sleep.as_mut().reset(deadline);
        }
        ready!(self.sleep.as_mut().poll(context));
        if self.sleep.deadline() == deadline {
            return Poll::Ready(());
        }
        self.sleep.as_mut().reset(deadline);
        self.sleep.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin};

    use tokio::time::{Instant, advance, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_comes_is_given_up_at_its_deadline() {
        let (timer, began) = (HeadTimer::default(), Instant::now());
        timer.sleep(2 * SECOND).await;
        assert_eq!(began.elapsed(), 2 * SECOND);
        timer.sleep(3 * SECOND).await;
        assert_eq!(began.elapsed(), 5 * SECOND, "the next has its own");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_kept_after_one_that_was_not_waited_out() {
        let (timer, began) = (HeadTimer::default(), Instant::now());
        for _ in 0..5 {
            assert!(timeout(SECOND, timer.sleep(3 * SECOND)).await.is_err());
        }
        timer.sleep(3 * SECOND).await;
        assert_eq!(began.elapsed(), 8 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_may_be_earlier_than_the_one_before() {
        let (timer, began) = (HeadTimer::default(), Instant::now());
        assert!(timeout(SECOND, timer.sleep(9 * SECOND)).await.is_err());
        timer.sleep(SECOND).await;
        assert_eq!(began.elapsed(), 2 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_polled_last_is_woken() {
        let timer = HeadTimer::default();
        let mut sleep = pin!(timer.sleep(2 * SECOND));
        let elsewhere = Waker::noop();
        assert!(
            sleep
                .as_mut()
                .poll(&mut Context::from_waker(elsewhere))
                .is_pending()
        );
        advance(SECOND).await;
        let began = Instant::now();
        poll_fn(|context| sleep.as_mut().poll(context)).await;
        assert_eq!(began.elapsed(), SECOND);
    }
}
