//! What waits to be written: each record once, in the order in which they were first put, and none
//! more than once a second.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use burgee_store::RecordName;
use tokio::sync::Notify;

use super::Task;

/// Records that wait; one more is dropped.
const RECORDS_MAX: usize = 1_024;

/// Between two writes of one record, in microseconds.
const INTERVAL_MICROS: u64 = 1_000_000;

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    put: Notify,
}

#[derive(Debug, Default)]
struct State {
    tasks: HashMap<RecordName, Task>,
    order: VecDeque<RecordName>,
    /// Records taken within the last interval, and when.
    taken: HashMap<RecordName, u64>,
}

impl Queue {
    /// Replaces what waits under the same name. False: it is dropped.
    pub(super) fn put(&self, name: RecordName, task: Task) -> bool {
        let is_put = self.with(|state| {
            if let Some(waiting) = state.tasks.get_mut(&name) {
                *waiting = task;
                return true;
            }
            if state.tasks.len() >= RECORDS_MAX {
                return false;
            }
            state.order.push_back(name.clone());
            state.tasks.insert(name, task);
            true
        });
        self.put.notify_one();
        is_put
    }

    /// The first record that was not taken within the last interval.
    pub(super) fn take_due(&self, now_micros: u64) -> Option<(RecordName, Task)> {
        self.with(|state| {
            state
                .taken
                .retain(|_, at| now_micros.saturating_sub(*at) < INTERVAL_MICROS);
            let taken = &state.taken;
            let at = state
                .order
                .iter()
                .position(|name| !taken.contains_key(name))?;
            let name = state.order.remove(at)?;
            let task = state.tasks.remove(&name)?;
            state.taken.insert(name.clone(), now_micros);
            Some((name, task))
        })
    }

    /// The first record, however recently it was taken.
    pub(super) fn take_any(&self) -> Option<(RecordName, Task)> {
        self.with(|state| {
            let name = state.order.pop_front()?;
            let task = state.tasks.remove(&name)?;
            Some((name, task))
        })
    }

    /// Returns when something waits.
    pub(super) async fn wait(&self) {
        while self.with(|state| state.order.is_empty()) {
            self.put.notified().await;
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use burgee_store::KeyDigest;

    use super::*;

    fn name(at: usize) -> RecordName {
        RecordName::Grants(KeyDigest::of(&at.to_string()))
    }

    #[test]
    fn a_record_waits_once_and_is_taken_once_a_second() {
        let queue = Queue::default();
        for at in [1, 2, 1] {
            assert!(queue.put(name(at), Task::Forget));
        }
        let take = |seconds: u64| {
            queue
                .take_due(seconds * INTERVAL_MICROS)
                .map(|taken| taken.0)
        };
        assert_eq!(take(5), Some(name(1)));
        queue.put(name(1), Task::Forget);
        assert_eq!(take(5), Some(name(2)));
        assert_eq!(take(5), None, "taken within the second");
        assert_eq!(take(6), Some(name(1)));
        queue.put(name(1), Task::Forget);
        assert!(queue.take_any().is_some() && queue.take_any().is_none());
    }

    #[test]
    fn one_record_more_than_the_limit_is_dropped() {
        let queue = Queue::default();
        for at in 0..RECORDS_MAX {
            assert!(queue.put(name(at), Task::Forget), "{at}");
        }
        assert!(!queue.put(name(RECORDS_MAX), Task::Forget));
        assert!(queue.put(name(0), Task::Forget), "it waits already");
        queue.take_any();
        assert!(queue.put(name(RECORDS_MAX), Task::Forget));
    }
}
