//! Places to wait, as many as the configuration says.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The places.
#[derive(Debug)]
pub(super) struct Places {
    taken: AtomicUsize,
    max: usize,
}

impl Places {
    pub(super) fn new(max: usize) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            max,
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        let one_more = |taken: usize| (taken < self.max).then_some(taken + 1);
        let order = Ordering::Relaxed;
        self.taken.fetch_update(order, order, one_more).is_ok()
    }

    /// Gives back so many that were taken.
    pub(super) fn give_back(&self, places: usize) {
        self.taken.fetch_sub(places, Ordering::Relaxed);
    }

    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_taken_than_there_are() {
        let places = Places::new(2);
        assert_eq!(
            [places.take(), places.take(), places.take()],
            [true, true, false]
        );
        places.give_back(1);
        assert_eq!((places.taken(), places.take()), (1, true));
        assert!(!Places::new(0).take());
    }
}
