//! The rows of one flag: early access, holdout, and its conditions.

use burgee_model::{Condition as Stored, Filters, FlagDefinition};

use crate::{
    Evaluation, FlagValue, Outcome, Reason,
    compile::stored_filters,
    evaluate::Targeting,
    hash::HASH_BITS,
    snapshot::{Aggregation, Condition, Flag},
    split::{Rollout, hash01},
};

use super::{ConditionExplanation, Explainer, PropertyExplanation, sentence};

/// Row of the early access property.
const ENROLLMENT: i32 = -1;
/// Row of the holdout.
const HOLDOUT: i32 = -2;

/// One flag and what it came to.
struct Asked<'a> {
    flag: &'a Flag,
    key: &'a str,
    filters: &'a Filters<'a>,
    outcome: Outcome<'a>,
}

impl Asked<'_> {
    fn reason(&self) -> Option<Reason> {
        match self.outcome {
            Outcome::Answered { reason, .. } => Some(reason),
            Outcome::Failed(_) => None,
        }
    }

    /// Why evaluation never came to the condition at `index`.
    fn not_reached(&self, index: u32) -> Option<String> {
        match self.reason()? {
            Reason::Enrollment => Some("the person's early access choice decided".to_owned()),
            Reason::Holdout => Some("the holdout decided".to_owned()),
            Reason::ConditionMatch(at) if at < index => {
                Some(format!("condition set {} decided", at.saturating_add(1)))
            }
            Reason::OutOfRollout(at) if self.filters.early_exit && at < index => Some(format!(
                "the flag exits early, at the missed percentage of condition set {}",
                at.saturating_add(1)
            )),
            Reason::MissingDependency => Some(
                "the flag depends on a flag that does not exist, or on itself, and is always off"
                    .to_owned(),
            ),
            Reason::ConditionMatch(_)
            | Reason::OutOfRollout(_)
            | Reason::NoConditionMatch(..)
            | Reason::NoGroupType(_) => None,
        }
    }
}

impl Explainer<'_, '_> {
    /// The rows of one flag.
    pub(super) fn conditions(
        &mut self,
        definition: &FlagDefinition,
        evaluation: &Evaluation<'_>,
    ) -> Vec<ConditionExplanation> {
        let snapshot = self.walk.snapshot;
        let flag = snapshot.flags.get(evaluation.flag.index as usize);
        let (Some(flag), Some(filters)) = (flag, stored_filters(definition)) else {
            return Vec::new();
        };
        let asked = Asked {
            flag,
            key: &evaluation.flag.key,
            filters: &filters,
            outcome: evaluation.outcome,
        };
        let mut rows: Vec<_> = enrollment(&asked).into_iter().collect();
        rows.extend(holdout(&asked));
        // A flag whose dependency is missing was not compiled any further.
        let compiled = flag.conditions.of(&snapshot.conditions);
        for (index, stored) in (0_u32..).zip(&filters.groups) {
            let compiled = compiled.get(index as usize);
            rows.push(self.condition(&asked, index, (stored, compiled)));
        }
        rows
    }

