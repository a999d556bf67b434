//! One release condition.

use std::borrow::Cow;

use burgee_model::{
    Condition as Stored, ConditionAggregation, FilterKind, FlagDefinition, PropertyFilter,
};
use serde_json::Value;

use crate::{
    EvaluationError,
    slot::{Source, metadata_key},
    snapshot::{
        Aggregation, CohortTest, Condition, Dependency, Expected, Flag, Membership, Run, Step,
    },
    split::Rollout,
};

use super::{Compiler, cohort::cohort_id, order::dependency_id, position};

const ODD_FLAG_FILTER: &str = "a filter on a flag needs a flag's id, the operator \
    `flag_evaluates_to` and true, false or a variant; it never holds";

impl<'d> Compiler<'d> {
    pub(super) fn condition(
        &mut self,
        flag: &Flag,
        (definition, at): (&FlagDefinition, usize),
        stored: &Stored<'d>,
    ) -> Condition {
        let aggregation = match stored.aggregation {
            ConditionAggregation::Inherit => flag.aggregation,
            ConditionAggregation::Person => Aggregation::Person,
            ConditionAggregation::Group(index) => Aggregation::Group(self.slots.group(index)),
        };
        let variant = stored.variant;
        let declared = variant.and_then(|variant| self.declared_variant(flag, variant));
        // An empty text is how editors store that there is none.
        if let (Some(variant), None) = (variant.filter(|variant| !variant.is_empty()), declared) {
            let message = format!("the variant `{variant}` is not declared; it is ignored");
            self.warn(definition, format!("groups[{at}].variant"), message);
        }
        let (steps, cohorts) = (self.arrays.steps.len(), self.arrays.cohort_tests.len());
        for (place, filter) in stored.properties.iter().enumerate() {
            let path = format!("groups[{at}].properties[{place}]");
            let warning = self.filter(aggregation, filter);
            if let Some(message) = warning {
                self.warn(definition, path, message);
            }
        }
        let steps = Run::from(steps, self.arrays.steps.len());
        Condition {
            steps,
            cohorts: Run::from(cohorts, self.arrays.cohort_tests.len()),
            rollout: Rollout::from_percentage(stored.rollout_percentage),
            aggregation,
            variant: declared,
        }
    }

    /// Adds one filter; returns what is odd about it.
    fn filter(&mut self, aggregation: Aggregation, filter: &PropertyFilter<'d>) -> Option<String> {
        let (source, key) = match filter.kind {
            FilterKind::Cohort => return self.cohort_filter(filter),
            FilterKind::Flag => return self.flag_filter(filter),
            FilterKind::Person => (Source::Person, Cow::Borrowed(filter.key)),
            FilterKind::PersonMetadata => (Source::Person, Cow::Owned(metadata_key(filter.key))),
            FilterKind::Group => (
                self.group_source(aggregation, filter),
                Cow::Borrowed(filter.key),
            ),
        };
        let (predicate, warning) = self.predicate(source, &key, filter);
        self.arrays.steps.push(Step::Predicate(predicate));
        warning
    }

    fn group_source(&mut self, aggregation: Aggregation, filter: &PropertyFilter<'_>) -> Source {
        match (filter.group_type_index, aggregation) {
            (Some(index), _) => Source::Group(self.slots.group(index)),
            (None, Aggregation::Group(group)) => Source::Group(group),
            (None, Aggregation::Person) => Source::Nowhere,
        }
    }

    fn flag_filter(&mut self, filter: &PropertyFilter<'_>) -> Option<String> {
        let id = dependency_id(filter);
        let target = id.and_then(|id| self.positions.get(&id).copied());
        let expected = match filter.value {
            Value::Bool(true) => Some(Expected::On),
            Value::Bool(false) => Some(Expected::Off),
            Value::String(variant) => Some(Expected::Variant(variant.as_str().into())),
            _ => None,
        };
        let is_operator_right = filter.operator == Some("flag_evaluates_to");
        let (step, warning) = match (target, expected) {
            (Some(target), Some(expected)) if is_operator_right => {
                self.arrays
                    .dependencies
                    .push(Dependency { target, expected });
                let index = position(self.arrays.dependencies.len() - 1);
                (Step::Dependency(index), None)
            }
            // The missing flag is warned about once, with the flag that depends on it.
            (None, Some(_)) if is_operator_right && id.is_some() => (Step::Never, None),
            _ => (Step::Never, Some(ODD_FLAG_FILTER.to_owned())),
        };
        self.arrays.steps.push(step);
        warning
    }

    fn cohort_filter(&mut self, filter: &PropertyFilter<'_>) -> Option<String> {
        let membership = membership(filter.operator);
        let id = cohort_id(filter.value);
        let cohort = match id {
            None => Err(EvaluationError::CohortFilters),
            Some(id) => self.cohorts.find(id).ok_or(EvaluationError::CohortNotFound),
        };
        self.arrays
            .cohort_tests
            .push(CohortTest { cohort, membership });
        match (id, cohort, membership) {
            (None, ..) => {
                Some("the cohort is not a whole number; the flag is answered as failed".to_owned())
            }
            (Some(id), Err(_), _) => Some(format!(
                "cohort {id} does not exist; the flag is answered as failed where it is asked about"
            )),
            (Some(id), Ok(cohort), Membership::In | Membership::NotIn) => self
                .cohorts
                .oddity(cohort)
                .map(|oddity| format!("cohort {id} {oddity}")),
            (Some(_), Ok(_), Membership::Never) => {
                Some("a cohort filter has the operator `in` or `not_in`; it never holds".to_owned())
            }
        }
    }
}

/// `in` when absent.
pub(super) fn membership(operator: Option<&str>) -> Membership {
    match operator {
        None | Some("in") => Membership::In,
        Some("not_in") => Membership::NotIn,
        Some(_) => Membership::Never,
    }
}
