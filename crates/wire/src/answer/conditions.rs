//! The `conditions` member of a record: why each condition did or did not match
//! (spec: engine §13). Rare and for people, so it is plain serde.

use burgee_eval::{ConditionExplanation, FlagExplanation, PropertyExplanation};
use burgee_model::FilterKind;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the wire has three independent facts about a condition"
)]
struct Condition<'a> {
    index: i32,
    properties: Vec<Property<'a>>,
    rollout_percentage: Option<f64>,
    variant: Option<&'a str>,
    matched: bool,
    properties_matched: bool,
    rollout_excluded: bool,
    explanation: &'a str,
}

#[derive(Serialize)]
struct Property<'a> {
    key: &'a str,
    operator: &'a str,
    value: &'a Value,
    #[serde(rename = "type")]
    kind: &'static str,
    actual_value: Option<&'a Value>,
    matched: bool,
    explanation: &'a str,
}

/// Writes `,"conditions":[…]`.
pub(super) fn push(output: &mut Vec<u8>, explanation: &FlagExplanation) {
    output.extend_from_slice(b",\"conditions\":");
    let conditions: Vec<_> = explanation.conditions.iter().map(Condition::from).collect();
    // Writing plain data to memory cannot fail.
    let _ = serde_json::to_writer(output, &conditions);
}

impl<'a> From<&'a ConditionExplanation> for Condition<'a> {
    fn from(condition: &'a ConditionExplanation) -> Self {
        Self {
            index: condition.index,
            properties: condition.properties.iter().map(Property::from).collect(),
            rollout_percentage: condition.rollout_percentage,
            variant: condition.variant.as_deref(),
            matched: condition.matched,
            properties_matched: condition.properties_matched,
            rollout_excluded: condition.rollout_excluded,
            explanation: &condition.explanation,
        }
    }
}

impl<'a> From<&'a PropertyExplanation> for Property<'a> {
    fn from(property: &'a PropertyExplanation) -> Self {
        Self {
            key: &property.key,
            operator: &property.operator,
            value: &property.value,
            kind: match property.kind {
                FilterKind::Person => "person",
                FilterKind::PersonMetadata => "person_metadata",
                FilterKind::Group => "group",
                FilterKind::Cohort => "cohort",
                FilterKind::Flag => "flag",
            },
            actual_value: property.actual_value.as_ref(),
            matched: property.matched,
            explanation: &property.explanation,
        }
    }
}
