//! Merges what was fetched under what the request gave (spec: engine §5.1, §5.5).

use burgee_model::{Facts, FailureCode, Fetch, PersonFacts, SubjectFacts, Timestamp};
use chrono::{DateTime, SecondsFormat};

use crate::{
    Plan, PropertiesError, Snapshot,
    properties::{read_properties, set_text},
    scratch::{Known, Memory, Origin, Reading, refill},
    slot::{CREATED_AT, Source},
};

impl Memory {
    /// Forgets the last evaluation.
    pub(super) fn clear(&mut self, snapshot: &Snapshot) {
        refill(&mut self.predicates, snapshot.predicates.len());
        refill(&mut self.cohorts, snapshot.cohorts.len());
        refill(&mut self.results, snapshot.flags.len());
        self.holdout = None;
    }
}

impl Snapshot {
    /// Returns why there are no facts about the subject, when they were wanted and are not there.
    pub(super) fn read_facts(
        &self,
        plan: &Plan<'_>,
        facts: &Facts,
        reading: &mut Reading,
        memory: &mut Memory,
    ) -> Option<FailureCode> {
        let failure = match &facts.subject {
            Fetch::Skipped => None,
            Fetch::Failed(code) => Some(*code),
            Fetch::Done(subject) => {
                self.mark_fetched_groups(plan, reading);
                let read = self.read_subject(subject, reading, memory);
                read.err().map(|PropertiesError| FailureCode::DataParsing)
            }
        };
        reading.is_person_partial = failure.is_some();
        self.settle_groups(failure.is_some(), reading);
        self.derive(reading);
        failure
    }

    fn read_subject(
        &self,
        subject: &SubjectFacts,
        reading: &mut Reading,
        memory: &mut Memory,
    ) -> Result<(), PropertiesError> {
        if let Some(person) = &subject.person {
            self.read_person(person, reading, memory)?;
        }
        for found in &subject.groups {
            let mut groups = self.slots.groups();
            let Some((group, _)) = groups.find(|(_, slots)| slots.index == found.group.index)
            else {
                continue;
            };
            let identifier = reading.texts.get(reading.group(group).identifier);
            if identifier == found.group.key {
                let origin = (Source::Group(group), Origin::Stored);
                read_properties(&found.properties, origin, &self.slots, reading)?;
            }
        }
        Ok(())
    }

    fn read_person(
        &self,
        person: &PersonFacts,
        reading: &mut Reading,
        memory: &mut Memory,
    ) -> Result<(), PropertiesError> {
        let origin = (Source::Person, Origin::Stored);
        read_properties(&person.properties, origin, &self.slots, reading)?;
        if let Some(created_at) = person.created_at
            && let Some(slot) = self.slots.find(Source::Person, CREATED_AT)
            && reading.slot(slot).origin != Origin::Given
        {
            set_text(
                &rfc3339(created_at),
                (slot, Origin::Stored),
                &self.slots,
                reading,
            );
        }
        for (cohort, known) in self.cohorts.iter().zip(&mut memory.cohorts) {
            if cohort.is_static() {
                *known = Known::from(person.static_cohorts.contains(&cohort.id));
            }
        }
        Ok(())
    }

    /// A group is unknown rather than without properties when the request has groups and either
    /// nobody knows its type or nobody asked the store (spec: engine §5.5).
    fn settle_groups(&self, is_failed: bool, reading: &mut Reading) {
        let has_context = reading.has_group_context;
        for (group, slots) in self.slots.groups() {
            if let Some(value) = reading.group_mut(group) {
                let is_unasked = value.has_usable_key() && (is_failed || !value.is_fetched);
                value.is_partial = has_context && (slots.name.is_none() || is_unasked);
            }
        }
    }

    fn derive(&self, reading: &mut Reading) {
        for derivation in self.slots.derivations() {
            let from = *reading.slot(derivation.from);
            if from.is_present() && !reading.slot(derivation.target).is_present() {
                let folding = self.slots.spec(derivation.target).folding;
                let copy = from.derived().folded(&mut reading.texts, folding);
                reading.set(derivation.target, copy);
            }
        }
    }
}

fn rfc3339(timestamp: Timestamp) -> String {
    let instant = DateTime::from_timestamp_micros(timestamp.unix_micros());
    instant
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
