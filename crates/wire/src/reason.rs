//! The public spelling of reasons and failures (spec: engine §3.6, §11.4).
//!
//! SDKs copy these texts into customers' analytics, so they are public API: add, never change.

use std::borrow::Cow;

use burgee_eval::{EvaluationError, Miss, Reason};
use burgee_model::{FailureCode, TimeoutKind};

/// `reason.code` of an answered flag.
pub fn reason_code(reason: Reason) -> &'static str {
    match reason {
        Reason::Enrollment => "super_condition_value",
        Reason::Holdout => "holdout_condition_value",
        Reason::ConditionMatch(_) => "condition_match",
        Reason::OutOfRollout(_) => "out_of_rollout_bound",
        Reason::NoConditionMatch(..) => "no_condition_match",
        Reason::NoGroupType(_) => "no_group_type",
        Reason::MissingDependency => "missing_dependency",
    }
}

/// `reason.description` of an answered flag. Conditions are counted from 1 here, and only here.
pub fn reason_description(reason: Reason) -> Cow<'static, str> {
    Cow::Borrowed(match reason {
        Reason::Enrollment => "Super condition value",
        Reason::Holdout => "Holdout condition value",
        Reason::ConditionMatch(index) => {
            return Cow::Owned(format!("Matched condition set {}", u64::from(index) + 1));
        }
        Reason::OutOfRollout(_) => "Out of rollout bound",
        Reason::NoConditionMatch(_, miss) => miss_description(miss),
        Reason::NoGroupType(_) => "No group type",
        Reason::MissingDependency => "Flag cannot be evaluated due to missing dependency",
    })
}

fn miss_description(miss: Miss) -> &'static str {
    match miss {
        Miss::Plain => "No matching condition set",
        Miss::GroupsNotEvaluated => {
            "No matching condition set (group conditions were not evaluated because no group type \
             was provided)"
        }
        Miss::CohortNotEvaluated => {
            "This condition targets a behavioral or realtime cohort. Its membership is not fully \
             evaluated here, so this result can differ from the cohort's member list."
        }
    }
}

/// `reason.code` of a failed flag.
pub fn failure_code(error: EvaluationError) -> &'static str {
    spelling(error).0
}

/// `reason.description` of a failed flag.
pub fn failure_description(error: EvaluationError) -> &'static str {
    spelling(error).1
}

fn spelling(error: EvaluationError) -> (&'static str, &'static str) {
    match error {
        EvaluationError::Data(code) => data_spelling(code),
        EvaluationError::CohortNotFound => {
            ("dependency_not_found_cohort", "Cohort dependency not found")
        }
        EvaluationError::CohortCycle => (
            "dependency_cycle_cohort",
            "Cohort dependency cycle detected",
        ),
        EvaluationError::CohortFilters => (
            "cohort_filters_parsing_error",
            "Failed to parse cohort filters",
        ),
        EvaluationError::DependencyFailed => (
            "dependency_failed",
            "A flag that this flag depends on could not be evaluated",
        ),
        EvaluationError::FlagData => (
            "flag_data_parsing_error",
            "The flag's definition could not be read",
        ),
    }
}

