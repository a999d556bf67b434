//! The compiled definitions of one environment.

use burgee_model::{Definitions, Facts, FlagId, Needs, Revision, Timestamp};

use crate::{CompileWarning, Evaluation, Given, PropertiesError, Selection};

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
pub struct Snapshot {}

/// Which flags are evaluated, in dependency order.
#[derive(Debug)]
pub struct Plan<'s> {
    snapshot: &'s Snapshot,
}

impl Plan<'_> {
    /// How many flags will be evaluated.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether nothing will be evaluated.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every planned flag is one that is not counted as usage: its key starts with
    /// `survey-targeting-` or `product-tour-targeting-` (spec: service §8.2).
    pub fn is_unbilled(&self) -> bool {
        false
    }
}

/// Working memory for evaluating, to be reused: after warm-up nothing is allocated.
#[derive(Debug, Default)]
pub struct Scratch {}

/// Compiles definitions. Never fails as a whole: what cannot be read fails alone, with a warning.
pub fn compile(definitions: &Definitions) -> (Snapshot, Vec<CompileWarning>) {
    todo!("{definitions:?}")
}

impl Snapshot {
    /// The state of the definitions that this was compiled from.
    pub fn revision(&self) -> Revision {
        todo!()
    }

    /// Every flag of the environment that can be evaluated, by [`FlagInfo::index`].
    pub fn flags(&self) -> &[FlagInfo] {
        todo!()
    }

    /// Estimated memory, in bytes.
    pub fn weight_bytes(&self) -> usize {
        todo!()
    }

    /// Decides which flags are evaluated, in dependency order.
    pub fn plan(&self, selection: &Selection<'_>) -> Plan<'_> {
        todo!("{selection:?}")
    }

    /// Reads what the request brought into `scratch`, which it clears first.
    pub fn read_given(
        &self,
        given: &Given<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), PropertiesError> {
        todo!("{given:?}{scratch:?}")
    }

    /// What the request did not bring and some planned flag needs. After [`Self::read_given`].
    pub fn needs(&self, plan: &Plan<'_>, given: &Given<'_>, scratch: &Scratch) -> Needs {
        todo!("{plan:?}{given:?}{scratch:?}")
    }

    /// Evaluates the planned flags and hands over one answer each, in plan order. After
    /// [`Self::read_given`] with the same `given` and `scratch`.
    pub fn evaluate<'s>(
        &'s self,
        plan: &Plan<'s>,
        (given, facts): (&Given<'_>, &Facts),
        now: Timestamp,
        scratch: &mut Scratch,
        emit: impl FnMut(Evaluation<'s>),
    ) {
        let _ = (plan, given, facts, now, scratch, emit);
        todo!()
    }
}
