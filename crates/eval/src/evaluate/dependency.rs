//! Conditions on other flags, and what becomes of a flag when one of those failed (spec: engine
//! §7.2 to §7.4): it fails only if the failed flag could change its answer.

use crate::{
    EvaluationError, FlagValue, Reason,
    scratch::FlagResult,
    snapshot::{Condition, Dependency, Expected, Variant},
};

use super::Walk;

/// Whether a condition's filters on other flags hold.
pub(super) enum Reached {
    Yes,
    No,
    /// A flag that is read failed, and some value of it would let the filters hold.
    Perhaps,
}

impl Walk<'_, '_> {
    pub(super) fn dependencies(&self, condition: &Condition) -> Reached {
        let steps = condition.steps.of(&self.snapshot.steps);
        let filters = || {
            steps
                .iter()
                .filter_map(|step| self.snapshot.dependency(*step))
        };
        let mut reached = Reached::Yes;
        for dependency in filters() {
            match self.meets(dependency) {
                Some(true) => {}
                Some(false) => return Reached::No,
                None => {
                    let mut others = filters().filter(|other| other.target == dependency.target);
                    if others.any(|other| !dependency.expected.agrees(&other.expected)) {
                        return Reached::No;
                    }
                    reached = Reached::Perhaps;
                }
            }
        }
        reached
    }

    /// Whether another flag came to what is expected; `None`: it failed.
    pub(crate) fn meets(&self, dependency: &Dependency) -> Option<bool> {
        let target = dependency.target;
        let result = self.memory.results.get(target as usize).copied();
        match result.unwrap_or_default() {
            FlagResult::Failed => None,
            result => Some(dependency.expected.is_met(self.value(target, result))),
        }
    }

    fn value(&self, target: u32, result: FlagResult) -> FlagValue<'_> {
        let flag = self.snapshot.flags.get(target as usize);
        match (result, flag) {
            (FlagResult::Variant(position), Some(flag)) => {
                let variant = flag
                    .variants
                    .of(&self.snapshot.variants)
                    .get(position.get());
                variant.map_or(FlagValue::On, |variant| FlagValue::Variant(&variant.key))
            }
            (FlagResult::Holdout, Some(flag)) => match &flag.holdout {
                Some(holdout) => FlagValue::Variant(&holdout.value),
                None => FlagValue::On,
            },
            (FlagResult::On | FlagResult::Variant(_) | FlagResult::Holdout, _) => FlagValue::On,
            (FlagResult::Off | FlagResult::Failed, _) => FlagValue::Off,
        }
    }
}

impl Expected {
    /// Whether a value satisfies the filter: any variant is "on", boolean true is no variant.
    fn is_met(&self, value: FlagValue<'_>) -> bool {
        match (self, value) {
            (Self::On, FlagValue::On | FlagValue::Variant(_)) | (Self::Off, FlagValue::Off) => true,
            (Self::Variant(key), FlagValue::Variant(variant)) => **key == *variant,
            (Self::On | Self::Variant(_), FlagValue::Off)
            | (Self::Off | Self::Variant(_), FlagValue::On)
            | (Self::Off, FlagValue::Variant(_)) => false,
        }
    }

    /// Whether some value satisfies both filters.
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variant(one), Self::Variant(two)) => one == two,
            (Self::Off, Self::Off) | (Self::On, Self::On) => true,
            (Self::On, Self::Variant(_)) | (Self::Variant(_), Self::On) => true,
            (Self::Off, _) | (_, Self::Off) => false,
        }
    }
}

/// The answers that a flag would have if its failed dependencies had turned out right.
#[derive(Debug)]
pub(super) struct Candidates<'s> {
    /// The flag's variants.
    variants: &'s [Variant],
    first: Option<FlagResult>,
    differ: bool,
}

impl<'s> Candidates<'s> {
    pub(super) fn of(variants: &'s [Variant]) -> Self {
        Self {
            variants,
            first: None,
            differ: false,
        }
    }

    pub(super) fn add(&mut self, result: FlagResult) {
        let first = *self.first.get_or_insert(result);
        self.differ |= !self.is_same(first, result);
    }

    /// Two variants of one name are one answer.
    fn is_same(&self, one: FlagResult, other: FlagResult) -> bool {
        let key = |result| match result {
            FlagResult::Variant(position) => {
                let variant = self.variants.get(position.get())?;
                Some(&*variant.key)
            }
            FlagResult::Off | FlagResult::On | FlagResult::Holdout | FlagResult::Failed => None,
        };
        one == other || key(one).is_some_and(|of_one| key(other) == Some(of_one))
    }

    /// The answer stands when every candidate agrees with it.
    pub(super) fn settle(
        &self,
        result: FlagResult,
        reason: Reason,
    ) -> Result<(FlagResult, Reason), EvaluationError> {
        let agrees = !self.differ && self.first.is_none_or(|first| self.is_same(first, result));
        if agrees {
            Ok((result, reason))
        } else {
            Err(EvaluationError::DependencyFailed)
        }
    }
}