fn data_spelling(code: FailureCode) -> (&'static str, &'static str) {
    match code {
        FailureCode::Timeout(TimeoutKind::PoolTimeout) => {
            ("timeout:pool_timeout", "Timeout: pool_timeout")
        }
        FailureCode::Timeout(TimeoutKind::QueryCanceled) => {
            ("timeout:query_canceled", "Timeout: query_canceled")
        }
        FailureCode::Timeout(TimeoutKind::PersonsDeadline) => (
            "timeout:persons_db_deadline",
            "Timeout: persons_db_deadline",
        ),
        FailureCode::DatabaseUnavailable => {
            ("database_unavailable", "Database connection unavailable")
        }
        FailureCode::DatabaseError => (
            "database_error",
            "Database connection error during evaluation",
        ),
        FailureCode::DataParsing => ("data_parsing_error", "Stored data could not be read"),
        FailureCode::HashKeyOverride => (
            "hash_key_override_error",
            "Failed to fetch hash key override for experience continuity",
        ),
        FailureCode::EvaluationPanicked => (
            "batch_evaluation_panicked",
            "Evaluation stopped unexpectedly",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table")]
    fn reasons_are_spelled_as_posthog_spells_them() {
        for (reason, code, description, index) in [
            (
                Reason::Enrollment,
                "super_condition_value",
                "Super condition value",
                Some(0),
            ),
            (
                Reason::Holdout,
                "holdout_condition_value",
                "Holdout condition value",
                None,
            ),
            (
                Reason::ConditionMatch(0),
                "condition_match",
                "Matched condition set 1",
                Some(0),
            ),
            (
                Reason::ConditionMatch(u32::MAX),
                "condition_match",
                "Matched condition set 4294967296",
                Some(u32::MAX),
            ),
            (
                Reason::OutOfRollout(2),
                "out_of_rollout_bound",
                "Out of rollout bound",
                Some(2),
            ),
            (
                Reason::NoConditionMatch(1, Miss::Plain),
                "no_condition_match",
                "No matching condition set",
                Some(1),
            ),
            (
                Reason::NoConditionMatch(1, Miss::GroupsNotEvaluated),
                "no_condition_match",
                "No matching condition set (group conditions were not evaluated because no group \
                 type was provided)",
                Some(1),
            ),
            (
                Reason::NoConditionMatch(0, Miss::CohortNotEvaluated),
                "no_condition_match",
                "This condition targets a behavioral or realtime cohort. Its membership is not \
                 fully evaluated here, so this result can differ from the cohort's member list.",
                Some(0),
            ),
            (
                Reason::NoGroupType(None),
                "no_group_type",
                "No group type",
                None,
            ),
            (
                Reason::NoGroupType(Some(3)),
                "no_group_type",
                "No group type",
                Some(3),
            ),
            (
                Reason::MissingDependency,
                "missing_dependency",
                "Flag cannot be evaluated due to missing dependency",
                None,
            ),
        ] {
            assert_eq!(reason_code(reason), code);
            assert_eq!(reason_description(reason), description);
            assert_eq!(reason.condition_index(), index);
        }
    }

    #[test]
    fn failures_are_spelled_as_customers_analytics_know_them() {
        use EvaluationError::Data;
        use FailureCode::Timeout;
        for (error, code) in [
            (
                Data(Timeout(TimeoutKind::PoolTimeout)),
                "timeout:pool_timeout",
            ),
            (
                Data(Timeout(TimeoutKind::QueryCanceled)),
                "timeout:query_canceled",
            ),
            (
                Data(Timeout(TimeoutKind::PersonsDeadline)),
                "timeout:persons_db_deadline",
            ),
            (
                Data(FailureCode::DatabaseUnavailable),
                "database_unavailable",
            ),
            (Data(FailureCode::DatabaseError), "database_error"),
            (Data(FailureCode::DataParsing), "data_parsing_error"),
            (
                Data(FailureCode::HashKeyOverride),
                "hash_key_override_error",
            ),
            (
                Data(FailureCode::EvaluationPanicked),
                "batch_evaluation_panicked",
            ),
            (
                EvaluationError::CohortNotFound,
                "dependency_not_found_cohort",
            ),
            (EvaluationError::CohortCycle, "dependency_cycle_cohort"),
            (
                EvaluationError::CohortFilters,
                "cohort_filters_parsing_error",
            ),
            (EvaluationError::DependencyFailed, "dependency_failed"),
            (EvaluationError::FlagData, "flag_data_parsing_error"),
        ] {
            assert_eq!(failure_code(error), code);
            assert!(!failure_description(error).is_empty());
        }
        let timeout = Data(Timeout(TimeoutKind::PoolTimeout));
        assert_eq!(failure_description(timeout), "Timeout: pool_timeout");
    }
}
