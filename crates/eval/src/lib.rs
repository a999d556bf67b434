//! The evaluator: compiles the definitions of an environment once into an immutable [`Snapshot`],
//! then answers from it in memory.
//!
//! Pure: no clock, no random, no I/O, no logging, no panic. `now` is a parameter, a flag that cannot
//! be evaluated is a value ([`Outcome::Failed`]), and one broken flag never breaks another.
//!
//! A request takes four steps:
//! 1. [`Snapshot::plan`] decides which flags are evaluated, in dependency order;
//! 2. [`Snapshot::read_given`] reads what the request brought into a [`Scratch`];
//! 3. [`Snapshot::needs`] says what is missing, for the caller to fetch (often nothing);
//! 4. [`Snapshot::evaluate`] hands over one [`Evaluation`] per flag.
//!
//! Neighbours: `burgee-model` has the nouns, `burgee-wire` turns bytes into a [`Given`] and
//! evaluations into bytes, `burgee-serve` calls the four steps.

mod compile;
mod evaluate;
mod evaluation;
mod explain;
mod given;
mod hash;
mod needs;
mod operator;
mod plan;
mod properties;
mod scratch;
mod selection;
mod slot;
mod snapshot;
mod split;

pub use compile::compile;
pub use evaluate::Subject;
pub use evaluation::{
    CompileWarning, Evaluation, EvaluationError, FlagValue, Miss, Outcome, Reason,
};
pub use explain::{ConditionExplanation, FlagExplanation, PropertyExplanation, explain};
pub use given::{Given, GivenGroup, PropertiesError};
pub use plan::{Plan, PlannedFlags};
pub use scratch::Scratch;
pub use selection::{RequestRuntime, Selection, SelectionScope};
pub use snapshot::{FlagInfo, Snapshot};
