//! Membership of cohorts (spec: engine §6). Looked at last in a condition, so that one whose other
//! filters miss never touches cohort data or errors; worked out once per request.

use crate::{
    EvaluationError,
    scratch::Known,
    snapshot::{Cohort, CohortRule, Node, Run},
};

use super::Walk;

/// Whether a condition's cohort filters hold.
pub(super) enum CohortVerdict {
    Hold,
    Miss,
    /// A miss, and one of the cohorts has leaves that are not evaluated here.
    PartlyEvaluatedMiss,
}

impl<'s> Walk<'s, '_> {
    /// An error in any of the cohorts comes before any result: it fails the flag.
    pub(super) fn cohorts(&mut self, run: Run) -> Result<CohortVerdict, EvaluationError> {
        let tests = run.of(&self.snapshot.cohort_tests);
        let mut is_partly_evaluated = false;
        for test in tests {
            is_partly_evaluated |= self.sound_cohort(test.cohort?)?.is_partly_evaluated;
        }
        let holds = !self.reading.is_person_partial
            && tests.iter().all(|test| {
                test.cohort
                    .is_ok_and(|cohort| test.membership.holds(self.is_member(cohort)))
            });
        Ok(match (holds, is_partly_evaluated) {
            (true, _) => CohortVerdict::Hold,
            (false, true) => CohortVerdict::PartlyEvaluatedMiss,
            (false, false) => CohortVerdict::Miss,
        })
    }

    /// A cohort that can be worked out.
    pub(crate) fn sound_cohort(&self, index: u32) -> Result<&'s Cohort, EvaluationError> {
        let cohort = self.snapshot.cohorts.get(index as usize);
        let cohort = cohort.ok_or(EvaluationError::CohortNotFound)?;
        match cohort.rule {
            CohortRule::Broken(error) => Err(error),
            CohortRule::Static | CohortRule::Tree(_) | CohortRule::Nobody => Ok(cohort),
        }
    }

    pub(crate) fn is_member(&mut self, cohort: u32) -> bool {
        let at = cohort as usize;
        if self.is_not_yet_known(at) {
            let before = self.snapshot.cohorts.get(at).map(|cohort| &*cohort.before);
            for earlier in before.unwrap_or_default() {
                self.settle(*earlier as usize);
            }
            self.settle(at);
        }
        self.memory.cohorts.get(at) == Some(&Known::Yes)
    }

    fn is_not_yet_known(&self, at: usize) -> bool {
        self.memory.cohorts.get(at) == Some(&Known::NotYet)
    }

    fn settle(&mut self, at: usize) {
        if !self.is_not_yet_known(at) {
            return;
        }
        let rule = self.snapshot.cohorts.get(at).map(|cohort| cohort.rule);
        let is_member = match rule {
            Some(CohortRule::Tree(root)) => self.node(root),
            // Members of static cohorts came with the person; nobody else is one.
            Some(CohortRule::Static | CohortRule::Nobody | CohortRule::Broken(_)) | None => false,
        };
        if let Some(place) = self.memory.cohorts.get_mut(at) {
            *place = Known::from(is_member);
        }
    }

    /// Recursion is bounded by the depth limit of cohort trees.
    fn node(&mut self, index: u32) -> bool {
        let Some(node) = self.snapshot.nodes.get(index as usize) else {
            return false;
        };
        match *node {
            Node::And(children) => children.indexes().all(|child| self.node(child)),
            Node::Or(children) => children.indexes().any(|child| self.node(child)),
            // An operator that cannot compare is false first, then negated (spec: engine §6.3).
            Node::Predicate { predicate, negated } => {
                (self.predicate(predicate) == Known::Yes) != negated
            }
            Node::Cohort {
                cohort,
                membership,
                negated,
            } => {
                let is_member = self.memory.cohorts.get(cohort as usize) == Some(&Known::Yes);
                membership.holds(is_member) != negated
            }
            Node::Nobody => false,
        }
    }
}
