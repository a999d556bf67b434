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
//! ```
//! use burgee_eval::{FlagValue, Given, Outcome, Scratch, Selection, Subject, compile};
//! use burgee_model::{
//!     Definitions, EnvironmentId, Facts, ProjectId, ProjectToken, PropertyMatching, Revision, Timestamp,
//! };
//!
//! let definitions = Definitions {
//!     project: ProjectId(1),
//!     environment: EnvironmentId(1),
//!     token: ProjectToken::parse("phc_example").unwrap(),
//!     revision: Revision(1),
//!     timezone: "UTC".to_owned(),
//!     property_matching: PropertyMatching::Released,
//!     hold_polls_seconds: 0,
//!     flags: serde_json::from_str(
//!         r#"[{"id": 1, "key": "new-checkout", "active": true, "filters": {"groups": [
//!             {"properties": [{"key": "plan", "type": "person", "value": "pro"}]}
//!         ]}}]"#,
//!     )
//!     .unwrap(),
//!     cohorts: Vec::new(),
//!     group_types: Vec::new(),
//! };
//! let (snapshot, warnings) = compile(&definitions);
//! assert!(warnings.is_empty());
//!
//! let given = Given {
//!     distinct_id: "user-17",
//!     person_properties: Some(r#"{"plan": "Pro"}"#),
//!     ..Given::default()
//! };
//! let mut scratch = Scratch::default();
//! let plan = snapshot.plan(&Selection::default());
//! snapshot.read_given(&given, &mut scratch).unwrap();
//! assert!(snapshot.needs(&plan, &scratch).is_empty(), "the request brought all that is read");
//!
//! let subject = Subject { given: &given, facts: &Facts::default(), now: Timestamp::from_unix_millis(0) };
//! snapshot.evaluate(&plan, &subject, &mut scratch, |evaluation| {
//!     assert!(matches!(evaluation.outcome, Outcome::Answered { value: FlagValue::On, .. }));
//! });
//! ```
//!
//! Neighbours: `burgee-model` has the nouns, `burgee-wire` turns bytes into a [`Given`] and
//! evaluations into bytes, `burgee-serve` calls the four steps.

mod basis;
mod compile;
mod evaluate;
mod evaluation;
mod exact;
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

pub use basis::Basis;
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
