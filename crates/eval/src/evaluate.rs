//! Evaluating: from a plan and a subject to one outcome per flag (spec: engine §3.1).

use burgee_model::{Facts, FailureCode, Fetch, Timestamp};

use crate::{
    Evaluation, EvaluationError, FlagValue, Given, Outcome, Plan, Reason, Scratch, Snapshot,
    hash::hash60,
    scratch::{FlagResult, Memory, Reading},
    snapshot::{Aggregation, Flag, FlagState, Holdout, Identity, PayloadIndex},
    split::Rollout,
};

mod ahead;
mod cohort;
mod condition;
mod dependency;
mod facts;
mod verdict;

pub(crate) use self::{ahead::Ahead, condition::Targeting};
use self::{
    ahead::{FLAGS_AHEAD, Foreseen},
    condition::Hashes,
};

/// Whom a request is about, and when.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What the request brought; the same as was handed to [`Snapshot::read_given`].
    pub given: &'a Given<'a>,
    /// What was fetched.
    pub facts: &'a Facts,
    /// The present, for relative dates.
    pub now: Timestamp,
}

impl Snapshot {
    /// Evaluates the planned flags and hands over one answer each, in plan order. After
    /// [`Self::read_given`] with the same scratch, once for each set of facts.
    pub fn evaluate<'s>(
        &'s self,
        plan: &Plan<'s>,
        subject: &Subject<'_>,
        scratch: &mut Scratch,
        mut emit: impl FnMut(Evaluation<'s>),
    ) {
        let Scratch {
            reading,
            memory,
            ahead,
        } = scratch;
        memory.clear(self);
        let data_failure = self.read_facts(plan, subject.facts, reading, memory);
        let mut walk = Walk {
            snapshot: self,
            subject,
            reading,
            memory,
            data_failure,
        };
        let flag = |index: &u32| {
            self.flags
                .get(*index as usize)
                .zip(self.infos.get(*index as usize))
        };
        for chunk in plan.flags().chunks(FLAGS_AHEAD) {
            for ((flag, info), foreseen) in chunk.iter().filter_map(flag).zip(&mut ahead.0) {
                walk.foresee(flag, &info.key, foreseen);
            }
            for foreseen in ahead.0.iter_mut().take(chunk.len()) {
                foreseen.settle();
            }
            for ((flag, info), foreseen) in chunk.iter().filter_map(flag).zip(&ahead.0) {
                let (outcome, result) = walk.flag(flag, &info.key, foreseen);
                if let Some(place) = walk.memory.results.get_mut(info.index as usize) {
                    *place = result;
                }
                emit(Evaluation {
                    flag: info,
                    outcome,
                });
            }
        }
    }
}

/// One evaluation under way.
pub(crate) struct Walk<'s, 'e> {
    pub(crate) snapshot: &'s Snapshot,
    subject: &'e Subject<'e>,
    pub(crate) reading: &'e Reading,
    memory: &'e mut Memory,
    /// Why the subject could not be read, if it could not.
    data_failure: Option<FailureCode>,
}

impl<'s, 'e> Walk<'s, 'e> {
    /// Looks again at what an evaluation with this scratch has just seen.
    pub(crate) fn again(
        snapshot: &'s Snapshot,
        subject: &'e Subject<'e>,
        scratch: &'e mut Scratch,
    ) -> Self {
        Self {
            snapshot,
            subject,
            reading: &scratch.reading,
            memory: &mut scratch.memory,
            data_failure: None,
        }
    }

    /// One flag: what is answered, and what dependents read.
    fn flag(
        &mut self,
        flag: &'s Flag,
        key: &'s str,
        foreseen: &Foreseen,
    ) -> (Outcome<'s>, FlagResult) {
        let failed = |error, result| (Outcome::Failed(error), result);
        match flag.state {
            FlagState::MissingDependency => {
                self.answer(FlagResult::Off, Reason::MissingDependency, flag)
            }
            FlagState::Unreadable => failed(EvaluationError::FlagData, FlagResult::Failed),
            FlagState::Unsupported => failed(EvaluationError::FlagData, FlagResult::Off),
            FlagState::Active | FlagState::Inactive => match self.missing_data(flag) {
                Some(code) => failed(EvaluationError::Data(code), FlagResult::Failed),
                None => self.targeting(flag, key, foreseen),
            },
        }
    }

