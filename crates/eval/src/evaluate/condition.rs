//! The release conditions of a flag, in stored order (spec: engine §3.1 step 3, §3.4, §3.5).

use burgee_model::Fetch;

use crate::{
    EvaluationError, Reason,
    hash::hash60,
    operator,
    scratch::{FlagResult, Known},
    slot::Source,
    snapshot::{Aggregation, Condition, Flag, Identity, Position, PredicateIndex, Step},
    split::Rollout,
};

use super::{
    Walk,
    ahead::{Foreseen, HashOf, VARIANT_SALT},
    cohort::CohortVerdict,
    dependency::{Candidates, Reached},
    verdict::Verdict,
};

/// Whether a condition's filters hold.
pub(crate) enum Targeting {
    Hit,
    /// They hold as far as can be told: a flag that they read failed (spec: engine §7.4).
    Provisional,
    Miss,
    /// A cohort that is not fully evaluated here missed.
    CohortMiss,
}

impl<'s> Walk<'s, '_> {
    /// The first condition that matches, or why none does.
    pub(super) fn conditions(
        &mut self,
        flag: &'s Flag,
        mut hashes: Hashes<'_>,
    ) -> Result<(FlagResult, Reason), EvaluationError> {
        let mut verdict = Verdict::new();
        let mut candidates = Candidates::of(flag.variants.of(&self.snapshot.variants));
        for (index, condition) in (0..).zip(flag.conditions.of(&self.snapshot.conditions)) {
            if self.is_withheld(flag, condition) {
                verdict.out_of_rollout(index);
                continue;
            }
            if self.lacks_group(condition) {
                verdict.no_group(index);
                continue;
            }
            let is_provisional = match self.targets(flag, condition)? {
                Targeting::Hit => false,
                Targeting::Provisional => true,
                Targeting::Miss => {
                    verdict.no_match(index);
                    continue;
                }
                Targeting::CohortMiss => {
                    verdict.no_match_by_cohort(index);
                    continue;
                }
            };
            let (result, reason) = if self.is_rolled_out(flag, condition, &mut hashes) {
                (
                    self.variant(flag, condition, &hashes),
                    Reason::ConditionMatch(index),
                )
            } else {
                verdict.out_of_rollout(index);
                if !flag.early_exit {
                    continue;
                }
                (FlagResult::Off, Reason::OutOfRollout(index))
            };
            if !is_provisional {
                return candidates.settle(result, reason);
            }
            candidates.add(result);
        }
        candidates.settle(FlagResult::Off, verdict.reason())
    }

    /// A device bucketed flag without a device, unless every hash gives the same answer
    /// (spec: engine §1.6).
    pub(crate) fn is_withheld(&self, flag: &Flag, condition: &Condition) -> bool {
        flag.identity == Identity::DeviceId
            && condition.aggregation == Aggregation::Person
            && self.subject.given.device_id.is_none()
            && (condition.rollout != Rollout::Everyone
                || (condition.variant.is_none() && flag.is_split))
    }

    pub(crate) fn lacks_group(&self, condition: &Condition) -> bool {
        match condition.aggregation {
            Aggregation::Person => false,
            Aggregation::Group(group) => !self.reading.group(group).has_usable_key(),
        }
    }

    pub(crate) fn targets(
        &mut self,
        flag: &Flag,
        condition: &Condition,
    ) -> Result<Targeting, EvaluationError> {
        let mut is_provisional = false;
        if flag.has_dependencies {
            match self.dependencies(condition) {
                Reached::No => return Ok(Targeting::Miss),
                Reached::Yes => {}
                Reached::Perhaps => is_provisional = true,
            }
        }
        for step in condition.steps.of(&self.snapshot.steps) {
            let holds = match step {
                Step::Predicate(predicate) => self.predicate(*predicate) == Known::Yes,
                Step::Dependency(..) => true,
                Step::Never => false,
            };
            if !holds {
                return Ok(Targeting::Miss);
            }
        }
        if condition.tests_cohorts() {
            match self.cohorts(condition.cohorts)? {
                CohortVerdict::Hold => {}
                CohortVerdict::Miss => return Ok(Targeting::Miss),
                CohortVerdict::PartlyEvaluatedMiss => return Ok(Targeting::CohortMiss),
            }
        }
        Ok(if is_provisional {
            Targeting::Provisional
        } else {
            Targeting::Hit
        })
    }

    /// A property test, worked out once per request however many flags share it.
    pub(crate) fn predicate(&mut self, index: PredicateIndex) -> Known {
        let at = index.0 as usize;
        match self.memory.predicates.get(at) {
            None | Some(Known::NotYet) => {}
            Some(known) => return *known,
        }
        let Some(predicate) = self.snapshot.predicates.get(at) else {
            return Known::Error;
        };
        let value = self.reading.slot(predicate.slot);
        let verdict = if value.is_present() {
            let test = &predicate.test;
            let view = value.view(&self.reading.texts, test.folding());
            test.test(&view, self.subject.now, self.snapshot.timezone)
        } else if self.is_partial(self.snapshot.slots.spec(predicate.slot).source) {
            operator::Verdict::Error
        } else {
            predicate.test.missing()
        };
        let known = match verdict {
            operator::Verdict::No => Known::No,
            operator::Verdict::Yes => Known::Yes,
            operator::Verdict::Error => Known::Error,
        };
        if let Some(place) = self.memory.predicates.get_mut(at) {
            *place = known;
        }
        known
    }

    pub(crate) fn is_partial(&self, source: Source) -> bool {
        match source {
            Source::Person => self.reading.is_person_partial,
            Source::Group(group) => self.reading.group(group).is_partial,
            Source::Nowhere => false,
        }
    }

    /// The hash is taken only where the percentage can still change the answer.
    fn is_rolled_out(&self, flag: &Flag, condition: &Condition, hashes: &mut Hashes<'_>) -> bool {
        let Rollout::Below(bound) = condition.rollout else {
            return true;
        };
        let aggregation = condition.aggregation;
        let hash = match hashes.rollout(aggregation) {
            Some(hash) => hash,
            None => self.rollout_hash(flag, hashes.key, aggregation),
        };
        hashes.last = Some((aggregation, hash));
        bound.admits(hash)
    }

    /// Where the subject is in the flag's percentages.
    pub(crate) fn rollout_hash(&self, flag: &Flag, key: &str, aggregation: Aggregation) -> u64 {
        bucket(key, self.identifier(flag, key, aggregation), "")
    }

    /// The condition's own variant, else the first whose share admits the hash; without one the
    /// flag is on all the same (spec: engine §1.3).
    fn variant(&self, flag: &Flag, condition: &Condition, hashes: &Hashes<'_>) -> FlagResult {
        if let Some(pinned) = condition.variant {
            return FlagResult::Variant(pinned);
        }
        let variants = flag.variants.of(&self.snapshot.variants);
        if variants.is_empty() {
            return FlagResult::On;
        }
        let aggregation = condition.aggregation;
        let hash = hashes
            .foreseen
            .hash(HashOf::Variant, aggregation)
            .unwrap_or_else(|| {
                let identifier = self.identifier(flag, hashes.key, aggregation);
                bucket(hashes.key, identifier, VARIANT_SALT)
            });
        let chosen = variants
            .iter()
            .position(|variant| variant.bound.admits(hash));
        chosen.map_or(FlagResult::On, |at| FlagResult::Variant(Position::new(at)))
    }

    /// Who is hashed (spec: engine §1.4).
    pub(super) fn identifier(&self, flag: &Flag, key: &str, aggregation: Aggregation) -> &str {
        let given = self.subject.given;
        match (aggregation, flag.identity) {
            (Aggregation::Group(group), _) => {
                self.reading.texts.get(self.reading.group(group).identifier)
            }
            (Aggregation::Person, Identity::DistinctId) => given.distinct_id,
            (Aggregation::Person, Identity::DeviceId) => {
                given.device_id.unwrap_or(given.distinct_id)
            }
            (Aggregation::Person, Identity::Continuous) => {
                let stored = match &self.subject.facts.hash_keys {
                    Fetch::Done(stored) => stored.iter().find(|row| row.flag.as_str() == key),
                    Fetch::Skipped | Fetch::Failed(_) => None,
                };
                let stored = stored.map(|row| &*row.hash_key);
                stored
                    .or(given.anon_distinct_id)
                    .unwrap_or(given.distinct_id)
            }
        }
    }
}

/// The hashes of a flag. That of its percentages is taken once for conditions that follow each other
/// with the same aggregation.
pub(super) struct Hashes<'h> {
    key: &'h str,
    foreseen: &'h Foreseen,
    last: Option<(Aggregation, u64)>,
}

impl<'h> Hashes<'h> {
    pub(super) fn new(key: &'h str, foreseen: &'h Foreseen) -> Self {
        let last = None;
        Self {
            key,
            foreseen,
            last,
        }
    }

    /// The hash of the percentages, if it was taken or foreseen.
    fn rollout(&self, aggregation: Aggregation) -> Option<u64> {
        match self.last {
            Some((of, hash)) if of == aggregation => Some(hash),
            _ => self.foreseen.hash(HashOf::Rollout, aggregation),
        }
    }
}

/// An empty identifier is inside every percentage, 0 included (spec: engine §1.5 QUIRK).
fn bucket(key: &str, identifier: &str, salt: &str) -> u64 {
    if identifier.is_empty() {
        0
    } else {
        hash60([key, ".", identifier, salt])
    }
}
