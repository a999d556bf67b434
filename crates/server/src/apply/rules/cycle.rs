//! Cycles in a graph of ids. Walks with a stack of its own: a chain of a hundred thousand flags must
//! not overflow the thread's.

use std::collections::{BTreeMap, HashMap, HashSet};

/// One cycle, in the order of its edges, for each part of the graph that has any. Edges to ids that
/// are not in the graph are ignored.
pub(super) fn find(edges: &BTreeMap<i32, Vec<i32>>) -> Vec<Vec<i32>> {
    let mut cycles = Vec::new();
    let mut in_a_cycle = HashSet::new();
    let mut finished = HashSet::new();
    for start in edges.keys() {
        walk(*start, edges, &mut finished, |cycle| {
            if cycle.iter().all(|id| in_a_cycle.insert(*id)) {
                cycles.push(cycle.to_vec());
            }
        });
    }
    cycles
}

/// Depth first from `start`; calls `found` for each edge that leads back into the current path.
fn walk(
    start: i32,
    edges: &BTreeMap<i32, Vec<i32>>,
    finished: &mut HashSet<i32>,
    mut found: impl FnMut(&[i32]),
) {
    let targets = |id: i32| edges.get(&id).map_or(&[][..], Vec::as_slice).iter();
    if finished.contains(&start) {
        return;
    }
    let mut path = vec![start];
    let mut positions = HashMap::from([(start, 0)]);
    let mut open = vec![targets(start)];
    while let Some(rest) = open.last_mut() {
        let Some(target) = rest.next() else {
            open.pop();
            if let Some(id) = path.pop() {
                positions.remove(&id);
                finished.insert(id);
            }
            continue;
        };
        if let Some(position) = positions.get(target) {
            found(path.get(*position..).unwrap_or_default());
        } else if edges.contains_key(target) && !finished.contains(target) {
            positions.insert(*target, path.len());
            path.push(*target);
            open.push(targets(*target));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(i32, &[i32])], expected: &[&[i32]]) {
        let edges = edges.iter().map(|(id, targets)| (*id, targets.to_vec()));
        assert_eq!(find(&edges.collect()), expected);
    }

    #[test]
    fn cycles_are_found_once_each() {
        check(&[(1, &[2]), (2, &[3]), (3, &[])], &[]);
        check(&[(1, &[1])], &[&[1]]);
        check(&[(1, &[2]), (2, &[1])], &[&[1, 2]]);
        check(&[(1, &[2]), (2, &[3]), (3, &[2])], &[&[2, 3]]);
        check(&[(1, &[2, 3]), (2, &[4]), (3, &[4]), (4, &[])], &[]);
        check(&[(1, &[9])], &[]);
        check(
            &[(1, &[2]), (2, &[1]), (3, &[4]), (4, &[3])],
            &[&[1, 2], &[3, 4]],
        );
    }

    #[test]
    fn a_long_chain_does_not_overflow() {
        let mut edges: BTreeMap<i32, Vec<i32>> =
            (0..100_000).map(|id| (id, vec![id + 1])).collect();
        assert!(find(&edges).is_empty());
        edges.insert(100_000, vec![0]);
        assert_eq!(find(&edges).len(), 1);
    }
}
