//! Those who answer others that wait.

use std::{any::Any, collections::VecDeque, pin::Pin, sync::Arc};

use super::Woken;
use crate::Outlet;

/// Answers whoever waits for one thing and asked in one way, of whom there may be thousands.
pub(crate) trait Answerer: Send + Sync {
    /// Sends an answer to each.
    fn answer(self: Arc<Self>, woken: Woken, outlets: Vec<Arc<dyn Outlet>>) -> Answering;
}

/// Answers under way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Somebody who waits and need not be woken to be answered.
pub(crate) struct Handover {
    pub(crate) answerer: Arc<dyn Answerer>,
    pub(crate) outlet: Arc<dyn Outlet>,
}

/// Handovers, by who answers them.
#[derive(Default)]
pub(super) struct Handovers(Vec<Group>);

struct Group {
    answerer: Arc<dyn Answerer>,
    outlets: Vec<Arc<dyn Outlet>>,
}

impl Handovers {
    pub(super) fn add(&mut self, handover: Handover) {
        let Handover { answerer, outlet } = handover;
        let mut groups = self.0.iter_mut();
        match groups.find(|group| Arc::ptr_eq(&group.answerer, &answerer)) {
            Some(group) => group.outlets.push(outlet),
            None => self.0.push(Group {
                answerer,
                outlets: vec![outlet],
            }),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|group| group.outlets.len()).sum()
    }

    /// Answers all of them.
    pub(super) fn answers(self, woken: Woken) -> impl Iterator<Item = Answering> {
        let groups = self.0.into_iter();
        groups.map(move |group| group.answerer.answer(woken, group.outlets))
    }
}

/// Those who came last and are not the same, so that the next one who is the same as one of them need not
/// be another one: what all share takes its place once, and is at hand when they are answered.
#[derive(Default)]
pub(super) struct Known(VecDeque<Arc<dyn Any + Send + Sync>>);

/// How many are known: about as many as there are SDKs, in several versions, in use in one environment.
const KNOWN_MAX: usize = 16;

impl Known {
    /// The one that is the same as `answerer`.
    pub(super) fn same<A: PartialEq + Any + Send + Sync>(&mut self, answerer: Arc<A>) -> Arc<A> {
        let known = self.0.iter();
        let mut known = known.filter_map(|known| Arc::clone(known).downcast().ok());
        if let Some(known) = known.find(|known| *known == answerer) {
            return known;
        }
        self.0.truncate(KNOWN_MAX - 1);
        self.0.push_front(Arc::clone(&answerer) as Arc<_>);
        answerer
    }
}

impl std::fmt::Debug for Handover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Known").field(&self.0.len()).finish()
    }
}