    fn condition(
        &mut self,
        asked: &Asked<'_>,
        index: u32,
        (stored, compiled): (&Stored<'_>, Option<&Condition>),
    ) -> ConditionExplanation {
        let properties = compiled
            .map(|compiled| self.properties(stored, compiled))
            .unwrap_or_default();
        let properties_matched =
            compiled.is_some() && properties.iter().all(|property| property.matched);
        let withheld = compiled.and_then(|compiled| self.withheld(asked, compiled));
        let skipped = compiled.and_then(|compiled| self.skipped(compiled));
        let exclusion = compiled.and_then(|compiled| self.exclusion(asked, compiled));
        // A filter on a flag that failed holds as far as can be told.
        let is_targeted = skipped.is_none()
            && compiled.is_some_and(|compiled| {
                let targeting = self.walk.targets(asked.flag, compiled);
                matches!(targeting, Ok(Targeting::Hit | Targeting::Provisional))
            });
        let rollout_excluded = withheld.is_some() || is_targeted && exclusion.is_some();
        let matched = asked.reason() == Some(Reason::ConditionMatch(index));
        let explanation = match asked.not_reached(index) {
            Some(why) => format!("not reached: {why}"),
            None if matched => matched_sentence(asked, stored),
            None => withheld
                .or(skipped)
                .or_else(|| missed_sentence(&properties))
                .or(exclusion)
                .unwrap_or_else(|| "would match, but the flag could not be evaluated".to_owned()),
        };
        ConditionExplanation {
            index: i32::try_from(index).unwrap_or(i32::MAX),
            properties,
            rollout_percentage: stored.rollout_percentage,
            variant: stored.variant.map(str::to_owned),
            matched,
            properties_matched,
            rollout_excluded,
            explanation,
        }
    }

    /// Why the condition cannot be asked for want of a device (spec: engine §1.6).
    fn withheld(&self, asked: &Asked<'_>, condition: &Condition) -> Option<String> {
        let is_withheld = self.walk.is_withheld(asked.flag, condition);
        is_withheld
            .then(|| "withheld: the flag goes by device, and the request names none".to_owned())
    }

    /// Why the condition's percentage leaves the subject out, if it does.
    fn exclusion(&self, asked: &Asked<'_>, condition: &Condition) -> Option<String> {
        let Rollout::Below(bound) = condition.rollout else {
            return None;
        };
        let hash = self
            .walk
            .rollout_hash(asked.flag, asked.key, condition.aggregation);
        (!bound.admits(hash)).then(|| {
            let whom = match condition.aggregation {
                Aggregation::Person => "person",
                Aggregation::Group(_) => "group",
            };
            format!(
                "targets the {whom}, but its percentage does not reach as far: the {whom} is at {}",
                place(hash)
            )
        })
    }

    /// Why the condition is not for this request at all.
    fn skipped(&self, condition: &Condition) -> Option<String> {
        let Aggregation::Group(group) = condition.aggregation else {
            return None;
        };
        self.walk.lacks_group(condition).then(|| {
            let name = self.walk.snapshot.slots.group(group);
            match name.and_then(|group| group.name.as_deref()) {
                Some(name) => format!("skipped: the request names no group of type `{name}`"),
                None => "skipped: it is for a group type that the project does not have".to_owned(),
            }
        })
    }
}

fn enrollment(asked: &Asked<'_>) -> Option<ConditionExplanation> {
    if !asked.filters.feature_enrollment {
        return None;
    }
    let explanation = match asked.outcome {
        Outcome::Answered {
            reason: Reason::Enrollment,
            value,
            ..
        } => {
            let verb = if value == FlagValue::Off {
                "out of"
            } else {
                "in to"
            };
            format!("the person has opted {verb} early access, which decides")
        }
        Outcome::Answered { .. } | Outcome::Failed(_) => {
            "the person has made no early access choice".to_owned()
        }
    };
    Some(synthetic(
        ENROLLMENT,
        asked.reason() == Some(Reason::Enrollment),
        explanation,
    ))
}

fn holdout(asked: &Asked<'_>) -> Option<ConditionExplanation> {
    let holdout = asked.filters.holdout.as_ref()?;
    (asked.reason() == Some(Reason::Holdout)).then(|| {
        let row = synthetic(
            HOLDOUT,
            true,
            format!(
                "is held out: holdout {} keeps {} % out of every condition",
                holdout.id, holdout.exclusion_percentage
            ),
        );
        ConditionExplanation {
            rollout_percentage: Some(holdout.exclusion_percentage),
            variant: Some(format!("holdout-{}", holdout.id)),
            ..row
        }
    })
}

/// A row that is no stored condition.
fn synthetic(index: i32, matched: bool, explanation: String) -> ConditionExplanation {
    ConditionExplanation {
        index,
        properties: Vec::new(),
        rollout_percentage: None,
        variant: None,
        matched,
        properties_matched: matched,
        rollout_excluded: false,
        explanation,
    }
}

fn matched_sentence(asked: &Asked<'_>, stored: &Stored<'_>) -> String {
    let mut parts = Vec::new();
    if !stored.properties.is_empty() {
        parts.push("all filters hold".to_owned());
    }
    parts.push(match stored.rollout_percentage {
        None => "it is for everybody".to_owned(),
        Some(percentage) => format!("the {percentage} % includes the subject"),
    });
    if let Outcome::Answered {
        value: FlagValue::Variant(variant),
        ..
    } = asked.outcome
    {
        let is_pinned = stored.variant == Some(variant);
        let by = if is_pinned {
            "the condition"
        } else {
            "the hash"
        };
        parts.push(format!("{by} gives the variant `{variant}`"));
    }
    sentence::listed(&parts)
}

/// The first filter that misses says most.
fn missed_sentence(properties: &[PropertyExplanation]) -> Option<String> {
    let missed = properties.iter().find(|property| !property.matched)?;
    Some(format!(
        "does not target the subject: {}",
        missed.explanation
    ))
}

/// Where a hash lies between 0 and 100, as a percentage is told.
fn place(hash: u64) -> String {
    debug_assert!(hash >> HASH_BITS == 0, "a hash has {HASH_BITS} bits");
    format!("{:.2} of 100", hash01(hash) * 100.0)
}