    /// Why the data that this flag needs is not there (spec: engine §11.3).
    fn missing_data(&self, flag: &Flag) -> Option<FailureCode> {
        if flag.asks_continuity && matches!(self.subject.facts.hash_keys, Fetch::Failed(_)) {
            return Some(FailureCode::HashKeyOverride);
        }
        let code = self.data_failure?;
        self.snapshot
            .flag_needs_subject(flag, self.reading)
            .then_some(code)
    }

    /// Enrollment, then holdout, then the conditions.
    fn targeting(
        &mut self,
        flag: &'s Flag,
        key: &'s str,
        foreseen: &Foreseen,
    ) -> (Outcome<'s>, FlagResult) {
        if let Some(slot) = flag.enrollment {
            let enrolled = self.reading.slot(slot);
            if enrolled.is_present() {
                let is_on = enrolled.is_exactly_true(&self.reading.texts);
                let result = if is_on {
                    FlagResult::On
                } else {
                    FlagResult::Off
                };
                return self.answer(result, Reason::Enrollment, flag);
            }
        }
        if let Some(holdout) = &flag.holdout
            && self.is_held_out(flag, holdout)
        {
            return self.answer(FlagResult::Holdout, Reason::Holdout, flag);
        }
        match self.conditions(flag, Hashes::new(key, foreseen)) {
            Ok((result, reason)) => self.answer(result, reason, flag),
            Err(error) => (Outcome::Failed(error), FlagResult::Failed),
        }
    }

    /// The holdout's hash has no flag in it, so the same people are held out of every flag
    /// (spec: engine §3.3). An empty identifier is hashed, unlike elsewhere.
    fn is_held_out(&mut self, flag: &Flag, holdout: &Holdout) -> bool {
        let Rollout::Below(bound) = holdout.share else {
            return true;
        };
        let whose = (flag.aggregation, flag.identity);
        let hash = match self.memory.holdout {
            Some((of, hash)) if of == whose => hash,
            _ => hash60(["holdout-", "", self.holdout_identifier(flag), ""]),
        };
        self.memory.holdout = Some((whose, hash));
        bound.admits(hash)
    }

    fn holdout_identifier(&self, flag: &Flag) -> &str {
        let given = self.subject.given;
        match (flag.aggregation, flag.identity) {
            (Aggregation::Group(group), _) => {
                self.reading.texts.get(self.reading.group(group).identifier)
            }
            (Aggregation::Person, Identity::DeviceId) => {
                given.device_id.unwrap_or(given.distinct_id)
            }
            (Aggregation::Person, Identity::Continuous) => {
                given.anon_distinct_id.unwrap_or(given.distinct_id)
            }
            (Aggregation::Person, Identity::DistinctId) => given.distinct_id,
        }
    }

    fn answer(
        &self,
        result: FlagResult,
        reason: Reason,
        flag: &'s Flag,
    ) -> (Outcome<'s>, FlagResult) {
        let snapshot = self.snapshot;
        let (value, payload) = match result {
            FlagResult::Failed => {
                return (Outcome::Failed(EvaluationError::DependencyFailed), result);
            }
            // An opted-out person gets the payload all the same (spec: engine §3.2 QUIRK).
            FlagResult::Off if reason == Reason::Enrollment => (FlagValue::Off, flag.payload),
            FlagResult::Off => (FlagValue::Off, None),
            FlagResult::On => (FlagValue::On, flag.payload),
            FlagResult::Holdout => flag
                .holdout
                .as_ref()
                .map_or((FlagValue::On, None), |holdout| {
                    (FlagValue::Variant(&holdout.value), holdout.payload)
                }),
            FlagResult::Variant(position) => {
                let variant = flag.variants.of(&snapshot.variants).get(position.get());
                variant.map_or((FlagValue::On, flag.payload), |variant| {
                    (FlagValue::Variant(&variant.key), variant.payload)
                })
            }
        };
        let payload = payload.and_then(|index| snapshot.payload(index));
        (
            Outcome::Answered {
                value,
                reason,
                payload,
            },
            result,
        )
    }
}

impl Snapshot {
    fn payload(&self, PayloadIndex(index): PayloadIndex) -> Option<&str> {
        self.payloads.get(index.get()).map(|payload| &**payload)
    }
}
