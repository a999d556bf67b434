//! The compiled definitions of an environment: flat arrays that refer to each other by index.
//!
//! Equal predicates are one entry, so a hundred flags that test the same plan pay for it once per
//! request. [`crate::compile`] fills the arrays, [`crate::Snapshot::evaluate`] walks them.

use std::{num::NonZeroU32, ops::Range};

use burgee_model::{EvaluationRuntime, FlagId, Revision};
use chrono_tz::Tz;

use crate::{
    EvaluationError,
    operator::Test,
    plan::Plans,
    slot::{GroupSlot, Slot, SlotTable},
    split::{Bound, Rollout},
};

/// What an answer says about a flag whatever its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagInfo {
    /// Position in [`Snapshot::flags`].
    pub index: u32,
    /// The flag's id.
    pub id: FlagId,
    /// The flag's key.
    pub key: Box<str>,
    /// Stored version; null is 0.
    pub version: i32,
    /// Whether an experiment is linked.
    pub has_experiment: bool,
}

/// The compiled definitions of one environment. Never changes; a change makes a new one.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) revision: Revision,
    pub(crate) timezone: Tz,
    pub(crate) slots: SlotTable,
    /// By key.
    pub(crate) infos: Box<[FlagInfo]>,
    /// By [`FlagInfo::index`].
    pub(crate) flags: Box<[Flag]>,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) steps: Box<[Step]>,
    pub(crate) dependencies: Box<[Dependency]>,
    pub(crate) cohort_tests: Box<[CohortTest]>,
    pub(crate) predicates: Box<[Predicate]>,
    pub(crate) variants: Box<[Variant]>,
    pub(crate) payloads: Box<[Box<str>]>,
    pub(crate) cohorts: Box<[Cohort]>,
    pub(crate) nodes: Box<[Node]>,
    pub(crate) contexts: Box<[Box<str>]>,
    pub(crate) plans: Plans,
}

/// A position in an array, so that an `Option` of one is no larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position(NonZeroU32);

impl Position {
    /// Positions from 2³²−2 on are the same one; no array comes near.
    pub(crate) fn new(at: usize) -> Self {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(at))
    }

    pub(crate) fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A run of entries in one of the snapshot's arrays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Run {
    start: u32,
    end: u32,
}

impl Run {
    /// The entries from `start` to the present end of an array.
    pub(crate) fn from(start: usize, end: usize) -> Self {
        let index = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: index(start),
            end: index(end),
        }
    }

    /// Positions of the entries.
    pub(crate) fn indexes(self) -> Range<u32> {
        self.start..self.end
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The entries of `array`.
    pub(crate) fn of<T>(self, array: &[T]) -> &[T] {
        array.get(self.range()).unwrap_or_default()
    }
}

/// A flag.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts; a byte each, since very many flags are kept"
)]
pub(crate) struct Flag {
    pub(crate) state: FlagState,
    pub(crate) conditions: Run,
    pub(crate) variants: Run,
    /// Payload under `true`.
    pub(crate) payload: Option<PayloadIndex>,
    pub(crate) holdout: Option<Box<Holdout>>,
    /// The early access property.
    pub(crate) enrollment: Option<Slot>,
    /// Whose percentage the flag is where a condition does not say.
    pub(crate) aggregation: Aggregation,
    pub(crate) identity: Identity,
    /// Whether the first condition that targets ends evaluation.
    pub(crate) early_exit: bool,
    /// Whether the stored setting asks for continuity, applicable or not (spec: engine §9.5).
    pub(crate) asks_continuity: bool,
    /// Whether the hash decides about the variant (spec: engine §1.6).
    pub(crate) is_split: bool,
    /// Whether different hashes can give different answers (spec: engine §9.4).
    pub(crate) is_hash_decisive: bool,
    /// Whether some condition reads another flag.
    pub(crate) has_dependencies: bool,
    pub(crate) runtime: EvaluationRuntime,
    /// In [`Snapshot::contexts`].
    pub(crate) contexts: Run,
}

/// What can be done with a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlagState {
    /// Evaluated.
    Active,
    /// Not evaluated, not answered.
    Inactive,
    /// Answered as false: a dependency is missing or circular.
    MissingDependency,
    /// Answered as failed, and without a result for dependents.
    Unreadable,
    /// Answered as failed, and false for dependents (spec: engine §2.6).
    Unsupported,
}

/// What identifies a person in a flag's percentages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    DistinctId,
    /// The identifier from before log-in, if one is known (spec: engine §9.1).
    Continuous,
    DeviceId,
}

/// Whose percentage it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Person,
    Group(GroupSlot),
}

/// People held out of a flag.
#[derive(Debug)]
pub(crate) struct Holdout {
    pub(crate) share: Rollout,
    /// `holdout-{id}`.
    pub(crate) value: Box<str>,
    pub(crate) payload: Option<PayloadIndex>,
}

/// A variant of a flag.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) key: Box<str>,
    /// The first variant whose bound admits the hash is the one.
    pub(crate) bound: Bound,
    pub(crate) payload: Option<PayloadIndex>,
}

/// Index into [`Snapshot::payloads`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PayloadIndex(pub(crate) Position);

/// A release condition.
#[derive(Debug)]
pub(crate) struct Condition {
    /// All but cohorts, in stored order.
    pub(crate) steps: Run,
    /// Looked at last.
    pub(crate) cohorts: Run,
    pub(crate) rollout: Rollout,
    pub(crate) aggregation: Aggregation,
    /// Place of a declared variant among the flag's.
    pub(crate) variant: Option<Position>,
}

