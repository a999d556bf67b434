//! How long to wait before something that failed is tried again: at first hardly, then longer each
//! time up to a bound, and never as long as others that failed with it.

use std::time::Duration;

use crate::jitter::jittered;

/// The pauses between attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// From `first` to `longest`, which wins if it is the shorter.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        let first = first.min(longest);
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// The pause after one more failure: between half of twice the last one and all of that.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = self.longest.min(pause.saturating_mul(2));
        jittered(pause)
    }

    /// It went well: the next pause is the first again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole pauses in milliseconds, as jitter keeps half to all of each.
    fn check(backoff: &mut Backoff, whole_ms: &[u64]) {
        for whole in whole_ms.iter().map(|ms| Duration::from_millis(*ms)) {
            let pause = backoff.pause();
            assert!(pause >= whole / 2 && pause <= whole, "{pause:?} {whole:?}");
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        check(&mut backoff, &[50, 100, 200, 400, 500, 500]);
        backoff.reset();
        check(&mut backoff, &[50, 100]);
    }

    #[test]
    fn the_first_pause_is_no_longer_than_the_longest() {
        let (first, longest) = (Duration::from_millis(50), Duration::from_millis(20));
        check(&mut Backoff::new(first, longest), &[20, 20]);
        check(&mut Backoff::new(first, Duration::ZERO), &[0, 0]);
    }
}
