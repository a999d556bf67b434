//! The order in which flags are evaluated: what a flag depends on comes first (spec: engine §7.1).
//!
//! One pass, without recursion. Flags in a cycle, and flags whose dependency is missing, are
//! answered as false and so is all that depends on them.

use std::collections::BTreeMap;

use burgee_model::{FilterKind, FlagId, PropertyFilter};

use super::{FlagSource, position, positions};

/// The dependency graph of an environment's flags.
pub(super) struct Graph {
    /// Positions of all flags, dependencies first.
    pub(super) order: Vec<u32>,
    /// By position.
    pub(super) standings: Vec<Standing>,
}

/// Where a flag stands in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All it depends on is there.
    Sound,
    /// It, or a flag that it depends on, names a flag that does not exist.
    Missing,
    /// It is part of a cycle or depends on one.
    Cyclic,
}

impl Graph {
    pub(super) fn of(sources: &[FlagSource<'_>]) -> Self {
        let positions = positions(sources);
        let edges: Vec<Edges> = sources
            .iter()
            .map(|source| Edges::of(source, &positions))
            .collect();
        let mut dependents = vec![Vec::new(); sources.len()];
        for (edges, dependent) in edges.iter().zip(0..) {
            for target in &edges.targets {
                if let Some(list) = dependents.get_mut(*target as usize) {
                    list.push(dependent);
                }
            }
        }
        let mut graph = Self::sort(&edges, &dependents);
        graph.spread_missing(&edges, &dependents);
        graph
    }

    /// Kahn's algorithm; what is left over is cyclic and goes to the end.
    fn sort(edges: &[Edges], dependents: &[Vec<u32>]) -> Self {
        let mut open: Vec<usize> = edges.iter().map(|edges| edges.targets.len()).collect();
        let mut order: Vec<u32> = (0..)
            .zip(&open)
            .filter(|(_, open)| **open == 0)
            .map(|(at, _)| at)
            .collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for dependent in dependents.get(at as usize).into_iter().flatten() {
                let Some(open) = open.get_mut(*dependent as usize) else {
                    continue;
                };
                *open -= 1;
                if *open == 0 {
                    order.push(*dependent);
                }
            }
        }
        let standing = |open: &usize| {
            if *open == 0 {
                Standing::Sound
            } else {
                Standing::Cyclic
            }
        };
        let standings: Vec<_> = open.iter().map(standing).collect();
        let left = (0..)
            .zip(&open)
            .filter(|(_, open)| **open > 0)
            .map(|(at, _)| at);
        order.extend(left);
        Self { order, standings }
    }

    fn spread_missing(&mut self, edges: &[Edges], dependents: &[Vec<u32>]) {
        let broken = |(at, edges): (usize, &Edges)| edges.is_broken.then(|| position(at));
        let mut pending: Vec<u32> = edges.iter().enumerate().filter_map(broken).collect();
        while let Some(at) = pending.pop() {
            let Some(standing) = self.standings.get_mut(at as usize) else {
                continue;
            };
            if *standing != Standing::Missing {
                *standing = Standing::Missing;
                pending.extend(dependents.get(at as usize).into_iter().flatten());
            }
        }
    }
}

/// What one flag depends on.
struct Edges {
    /// Each target once.
    targets: Vec<u32>,
    /// Whether some target does not exist.
    is_broken: bool,
}

impl Edges {
    fn of(source: &FlagSource<'_>, positions: &BTreeMap<FlagId, u32>) -> Self {
        let conditions = source
            .filters()
            .map(|filters| &*filters.groups)
            .unwrap_or_default();
        let filters = conditions
            .iter()
            .flat_map(|condition| &condition.properties);
        let mut edges = Self {
            targets: Vec::new(),
            is_broken: false,
        };
        for id in filters.filter_map(dependency_id) {
            match positions.get(&id) {
                Some(target) => edges.targets.push(*target),
                None => edges.is_broken = true,
            }
        }
        edges.targets.sort_unstable();
        edges.targets.dedup();
        edges
    }
}

/// The flag that a filter names, if it is one on a flag and names one by id.
pub(super) fn dependency_id(filter: &PropertyFilter<'_>) -> Option<FlagId> {
    (filter.kind == FilterKind::Flag)
        .then(|| filter.key.parse().ok().map(FlagId))
        .flatten()
}
