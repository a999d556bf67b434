//! An answer in one line: the value, the reason's code and `@` its condition (`-` for none), as in
//! `compact condition_match@1`; or `failed` and a code. What is not answered is `absent`.

use burgee_eval::{Evaluation, EvaluationError, FlagValue, Miss, Outcome, Reason};
use burgee_model::FailureCode;

/// The line of one evaluation.
pub(crate) fn line(evaluation: &Evaluation<'_>) -> String {
    let (value, reason) = match evaluation.outcome {
        Outcome::Failed(error) => return format!("failed {}", failure(error)),
        Outcome::Answered { value, reason, .. } => (value, reason),
    };
    let value = match value {
        FlagValue::Off => "false",
        FlagValue::On => "true",
        FlagValue::Variant(key) => key,
    };
    let index = reason.condition_index();
    let index = index.map_or_else(|| "-".to_owned(), |index| index.to_string());
    let (code, note) = code(reason);
    format!("{value} {code}@{index}{note}")
}

/// The reason's code on the wire, and what else there is to know.
fn code(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::Enrollment => ("super_condition_value", ""),
        Reason::Holdout => ("holdout_condition_value", ""),
        Reason::ConditionMatch(_) => ("condition_match", ""),
        Reason::OutOfRollout(_) => ("out_of_rollout_bound", ""),
        Reason::NoConditionMatch(_, Miss::Plain) => ("no_condition_match", ""),
        Reason::NoConditionMatch(_, Miss::GroupsNotEvaluated) => {
            ("no_condition_match", " (groups)")
        }
        Reason::NoConditionMatch(_, Miss::CohortNotEvaluated) => {
            ("no_condition_match", " (cohort)")
        }
        Reason::NoGroupType(_) => ("no_group_type", ""),
        Reason::MissingDependency => ("missing_dependency", ""),
    }
}

fn failure(error: EvaluationError) -> &'static str {
    match error {
        EvaluationError::Data(FailureCode::HashKeyOverride) => "hash_key_override_error",
        EvaluationError::Data(FailureCode::Timeout(_)) => "timeout",
        EvaluationError::Data(FailureCode::DataParsing) => "data_parsing_error",
        EvaluationError::Data(_) => "database_error",
        EvaluationError::CohortNotFound => "dependency_not_found_cohort",
        EvaluationError::CohortCycle => "dependency_cycle_cohort",
        EvaluationError::CohortFilters => "cohort_filters_parsing_error",
        EvaluationError::DependencyFailed => "dependency_failed",
        EvaluationError::FlagData => "flag_data_parsing_error",
    }
}
