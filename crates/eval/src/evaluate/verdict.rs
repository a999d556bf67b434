//! Which of several misses is reported (spec: engine §3.6): the highest score, and among equals the
//! last.

use crate::{Miss, Reason};

/// The best reason so far for a flag that nothing matched yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verdict {
    best: Reason,
    skipped_groups: bool,
    missed_cohort: bool,
}

impl Verdict {
    /// Before any condition: a flag without conditions stays here (QUIRK).
    pub(super) fn new() -> Self {
        Self {
            best: Reason::NoGroupType(None),
            skipped_groups: false,
            missed_cohort: false,
        }
    }

    pub(super) fn out_of_rollout(&mut self, index: u32) {
        self.note(Reason::OutOfRollout(index));
    }

    pub(super) fn no_match(&mut self, index: u32) {
        self.note(Reason::NoConditionMatch(index, Miss::Plain));
    }

    /// No match because of a cohort that is not fully evaluated here.
    pub(super) fn no_match_by_cohort(&mut self, index: u32) {
        self.missed_cohort = true;
        self.no_match(index);
    }

    pub(super) fn no_group(&mut self, index: u32) {
        self.skipped_groups = true;
        self.note(Reason::NoGroupType(Some(index)));
    }

    /// What is reported.
    pub(super) fn reason(self) -> Reason {
        match self.best {
            Reason::NoConditionMatch(index, Miss::Plain) if self.missed_cohort => {
                Reason::NoConditionMatch(index, Miss::CohortNotEvaluated)
            }
            Reason::NoConditionMatch(index, Miss::Plain) if self.skipped_groups => {
                Reason::NoConditionMatch(index, Miss::GroupsNotEvaluated)
            }
            best => best,
        }
    }

    fn note(&mut self, reason: Reason) {
        if score(reason) >= score(self.best) {
            self.best = reason;
        }
    }
}

fn score(reason: Reason) -> i8 {
    match reason {
        Reason::Enrollment => 6,
        Reason::Holdout => 5,
        Reason::ConditionMatch(_) => 4,
        Reason::OutOfRollout(_) => 3,
        Reason::NoConditionMatch(..) => 2,
        Reason::NoGroupType(_) => 1,
        Reason::MissingDependency => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(notes: &[fn(&mut Verdict)], expected: Reason) {
        let mut verdict = Verdict::new();
        for note in notes {
            note(&mut verdict);
        }
        assert_eq!(verdict.reason(), expected);
    }

    #[test]
    fn the_highest_score_is_reported_and_among_equals_the_last() {
        check(&[], Reason::NoGroupType(None));
        check(
            &[|v| v.no_match(0), |v| v.no_match(1)],
            Reason::NoConditionMatch(1, Miss::Plain),
        );
        check(
            &[|v| v.out_of_rollout(0), |v| v.no_match(1)],
            Reason::OutOfRollout(0),
        );
        check(
            &[|v| v.no_match(0), |v| v.out_of_rollout(1)],
            Reason::OutOfRollout(1),
        );
        check(
            &[|v| v.no_group(0), |v| v.no_group(1)],
            Reason::NoGroupType(Some(1)),
        );
        check(
            &[|v| v.no_match(0), |v| v.no_group(1)],
            Reason::NoConditionMatch(0, Miss::GroupsNotEvaluated),
        );
    }

    #[test]
    fn a_cohort_that_is_not_evaluated_outranks_skipped_groups() {
        check(
            &[
                |v| v.no_match_by_cohort(0),
                |v| v.no_group(1),
                |v| v.no_match(2),
            ],
            Reason::NoConditionMatch(2, Miss::CohortNotEvaluated),
        );
    }
}
