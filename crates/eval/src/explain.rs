//! Why each condition of a flag did or did not match (spec: engine §13). A walk of its own, over the
//! stored definitions, so that the hot path carries nothing for it.

use burgee_model::{Definitions, Facts, FilterKind, FlagKey, Timestamp};
use serde_json::Value;

use crate::Given;

/// Every condition of one flag, in stored order, synthetic rows first.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagExplanation {
    /// The flag.
    pub key: FlagKey,
    /// Its conditions.
    pub conditions: Vec<ConditionExplanation>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionExplanation {
    /// Position in `filters.groups`; −1 is the enrollment row, −2 the holdout row.
    pub index: i32,
    /// Its filters, in stored order.
    pub properties: Vec<PropertyExplanation>,
    /// Share in percent; `None` is 100.
    pub rollout_percentage: Option<f64>,
    /// Variant that the condition gives.
    pub variant: Option<String>,
    /// Whether it decided the flag; true on one row at most.
    pub matched: bool,
    /// Whether all its filters hold.
    pub properties_matched: bool,
    /// Whether its percentage left the subject out.
    pub rollout_excluded: bool,
    /// One sentence for people.
    pub explanation: String,
}

/// One filter of a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct PropertyExplanation {
    /// The property, cohort id or flag id.
    pub key: String,
    /// The operator's name, lower case without underscores: `isnot`, `icontains`.
    pub operator: String,
    /// What it compares with.
    pub value: Value,
    /// Where it reads.
    pub kind: FilterKind,
    /// What was read; never that of a dependency.
    pub actual_value: Option<Value>,
    /// Whether it holds.
    pub matched: bool,
    /// One sentence for people.
    pub explanation: String,
}

/// Explains every evaluable flag of `definitions` for one subject.
pub fn explain(
    definitions: &Definitions,
    given: &Given<'_>,
    facts: &Facts,
    now: Timestamp,
) -> Vec<FlagExplanation> {
    let _ = (definitions, given, facts, now);
    todo!()
}
