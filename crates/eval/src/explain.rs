//! Why each condition of a flag did or did not match (spec: engine §13).
//!
//! A walk of its own over the stored definitions, so that the hot path carries nothing for it: the
//! flags are evaluated as ever, then every filter is asked once more, with the same compiled tests,
//! and put in words. Unlike evaluation it doesn't stop at the first miss.

mod condition;
mod property;
mod sentence;

use std::collections::BTreeMap;

use burgee_model::{Definitions, FilterKind, FlagKey};
use serde_json::Value;

use crate::{Evaluation, PropertiesError, Scratch, Selection, Subject, compile, evaluate::Walk};

/// Every condition of one flag, in stored order, synthetic rows first.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagExplanation {
    /// The flag.
    pub key: FlagKey,
    /// Its conditions; none when the flag cannot be read.
    pub conditions: Vec<ConditionExplanation>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "three independent facts about a condition"
)]
pub struct ConditionExplanation {
    /// Position in `filters.groups`; −1 is the enrollment row, which every early access flag has,
    /// −2 the holdout row, which is there when the holdout decided.
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
    /// Whether its percentage left the subject out, or could not be asked for want of a device.
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

/// Explains the selected flags of `definitions` for one subject, by key. Compiles the definitions
/// anew: this is for people, who ask rarely. Fails as [`crate::Snapshot::read_given`] does.
pub fn explain(
    definitions: &Definitions,
    selection: &Selection<'_>,
    subject: &Subject<'_>,
) -> Result<Vec<FlagExplanation>, PropertiesError> {
    let (snapshot, _) = compile(definitions);
    let mut scratch = Scratch::default();
    let plan = snapshot.plan(selection);
    snapshot.read_given(subject.given, &mut scratch)?;
    let mut evaluations: Vec<Evaluation<'_>> = Vec::with_capacity(plan.len());
    snapshot.evaluate(&plan, subject, &mut scratch, |evaluation| {
        evaluations.push(evaluation);
    });
    evaluations.sort_unstable_by_key(|evaluation| evaluation.flag.index);
    let stored: BTreeMap<_, _> = definitions
        .flags
        .iter()
        .map(|flag| (flag.id, flag))
        .collect();
    let walk = Walk::again(&snapshot, subject, &mut scratch);
    let mut explainer = Explainer { definitions, walk };
    Ok(evaluations
        .iter()
        .filter_map(|evaluation| {
            let definition = stored.get(&evaluation.flag.id)?;
            Some(FlagExplanation {
                key: definition.key.clone(),
                conditions: explainer.conditions(definition, evaluation),
            })
        })
        .collect())
}

/// An explanation under way.
struct Explainer<'s, 'e> {
    definitions: &'e Definitions,
    walk: Walk<'s, 'e>,
}
