//! What waits to be written: each record once, in the order in which they were first put, and none
//! more than once a second.
//!
//! Definitions that wait are kept from being freed, and parsed they take several times the memory of
//! their text. So they have a limit of their own; documents and grants are in memory anyway.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use burgee_store::RecordName;
use tokio::sync::Notify;

use super::{Keepsake, Task};

/// Records that wait; one more is dropped.
const RECORDS_MAX: usize = 1_024;

/// Flags and cohorts of all definitions that wait, about 20 MB; what would be more is dropped. Alone,
/// definitions may have any number, or the largest would never be kept.
const PARSED_MAX: usize = 8_192;

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
    /// Flags and cohorts of the definitions among `tasks`.
    parsed: usize,
    /// Records taken within the last interval, and when.
    taken: HashMap<RecordName, u64>,
}

impl Queue {
    /// Replaces what waits under the same name. False: it is dropped.
    pub(super) fn put(&self, name: RecordName, task: Task) -> bool {
        let is_put = self.with(|state| state.put(name, task));
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
            let (name, task) = state.take(at)?;
            state.taken.insert(name.clone(), now_micros);
            Some((name, task))
        })
    }

    /// The first record, however recently it was taken.
    pub(super) fn take_any(&self) -> Option<(RecordName, Task)> {
        self.with(|state| state.take(0))
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.with(|state| state.order.is_empty())
    }

    /// Returns when something waits.
    pub(super) async fn wait(&self) {
        while self.is_empty() {
            self.put.notified().await;
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn put(&mut self, name: RecordName, task: Task) -> bool {
        let parsed = task.parsed();
        let Some(waiting) = self.tasks.get_mut(&name) else {
            let is_too_much = parsed > 0 && self.parsed > 0 && self.parsed + parsed > PARSED_MAX;
            if is_too_much || self.tasks.len() >= RECORDS_MAX {
                return false;
            }
            self.parsed += parsed;
            self.order.push_back(name.clone());
            self.tasks.insert(name, task);
            return true;
        };
        self.parsed = self.parsed + parsed - waiting.parsed();
        *waiting = task;
        true
    }

    fn take(&mut self, at: usize) -> Option<(RecordName, Task)> {
        let name = self.order.remove(at)?;
        let task = self.tasks.remove(&name)?;
        self.parsed -= task.parsed();
        Some((name, task))
    }
}

impl Task {
    /// Flags and cohorts that it holds as parsed JSON.
    fn parsed(&self) -> usize {
        match self {
            Self::Keep(Keepsake::Definitions(definitions), _) => {
                definitions.flags.len() + definitions.cohorts.len()
            }
            Self::Keep(Keepsake::Document(..) | Keepsake::Grants(..), _) | Self::Forget => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burgee_model::{
        Definitions, EnvironmentId, ProjectId, ProjectToken, PropertyMatching, Revision, Timestamp,
    };
    use burgee_store::KeyDigest;
    use serde_json::json;

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

    /// Puts definitions with this many flags.
    fn put_definitions(queue: &Queue, token: &str, flags: usize) -> bool {
        let token = ProjectToken::parse(token).unwrap();
        let flag = serde_json::from_value(json!({"id": 1, "key": "a", "filters": {}})).unwrap();
        let definitions = Definitions {
            project: ProjectId(1),
            environment: EnvironmentId(1),
            token: token.clone(),
            revision: Revision(1),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Released,
            hold_polls_seconds: 0,
            flags: vec![flag; flags],
            cohorts: Vec::new(),
            group_types: Vec::new(),
        };
        let keepsake = Keepsake::Definitions(Arc::new(definitions));
        let task = Task::Keep(keepsake, Timestamp::from_unix_micros(0));
        queue.put(RecordName::Definitions(token), task)
    }

    #[test]
    fn definitions_with_one_flag_more_than_the_limit_are_dropped() {
        let queue = Queue::default();
        assert!(put_definitions(&queue, "phc_a", PARSED_MAX - 1));
        assert!(put_definitions(&queue, "phc_b", 1), "at the limit");
        assert!(!put_definitions(&queue, "phc_c", 1));
        assert!(put_definitions(&queue, "phc_d", 0), "holds none");
        assert!(queue.put(name(1), Task::Forget), "holds none");
        assert!(put_definitions(&queue, "phc_a", 1), "it waits already");
        assert!(put_definitions(&queue, "phc_c", PARSED_MAX - 2));
        while queue.take_any().is_some() {}
        assert!(put_definitions(&queue, "phc_a", PARSED_MAX + 1), "alone");
    }
}
