//! What a request lacks (spec: engine §5.3): decided once for the whole plan, before anything is
//! evaluated, so that one fetch serves all flags, or none is made.

use burgee_model::{GroupRef, HashKeyNeed, Needs};

use crate::{
    Plan, Scratch, Snapshot,
    scratch::{Origin, Reading},
    slot::{GroupSlot, Slot, Source},
    snapshot::{Condition, Flag, Step},
};

/// What a set of flags reads, worked out once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requirements {
    /// Properties read by conditions above 0 %, and early access properties.
    slots: Vec<Slot>,
    /// Whether some condition above 0 % tests a cohort.
    reads_cohorts: bool,
    /// Whether some continuity flag's hash can change its answer.
    reads_hash_keys: bool,
}

impl Requirements {
    /// What `flags` read.
    pub(crate) fn of(snapshot: &Snapshot, flags: &[u32]) -> Self {
        let mut requirements = Self::default();
        for flag in flags
            .iter()
            .filter_map(|index| snapshot.flags.get(*index as usize))
        {
            requirements.add(snapshot, flag);
        }
        requirements.slots.sort_unstable();
        requirements.slots.dedup();
        requirements.slots.shrink_to_fit();
        requirements
    }

    fn add(&mut self, snapshot: &Snapshot, flag: &Flag) {
        self.slots.extend(flag.enrollment);
        self.reads_hash_keys |= flag.needs_hash_key();
        for condition in flag.conditions.of(&snapshot.conditions) {
            if condition.rollout.is_above_zero() {
                self.slots.extend(condition.read_slots(snapshot));
                self.reads_cohorts |= condition.tests_cohorts();
            }
        }
    }

    pub(crate) fn weight_bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }
}

impl Snapshot {
    /// What the request did not bring and some planned flag needs. After [`Self::read_given`].
    pub fn needs(&self, plan: &Plan<'_>, scratch: &Scratch) -> Needs {
        let reading = &scratch.reading;
        let requirements = plan.requirements();
        let mut needs = Needs {
            subject: requirements.reads_cohorts,
            ..Needs::default()
        };
        let mut groups: Vec<GroupSlot> = Vec::new();
        for slot in &requirements.slots {
            match self.lack(*slot, reading) {
                None => {}
                Some(Source::Group(group)) => groups.push(group),
                Some(Source::Person | Source::Nowhere) => needs.subject = true,
            }
        }
        groups.sort_unstable();
        groups.dedup();
        needs.subject |= !groups.is_empty();
        needs.groups = groups
            .iter()
            .filter_map(|group| self.group_ref(*group, reading))
            .collect();
        if requirements.reads_hash_keys {
            needs.hash_keys = HashKeyNeed::Lookup;
        }
        needs
    }

    /// Marks the groups that [`Self::needs`] asks for.
    pub(crate) fn mark_fetched_groups(&self, plan: &Plan<'_>, reading: &mut Reading) {
        for slot in &plan.requirements().slots {
            if let Some(Source::Group(group)) = self.lack(*slot, reading)
                && let Some(value) = reading.group_mut(group)
            {
                value.is_fetched = true;
            }
        }
    }

    /// Whether one flag alone needs data about the subject from the store.
    pub(crate) fn flag_needs_subject(&self, flag: &Flag, reading: &Reading) -> bool {
        let lacks = |slot: Slot| self.lack(slot, reading).is_some();
        flag.enrollment.is_some_and(lacks)
            || flag
                .conditions
                .of(&self.conditions)
                .iter()
                .any(|condition| {
                    condition.rollout.is_above_zero()
                        && (condition.tests_cohorts() || condition.read_slots(self).any(lacks))
                })
    }

    /// Whose data would have to be fetched for a slot; `None` when the request brought it, or when
    /// no store could serve it.
    fn lack(&self, slot: Slot, reading: &Reading) -> Option<Source> {
        if reading.slot(slot).origin == Origin::Given {
            return None;
        }
        match self.slots.spec(slot).source {
            Source::Person => Some(Source::Person),
            Source::Nowhere => None,
            Source::Group(group) => {
                let is_named = self
                    .slots
                    .group(group)
                    .is_some_and(|group| group.name.is_some());
                let is_servable = is_named && reading.group(group).has_usable_key();
                is_servable.then_some(Source::Group(group))
            }
        }
    }

    fn group_ref(&self, group: GroupSlot, reading: &Reading) -> Option<GroupRef> {
        let key = reading
            .texts
            .get(reading.group(group).identifier)
            .to_owned();
        Some(GroupRef {
            index: self.slots.group(group)?.index,
            key,
        })
    }
}

impl Flag {
    /// Whether a stored hash key could change this flag's answer.
    pub(crate) fn needs_hash_key(&self) -> bool {
        self.identity == crate::snapshot::Identity::Continuous && self.is_hash_decisive
    }
}

impl Condition {
    pub(crate) fn tests_cohorts(&self) -> bool {
        !self.cohorts.is_empty()
    }

    fn read_slots(&self, snapshot: &Snapshot) -> impl Iterator<Item = Slot> {
        self.steps
            .of(&snapshot.steps)
            .iter()
            .filter_map(|step| match step {
                Step::Predicate(predicate) => Some(snapshot.predicate(*predicate)?.slot),
                Step::Dependency(..) | Step::Never => None,
            })
    }
}
