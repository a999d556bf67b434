//! The cohorts that flags refer to, directly or through other cohorts (spec: engine §6).

use std::{borrow::Cow, collections::BTreeMap};

use burgee_model::{CohortDefinition, CohortId, FilterKind};
use serde_json::Value;

use crate::{
    EvaluationError,
    exact::exact_list,
    slot::{Source, metadata_key},
    snapshot::{Cohort, CohortRule, Node, Run},
};

use super::{
    Compiler,
    cohort_tree::{self, Tree},
    position,
};

/// Cohorts that one cohort may refer to, through others included.
const CLOSURE_MAX: usize = 1_000;

/// The compiled cohorts by id.
#[derive(Default)]
pub(super) struct CohortIndex {
    positions: BTreeMap<CohortId, u32>,
    oddities: Vec<Option<&'static str>>,
}

impl CohortIndex {
    pub(super) fn find(&self, id: CohortId) -> Option<u32> {
        self.positions.get(&id).copied()
    }

    /// What is odd about a cohort, after its name.
    pub(super) fn oddity(&self, cohort: u32) -> Option<&'static str> {
        self.oddities.get(cohort as usize).copied().flatten()
    }
}

/// The cohort that a filter's value names: a JSON integer.
pub(super) fn cohort_id(value: &Value) -> Option<CohortId> {
    value
        .as_i64()
        .and_then(|id| i32::try_from(id).ok())
        .map(CohortId)
}

/// A cohort while cohorts are put in order.
struct Draft<'d> {
    definition: &'d CohortDefinition,
    tree: Option<Tree<'d>>,
    /// Positions of the cohorts that its tree names; each once.
    references: Vec<u32>,
    error: Option<EvaluationError>,
}

impl<'d> Compiler<'d> {
    /// Compiles the cohorts named by `roots` and all that these refer to.
    pub(super) fn add_cohorts(&mut self, definitions: &'d [CohortDefinition], roots: &[CohortId]) {
        let pool: BTreeMap<CohortId, &CohortDefinition> = definitions
            .iter()
            .filter(|cohort| !cohort.deleted)
            .map(|cohort| (cohort.id, cohort))
            .collect();
        let mut drafts = self.draft_cohorts(&pool, roots);
        let order = settle_order(&mut drafts);
        let closures = closures(&mut drafts, &order);
        for (draft, before) in drafts.iter().zip(closures) {
            self.add_cohort(draft, before);
        }
        self.mark_partly_evaluated(&order);
    }

    /// Breadth first from the roots.
    fn draft_cohorts(
        &mut self,
        pool: &BTreeMap<CohortId, &'d CohortDefinition>,
        roots: &[CohortId],
    ) -> Vec<Draft<'d>> {
        let mut found: Vec<&CohortDefinition> = Vec::new();
        let mut positions = BTreeMap::new();
        let mut discover = |id: CohortId, found: &mut Vec<&'d CohortDefinition>| {
            let definition = pool.get(&id)?;
            Some(*positions.entry(id).or_insert_with(|| {
                found.push(definition);
                position(found.len() - 1)
            }))
        };
        for root in roots {
            discover(*root, &mut found);
        }
        let mut drafts = Vec::new();
        while let Some(definition) = found.get(drafts.len()).copied() {
            let mut draft = Draft::read(definition);
            for id in draft.tree.as_ref().map(referenced).unwrap_or_default() {
                match discover(id, &mut found) {
                    Some(at) => draft.references.push(at),
                    None => draft.error = Some(EvaluationError::CohortNotFound),
                }
            }
            draft.references.sort_unstable();
            draft.references.dedup();
            drafts.push(draft);
        }
        self.cohorts.positions = positions;
        drafts
    }

    fn add_cohort(&mut self, draft: &Draft<'d>, before: Vec<u32>) {
        let rule = match (draft.definition.is_static, draft.error, &draft.tree) {
            (true, ..) => CohortRule::Static,
            (_, Some(error), _) => CohortRule::Broken(error),
            (_, None, None) => CohortRule::Nobody,
            (_, None, Some(tree)) => {
                let root = self.node(tree);
                self.arrays.nodes.push(root);
                CohortRule::Tree(position(self.arrays.nodes.len() - 1))
            }
        };
        let is_partly_evaluated = draft.tree.as_ref().is_some_and(has_unevaluated);
        self.cohorts.oddities.push(match rule {
            CohortRule::Broken(EvaluationError::CohortNotFound) => {
                Some("refers to a cohort that does not exist; flags that ask about it fail")
            }
            CohortRule::Broken(EvaluationError::CohortCycle) => {
                Some("contains itself; flags that ask about it fail")
            }
            CohortRule::Broken(_) => Some("cannot be read; flags that ask about it fail"),
            CohortRule::Nobody => Some("has no definition; nobody is a member"),
            CohortRule::Static | CohortRule::Tree(_) if is_partly_evaluated => {
                Some("has conditions on behaviour, which never hold here")
            }
            CohortRule::Static | CohortRule::Tree(_) => None,
        });
        let id = draft.definition.id;
        self.arrays.cohorts.push(Cohort {
            id,
            rule,
            before: exact_list(before),
            is_partly_evaluated,
        });
    }

    /// Children lie side by side; a node is placed by its parent.
    fn node(&mut self, tree: &Tree<'d>) -> Node {
        match tree {
            Tree::And(children) => Node::And(self.nodes(children)),
            Tree::Or(children) => Node::Or(self.nodes(children)),
            Tree::Property(filter) => {
                let key = match filter.kind {
                    FilterKind::PersonMetadata => Cow::Owned(metadata_key(filter.key)),
                    _ => Cow::Borrowed(filter.key),
                };
                let (predicate, _) = self.predicate(Source::Person, &key, filter);
                Node::Predicate {
                    predicate,
                    negated: filter.negation,
                }
            }
            Tree::Cohort {
                id,
                membership,
                negated,
            } => match self.cohorts.find(*id) {
                Some(cohort) => Node::Cohort {
                    cohort,
                    membership: *membership,
                    negated: *negated,
                },
                None => Node::Nobody,
            },
            Tree::Unevaluated => Node::Nobody,
        }
    }

    fn nodes(&mut self, children: &[Tree<'d>]) -> Run {
        let nodes: Vec<Node> = children.iter().map(|child| self.node(child)).collect();
        let start = self.arrays.nodes.len();
        self.arrays.nodes.extend(nodes);
        Run::from(start, self.arrays.nodes.len())
    }

    fn mark_partly_evaluated(&mut self, order: &[u32]) {
        for at in order {
            let cohorts = &self.arrays.cohorts;
            let is_partial = cohorts.get(*at as usize).is_some_and(|cohort| {
                cohort.is_partly_evaluated
                    || cohort.before.iter().any(|earlier| {
                        cohorts
                            .get(*earlier as usize)
                            .is_some_and(|it| it.is_partly_evaluated)
                    })
            });
            if let Some(cohort) = self.arrays.cohorts.get_mut(*at as usize) {
                cohort.is_partly_evaluated = is_partial;
            }
        }
    }
}

