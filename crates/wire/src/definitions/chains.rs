//! What a flag depends on, in the order in which an SDK must evaluate it (spec: engine §7.5).

use std::collections::BTreeMap;

use burgee_model::{FilterKind, Filters, FlagDefinition, FlagId, PropertyFilter};

/// Flags in one chain. A longer one is written as one that cannot be evaluated, so that SDKs ask the
/// server: each filter repeats its chain, and a thousand flags in a row would make half a million
/// keys.
const CHAIN_FLAGS_MAX: usize = 100;

/// The flags that others may depend on.
pub(super) struct Chains<'d> {
    nodes: BTreeMap<FlagId, Node<'d>>,
}

struct Node<'d> {
    key: &'d str,
    /// In stored order.
    needs: Vec<FlagId>,
}

/// One step of the walk from a flag down to what it needs.
enum Step {
    Enter(FlagId),
    Leave(FlagId),
}

#[derive(PartialEq)]
enum Mark {
    Open,
    Done,
}

impl<'d> Chains<'d> {
    /// A flag without readable filters needs nothing.
    pub(super) fn of(flags: &[(&'d FlagDefinition, Option<Filters<'d>>)]) -> Self {
        let node = |(flag, filters): &(&'d FlagDefinition, Option<Filters<'d>>)| {
            let conditions = filters.iter().flat_map(|filters| &filters.groups);
            let needs = conditions
                .flat_map(|condition| &condition.properties)
                .filter(|filter| filter.kind == FilterKind::Flag)
                .filter_map(target)
                .collect();
            let key = flag.key.as_str();
            (flag.id, Node { key, needs })
        };
        Self {
            nodes: flags.iter().map(node).collect(),
        }
    }

    /// The key of a flag.
    pub(super) fn key(&self, id: FlagId) -> Option<&'d str> {
        self.nodes.get(&id).map(|node| node.key)
    }

    /// Keys of all that `id` needs, each after what it needs itself, and of `id` last. Empty: it is
    /// in a cycle, needs a flag that is not there, or too many.
    pub(super) fn to(&self, id: FlagId) -> Vec<&'d str> {
        self.walk(id).unwrap_or_default()
    }

    fn walk(&self, id: FlagId) -> Option<Vec<&'d str>> {
        let mut chain = Vec::new();
        let mut marks = BTreeMap::new();
        let mut steps = vec![Step::Enter(id)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(id) => {
                    marks.insert(id, Mark::Done);
                    chain.push(self.key(id)?);
                }
                Step::Enter(id) => match marks.get(&id) {
                    Some(Mark::Done) => {}
                    // Whatever is open is above this one.
                    Some(Mark::Open) => return None,
                    None if marks.len() == CHAIN_FLAGS_MAX => return None,
                    None => {
                        let node = self.nodes.get(&id)?;
                        marks.insert(id, Mark::Open);
                        steps.push(Step::Leave(id));
                        steps.extend(node.needs.iter().rev().copied().map(Step::Enter));
                    }
                },
            }
        }
        Some(chain)
    }
}

/// The flag that a filter of kind flag names: a decimal id.
pub(super) fn target(filter: &PropertyFilter<'_>) -> Option<FlagId> {
    filter.key.parse().ok().map(FlagId)
}