/// One filter of a condition.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Predicate(PredicateIndex),
    /// Index into [`Snapshot::dependencies`].
    Dependency(u32),
    /// A filter on another flag that is not well formed.
    Never,
}

/// A filter on the answer of another flag.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The other flag.
    pub(crate) target: u32,
    pub(crate) expected: Expected,
}

/// What a dependency must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Anything but false.
    On,
    Off,
    /// That value exactly.
    Variant(Box<str>),
}

/// Index into [`Snapshot::predicates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PredicateIndex(pub(crate) u32);

/// A test of one property.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) slot: Slot,
    pub(crate) test: Test,
}

/// A filter on a cohort.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CohortTest {
    /// Index into [`Snapshot::cohorts`], or why there is none.
    pub(crate) cohort: Result<u32, EvaluationError>,
    pub(crate) membership: Membership,
}

/// What a cohort filter asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    In,
    NotIn,
    /// An operator that no cohort filter has.
    Never,
}

impl Membership {
    /// Whether the filter holds for a member, or for somebody else.
    pub(crate) fn holds(self, is_member: bool) -> bool {
        match self {
            Self::In => is_member,
            Self::NotIn => !is_member,
            Self::Never => false,
        }
    }
}

/// A cohort.
#[derive(Debug)]
pub(crate) struct Cohort {
    pub(crate) id: burgee_model::CohortId,
    pub(crate) rule: CohortRule,
    /// Cohorts to be worked out before this one, in order.
    pub(crate) before: Box<[u32]>,
    /// Whether it, or one that it refers to, has leaves that are not evaluated here.
    pub(crate) is_partly_evaluated: bool,
}

impl Cohort {
    pub(crate) fn is_static(&self) -> bool {
        matches!(self.rule, CohortRule::Static)
    }
}

/// How members are found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CohortRule {
    /// A list.
    Static,
    /// A tree, by its root in [`Snapshot::nodes`].
    Tree(u32),
    /// Nobody.
    Nobody,
    /// It cannot be worked out.
    Broken(EvaluationError),
}

/// A node of a cohort's tree.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    /// Children are a run of nodes.
    And(Run),
    Or(Run),
    Predicate {
        predicate: PredicateIndex,
        negated: bool,
    },
    Cohort {
        cohort: u32,
        membership: Membership,
        negated: bool,
    },
    /// A kind of leaf that is not evaluated here.
    Nobody,
}

impl Snapshot {
    /// The state of the definitions that this was compiled from.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Every flag of the environment that can be evaluated, by [`FlagInfo::index`], which is the
    /// order of their keys.
    pub fn flags(&self) -> &[FlagInfo] {
        &self.infos
    }

    /// The flag with this key.
    pub fn find(&self, key: &str) -> Option<&FlagInfo> {
        let found = self.infos.binary_search_by(|info| (*info.key).cmp(key));
        found.ok().and_then(|at| self.infos.get(at))
    }

    /// Keys of the active flags with experience continuity: what a hash key is stored for
    /// (spec: engine §9.3).
    pub fn continuity_flags(&self) -> impl Iterator<Item = &str> {
        self.flags
            .iter()
            .zip(&self.infos)
            .filter_map(|(flag, info)| {
                let is_active = flag.state != FlagState::Inactive;
                (is_active && flag.identity == Identity::Continuous).then_some(&*info.key)
            })
    }

    /// What a step asks of another flag, if it asks that.
    pub(crate) fn dependency(&self, step: Step) -> Option<&Dependency> {
        match step {
            Step::Dependency(index) => self.dependencies.get(index as usize),
            Step::Predicate(_) | Step::Never => None,
        }
    }

    pub(crate) fn predicate(&self, index: PredicateIndex) -> Option<&Predicate> {
        self.predicates.get(index.0 as usize)
    }

    /// Estimated memory, in bytes.
    pub fn weight_bytes(&self) -> usize {
        let texts = self.infos.iter().map(|info| info.key.len()).sum::<usize>()
            + self
                .variants
                .iter()
                .map(|variant| variant.key.len())
                .sum::<usize>()
            + self
                .payloads
                .iter()
                .chain(&self.contexts)
                .map(|text| text.len())
                .sum::<usize>();
        let boxes = self.flags.iter().map(Flag::boxed_bytes).sum::<usize>()
            + self
                .predicates
                .iter()
                .map(|predicate| predicate.test.weight_bytes())
                .sum::<usize>()
            + self
                .dependencies
                .iter()
                .map(|dependency| dependency.expected.boxed_bytes())
                .sum::<usize>()
            + self
                .cohorts
                .iter()
                .map(|cohort| size_of_val(&*cohort.before))
                .sum::<usize>();
        let arrays = size_of_val(&*self.infos)
            + size_of_val(&*self.flags)
            + size_of_val(&*self.conditions)
            + size_of_val(&*self.steps)
            + size_of_val(&*self.dependencies)
            + size_of_val(&*self.cohort_tests)
            + size_of_val(&*self.predicates)
            + size_of_val(&*self.variants)
            + size_of_val(&*self.payloads)
            + size_of_val(&*self.cohorts)
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.contexts);
        size_of::<Self>()
            + texts
            + boxes
            + arrays
            + self.slots.weight_bytes()
            + self.plans.weight_bytes()
    }
}

impl Flag {
    fn boxed_bytes(&self) -> usize {
        let holdout = self.holdout.as_ref();
        holdout.map_or(0, |holdout| size_of::<Holdout>() + holdout.value.len())
    }
}

impl Expected {
    fn boxed_bytes(&self) -> usize {
        match self {
            Self::Variant(key) => key.len(),
            Self::On | Self::Off => 0,
        }
    }
}
