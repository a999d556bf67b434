//! What an answer rests on, for formats that tell an answer for everybody from a targeted one and
//! from one by percentage (OpenFeature's reasons).
//!
//! Read from the compiled flag after the fact, so that evaluation itself keeps no record of it.

use crate::{
    FlagInfo, FlagValue, Reason, Snapshot,
    snapshot::{Aggregation, Flag},
    split::Rollout,
};

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Nothing about the subject: everybody gets this answer.
    Everybody,
    /// What the subject is: properties, cohorts, groups, enrollment, answers of other flags.
    Targeting,
    /// A percentage, whether it took the subject in or left it out.
    Percentage,
    /// No condition was for the subject.
    Fallback,
}

impl Snapshot {
    /// What an answer of this snapshot rests on. Where targeting and a percentage both had their
    /// say, the percentage is named: it is what differs between equal subjects.
    pub fn basis(&self, flag: &FlagInfo, value: FlagValue<'_>, reason: Reason) -> Basis {
        match reason {
            Reason::Enrollment => Basis::Targeting,
            Reason::Holdout | Reason::OutOfRollout(_) => Basis::Percentage,
            Reason::NoConditionMatch(..) | Reason::NoGroupType(_) | Reason::MissingDependency => {
                Basis::Fallback
            }
            Reason::ConditionMatch(index) => match self.flags.get(flag.index as usize) {
                Some(flag) => self.basis_of_match(flag, index, value),
                None => Basis::Targeting,
            },
        }
    }

    fn basis_of_match(&self, flag: &Flag, index: u32, value: FlagValue<'_>) -> Basis {
        let conditions = flag.conditions.of(&self.conditions);
        let Some(condition) = conditions.get(index as usize) else {
            return Basis::Targeting;
        };
        let is_variant_hashed =
            matches!(value, FlagValue::Variant(_)) && flag.is_split && condition.variant.is_none();
        if condition.rollout != Rollout::Everyone || is_variant_hashed {
            return Basis::Percentage;
        }
        let is_for_everybody = index == 0
            && condition.steps.is_empty()
            && condition.cohorts.is_empty()
            && condition.aggregation == Aggregation::Person
            && flag.enrollment.is_none()
            && flag.holdout.is_none();
        if is_for_everybody {
            Basis::Everybody
        } else {
            Basis::Targeting
        }
    }
}
