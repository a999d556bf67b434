//! Word of changes, kept until somebody looks.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// No word since the last look.
const NOTHING: u64 = 0;

/// Word of a change that does not say which.
const SOMETHING: u64 = u64::MAX;

/// Wakes the one who looks for changes. A wake-up that nobody waited for is kept, and one only: of a
/// burst comes one look, and one more if some of it came during that.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    wake: Notify,
    /// The newest mark that there is word of.
    newest: AtomicU64,
}

impl Wake {
    /// There is a change, which made this mark.
    pub(crate) fn tell(&self, mark: Option<u64>) {
        self.newest
            .fetch_max(mark.unwrap_or(SOMETHING), Ordering::AcqRel);
        self.wake.notify_one();
    }

    /// Waits for word of a change whose mark is not known.
    pub(crate) async fn told(&self, is_known: impl Fn(u64) -> bool) {
        loop {
            self.wake.notified().await;
            let newest = self.newest.swap(NOTHING, Ordering::AcqRel);
            if newest != NOTHING && !is_known(newest) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Whether there is word for somebody who is at this mark.
    async fn is_news(wake: &Wake, at: u64) -> bool {
        let told = wake.told(|mark| mark == at);
        timeout(Duration::from_millis(1), told).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_wakes_nobody() {
        let wake = Wake::default();
        assert!(!is_news(&wake, 7).await);
        wake.tell(Some(7));
        assert!(!is_news(&wake, 7).await);
        // Which makes it no news for anybody later.
        assert!(!is_news(&wake, 6).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_of_several_counts_and_one_without_a_mark_is_always_news() {
        let wake = Wake::default();
        for marks in [
            [Some(8), Some(7)],
            [Some(7), Some(8)],
            [None, Some(7)],
            [Some(7), None],
        ] {
            for mark in marks {
                wake.tell(mark);
            }
            assert!(is_news(&wake, 7).await, "{marks:?}");
            assert!(!is_news(&wake, 7).await, "{marks:?}");
        }
    }
}