impl<'d> Draft<'d> {
    /// A static cohort is a list whatever else is stored.
    fn read(definition: &'d CohortDefinition) -> Self {
        let (tree, error) = match cohort_tree::read(definition) {
            _ if definition.is_static => (None, None),
            Ok(tree) => (tree, None),
            Err(cohort_tree::Unreadable) => (None, Some(EvaluationError::CohortFilters)),
        };
        Self {
            definition,
            tree,
            references: Vec::new(),
            error,
        }
    }
}

/// Orders cohorts so that references come first; what is in a cycle, or refers to one, or to a
/// broken cohort, is broken.
fn settle_order(drafts: &mut [Draft<'_>]) -> Vec<u32> {
    let mut open: Vec<usize> = drafts.iter().map(|draft| draft.references.len()).collect();
    let mut referrers = vec![Vec::new(); drafts.len()];
    for (draft, at) in drafts.iter().zip(0_u32..) {
        for reference in &draft.references {
            if let Some(list) = referrers.get_mut(*reference as usize) {
                list.push(at);
            }
        }
    }
    let mut order: Vec<u32> = (0..)
        .zip(&open)
        .filter(|(_, open)| **open == 0)
        .map(|(at, _)| at)
        .collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        let error = drafts.get(at as usize).and_then(|draft| draft.error);
        for referrer in referrers.get(at as usize).into_iter().flatten() {
            let to = *referrer as usize;
            if let (Some(draft), Some(open)) = (drafts.get_mut(to), open.get_mut(to)) {
                draft.error = draft.error.or(error);
                *open -= 1;
                if *open == 0 {
                    order.push(*referrer);
                }
            }
        }
    }
    for (draft, open) in drafts.iter_mut().zip(open) {
        if open > 0 {
            draft.error = draft.error.or(Some(EvaluationError::CohortCycle));
        }
    }
    order
}

/// For each cohort, all that it refers to, in order.
fn closures(drafts: &mut [Draft<'_>], order: &[u32]) -> Vec<Vec<u32>> {
    let mut closures: Vec<Vec<u32>> = vec![Vec::new(); drafts.len()];
    for at in order {
        let Some(draft) = drafts.get_mut(*at as usize) else {
            continue;
        };
        let mut closure: Vec<u32> = Vec::new();
        for reference in &draft.references {
            let earlier = closures
                .get(*reference as usize)
                .map(Vec::as_slice)
                .unwrap_or_default();
            for cohort in earlier.iter().chain([reference]) {
                if !closure.contains(cohort) {
                    closure.push(*cohort);
                }
            }
            if closure.len() > CLOSURE_MAX {
                draft.error = Some(EvaluationError::CohortFilters);
                closure.clear();
                break;
            }
        }
        if let Some(place) = closures.get_mut(*at as usize) {
            *place = closure;
        }
    }
    closures
}

fn referenced(tree: &Tree<'_>) -> Vec<CohortId> {
    match tree {
        Tree::And(children) | Tree::Or(children) => children.iter().flat_map(referenced).collect(),
        Tree::Cohort { id, .. } => vec![*id],
        Tree::Property(_) | Tree::Unevaluated => Vec::new(),
    }
}

fn has_unevaluated(tree: &Tree<'_>) -> bool {
    match tree {
        Tree::And(children) | Tree::Or(children) => children.iter().any(has_unevaluated),
        Tree::Unevaluated => true,
        Tree::Property(_) | Tree::Cohort { .. } => false,
    }
}
