//! Waiting with an end.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Longest wait for anything that should happen at once: far more than it takes, so that a busy
/// machine fails no test.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits for `future`; panics after [`PATIENCE`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(result) = timeout(PATIENCE, future).await else {
        panic!("{what}: nothing after {} s", PATIENCE.as_secs());
    };
    result
}

/// Looks again and again until `look` finds true; panics after `limit`.
pub async fn eventually<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> F,
) {
    let seen = async {
        while !look().await {
            sleep(PAUSE).await;
        }
    };
    let seen = timeout(limit, seen).await;
    assert!(seen.is_ok(), "{what}: not within {} ms", limit.as_millis());
}
