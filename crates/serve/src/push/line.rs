//! Those who wait on one topic, in the order in which they came, and the word they wait for.
//!
//! What is to be known of each is here, side by side: whoever answers thousands in a row looks at each,
//! and memory that is anywhere would be most of the time that it takes (ADR 10).

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{
    Topic, Woken,
    answerer::{Handover, Handovers, Known},
};

/// What is to be known of a topic.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) version: Arc<str>,
    pub(super) is_stopping: bool,
    /// Which change of keys (`Push::key_changes`) concerned this topic last.
    pub(super) keys: u64,
}

/// A line.
#[derive(Debug)]
pub(super) struct Line {
    topic: Topic,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    word: Word,
    waiters: BTreeMap<Number, Waiter>,
    /// What the next one gets.
    next: Number,
    known: Known,
}

/// Of somebody in a line, higher than that of all before.
pub(super) type Number = u64;

/// Somebody in a line.
#[derive(Debug)]
struct Waiter {
    /// The version it has.
    version: Arc<str>,
    /// After so many changes of keys its own was looked at.
    keys: u64,
    /// Whether it may be answered instead of being woken.
    handover: Option<Handover>,
    call: Arc<Notify>,
}

/// Some of a line, to whom its word was carried.
pub(super) struct Told {
    /// To be answered, and in the line no more.
    pub(super) handovers: Handovers,
    /// Whose turn is next.
    pub(super) next: Number,
}

impl Line {
    pub(super) fn new(topic: Topic, word: Word) -> Self {
        Self {
            topic,
            state: Mutex::new(State {
                word,
                waiters: BTreeMap::new(),
                next: 0,
                known: Known::default(),
            }),
        }
    }

    pub(super) fn topic(&self) -> &Topic {
        &self.topic
    }

    pub(super) fn version(&self) -> Arc<str> {
        Arc::clone(&self.state().word.version)
    }

    /// One more who has `version`, and whose key was looked at after `keys` changes of keys, is in the
    /// line, and waits to be called there.
    pub(super) fn enter(&self, version: &str, keys: u64) -> (Number, Arc<Notify>) {
        let mut state = self.state();
        // As a rule, the newest: then all of them share one text.
        let version = if *state.word.version == *version {
            Arc::clone(&state.word.version)
        } else {
            Arc::from(version)
        };
        let (number, call) = (state.next, Arc::new(Notify::new()));
        let waiter = Waiter {
            version,
            keys,
            handover: None,
            call: Arc::clone(&call),
        };
        state.next += 1;
        state.waiters.insert(number, waiter);
        (number, call)
    }

    /// One leaves; whether it was still there.
    pub(super) fn leave(&self, number: Number) -> bool {
        self.state().waiters.remove(&number).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state().waiters.is_empty()
    }

    /// Changes the word; if `change` says that it did, returns whose turn is first and the number that
    /// only those get who come later.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut Word) -> bool,
    ) -> Option<(Number, Number)> {
        let mut state = self.state();
        let is_news = change(&mut state.word);
        let first = state.waiters.keys().next().copied();
        first.filter(|_| is_news).map(|first| (first, state.next))
    }

    /// How many there are of those who have these numbers, counted up to `most`.
    pub(super) fn count_some(&self, (first, end): (Number, Number), most: usize) -> usize {
        self.state().waiters.range(first..end).take(most).count()
    }

    /// Carries the word to the first `count` of those who have these numbers: wakes whom it concerns, or
    /// gives them to be answered.
    pub(super) fn tell(&self, (first, end): (Number, Number), count: usize) -> Told {
        let mut state = self.state();
        let State { word, waiters, .. } = &mut *state;
        let mut told = Told {
            handovers: Handovers::default(),
            next: first,
        };
        let mut answered = Vec::with_capacity(count);
        for (number, waiter) in waiters.range_mut(first..end).take(count) {
            told.next = number + 1;
            let Some(woken) = waiter.concerned_by(word) else {
                continue;
            };
            match waiter.handover.take_if(|_| woken == Woken::Change) {
                Some(handover) => {
                    told.handovers.add(handover);
                    answered.push(*number);
                }
                None => waiter.call.notify_one(),
            }
        }
        for number in answered {
            waiters.remove(&number);
        }
        told
    }

    /// Until the word concerns whoever has `number` and is called by `call`; never, if it is answered.
    pub(super) async fn hear(&self, number: Number, call: &Notify) -> Woken {
        loop {
            // Whoever is called between looking and waiting does not wait.
            if let Some(heard) = self.heard(number) {
                return heard;
            }
            call.notified().await;
        }
    }

    fn heard(&self, number: Number) -> Option<Woken> {
        let state = self.state();
        let waiter = state.waiters.get(&number)?;
        waiter.concerned_by(&state.word)
    }

    /// The one of those who came last that is the same as `answerer`, or that.
    pub(super) fn share<A: PartialEq + Any + Send + Sync>(&self, answerer: Arc<A>) -> Arc<A> {
        self.state().known.same(answerer)
    }

    /// From now on it may be answered without being woken.
    pub(super) fn hand_over(&self, number: Number, handover: Handover) {
        if let Some(waiter) = self.state().waiters.get_mut(&number) {
            waiter.handover = Some(handover);
        }
    }

    /// From now on only itself may answer; `false`: somebody else does.
    pub(super) fn take_back(&self, number: Number) -> bool {
        let mut state = self.state();
        let waiter = state.waiters.get_mut(&number);
        waiter.map(|waiter| waiter.handover = None).is_some()
    }

    /// It has another version now.
    pub(super) fn note(&self, number: Number, version: &str) {
        if let Some(waiter) = self.state().waiters.get_mut(&number) {
            waiter.version = Arc::from(version);
        }
    }

    /// Its key is looked at again after so many changes of keys.
    pub(super) fn note_keys(&self, number: Number, keys: u64) {
        if let Some(waiter) = self.state().waiters.get_mut(&number) {
            waiter.keys = keys;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Why it need not wait any longer.
    fn concerned_by(&self, word: &Word) -> Option<Woken> {
        if word.is_stopping {
            Some(Woken::Stop)
        } else if *word.version != *self.version {
            Some(Woken::Change)
        } else {
            (word.keys > self.keys).then_some(Woken::Keys)
        }
    }
}
