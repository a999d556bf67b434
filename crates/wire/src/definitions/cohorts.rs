//! The cohorts that flags refer to, directly or through other cohorts (spec: service §5.3).
//!
//! Static cohorts are not among them, since SDKs do not know who is a member; nor is one that
//! contains itself, or whose rule cannot be said. An SDK that misses a cohort asks the server.

use std::collections::{BTreeMap, BTreeSet};

use burgee_model::{CohortDefinition, CohortId};
use serde_json::Value;

use super::cohort_tree::{self, CohortTree, all_but};

/// Levels of groups that an SDK may have to go down, through other cohorts included. All of them
/// recurse; Python stops the process's thread near 1000 calls, and Rust refuses past 100.
const LEVELS_MAX: usize = 64;

/// Cohorts, and which of them are needed.
pub(super) struct Cohorts<'d> {
    pool: BTreeMap<CohortId, &'d CohortDefinition>,
    needed: BTreeSet<CohortId>,
    /// Cohorts of which everybody else is asked for.
    negated: BTreeSet<CohortId>,
}

impl<'d> Cohorts<'d> {
    pub(super) fn of(definitions: &'d [CohortDefinition]) -> Self {
        let pool = definitions
            .iter()
            .filter(|cohort| !cohort.deleted)
            .map(|cohort| (cohort.id, cohort))
            .collect();
        Self {
            pool,
            needed: BTreeSet::new(),
            negated: BTreeSet::new(),
        }
    }

    /// The id by which SDKs ask for being in a cohort.
    pub(super) fn members(&mut self, id: CohortId) -> CohortId {
        self.needed.insert(id);
        id
    }

    /// The id by which they ask for not being in it: that of a cohort made up for this, which is
    /// below zero, where stored ones are not. `None`: it is taken after all.
    pub(super) fn others(&mut self, id: CohortId) -> Option<CohortId> {
        let made_up = CohortId(id.0.checked_neg()?);
        if made_up.0 >= 0 || self.pool.contains_key(&made_up) {
            return None;
        }
        self.needed.insert(id);
        self.negated.insert(id);
        Some(made_up)
    }

    /// Rules by id as text.
    pub(super) fn into_document(self) -> BTreeMap<String, Value> {
        let trees = self.reachable();
        let settled = settled(&trees);
        let made_up = self
            .negated
            .iter()
            .map(|id| (id.0.wrapping_neg().to_string(), all_but(*id)));
        let mut document: BTreeMap<String, Value> = made_up.collect();
        for (id, tree) in trees {
            if settled.contains_key(&id) {
                document.insert(id.to_string(), tree.json);
            }
        }
        document
    }

    /// The rules of all that is needed, as far as there are any.
    fn reachable(&self) -> BTreeMap<CohortId, CohortTree> {
        let mut trees = BTreeMap::new();
        let mut open: Vec<CohortId> = self.needed.iter().copied().collect();
        while let Some(id) = open.pop() {
            if trees.contains_key(&id) {
                continue;
            }
            let definition = self.pool.get(&id).filter(|cohort| !cohort.is_static);
            if let Some(tree) = definition.and_then(|cohort| cohort_tree::read(cohort)) {
                open.extend(&tree.references);
                trees.insert(id, tree);
            }
        }
        trees
    }
}

/// The cohorts that do not go too deep or round in a circle, with how deep they go.
fn settled(trees: &BTreeMap<CohortId, CohortTree>) -> BTreeMap<CohortId, usize> {
    let mut settled: BTreeMap<CohortId, usize> = BTreeMap::new();
    // Each round settles what refers to the round before; what is then left goes deeper or round.
    for _ in 0..LEVELS_MAX {
        let mut round = Vec::new();
        for (id, tree) in trees {
            if settled.contains_key(id) {
                continue;
            }
            let below = |reference: &CohortId| match settled.get(reference) {
                Some(levels) => Some(*levels),
                None if trees.contains_key(reference) => None,
                // Not sent, so nothing is below it.
                None => Some(0),
            };
            let deepest = tree
                .references
                .iter()
                .try_fold(0, |deepest: usize, reference| {
                    Some(deepest.max(below(reference)?))
                });
            let levels = deepest.map(|deepest| tree.height + deepest);
            round.extend(
                levels
                    .filter(|levels| *levels <= LEVELS_MAX)
                    .map(|levels| (*id, levels)),
            );
        }
        if round.is_empty() {
            break;
        }
        settled.extend(round);
    }
    settled
}
