//! The typed reading of a flag's `filters` document, format 1 (spec: engine §2.2 to §2.4).
//!
//! Unknown keys are ignored here and kept in the stored document. Operators stay text: one that is
//! unknown makes its own filter miss, not the flag unreadable (spec: engine §4.9 BETTER).
//!
//! Nothing is copied: texts and values are those of the document. serde lends texts but no values, so
//! reading goes over the document twice, see [`Filters::read`].

mod lend;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::GroupTypeIndex;

/// A format 1 configuration.
///
/// Made by [`Self::read`]; what serde alone makes of a document has no values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Filters<'d> {
    /// Release conditions, OR-ed in stored order.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub groups: Vec<Condition<'d>>,
    /// The variants, if the flag has any.
    #[serde(borrow, default)]
    pub multivariate: Option<Multivariate<'d>>,
    /// Group type whose key is hashed; `None` is the person.
    #[serde(default)]
    pub aggregation_group_type_index: Option<GroupTypeIndex>,
    /// Answer payloads by variant key or `"true"`; anything but an object has none.
    #[serde(default = "lend::nothing", deserialize_with = "lend::later")]
    pub payloads: &'d Value,
    /// Early access: a person property decides before all conditions.
    #[serde(default, deserialize_with = "null_as_default")]
    pub feature_enrollment: bool,
    /// People held out of the flag.
    #[serde(default)]
    pub holdout: Option<Holdout>,
    /// The first condition that targets but misses its rollout ends evaluation.
    #[serde(default, deserialize_with = "null_as_default")]
    pub early_exit: bool,
}

/// The variants of a flag.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Multivariate<'d> {
    /// In stored order, which is the order of their shares.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub variants: Vec<Variant<'d>>,
}

/// One variant and its share.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Variant<'d> {
    /// The value that is answered.
    #[serde(deserialize_with = "lend::text")]
    pub key: &'d str,
    /// Share in percent, 0.0 to 100.0; any decimals.
    pub rollout_percentage: f64,
}

/// People who are kept out of every condition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Holdout {
    /// Named in the answer `holdout-{id}`.
    pub id: i64,
    /// Share in percent, clamped to 0.0..=100.0.
    pub exclusion_percentage: f64,
}

/// One release condition.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Condition<'d> {
    /// AND-ed; empty is rollout only.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub properties: Vec<PropertyFilter<'d>>,
    /// Share in percent; `None` is 100.
    #[serde(default)]
    pub rollout_percentage: Option<f64>,
    /// Variant that this condition gives, if it is declared.
    #[serde(default, deserialize_with = "lend::text_or_null")]
    pub variant: Option<&'d str>,
    /// Three states, which must survive: absent, null, a number.
    #[serde(default, rename = "aggregation_group_type_index")]
    pub aggregation: ConditionAggregation,
}

/// Whose percentage a condition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConditionAggregation {
    /// The key is absent: as the flag says.
    #[default]
    Inherit,
    /// The key is null: the person, whatever the flag says.
    Person,
    /// That group type.
    Group(GroupTypeIndex),
}

impl<'de> Deserialize<'de> for ConditionAggregation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<GroupTypeIndex>::deserialize(deserializer)? {
            None => Self::Person,
            Some(index) => Self::Group(index),
        })
    }
}

/// One filter of a condition or one leaf of a cohort.
///
/// Made by [`Self::read`]; what serde alone makes of a filter has no value.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct PropertyFilter<'d> {
    /// Property name; for [`FilterKind::Flag`] the id of the dependency as text.
    #[serde(deserialize_with = "lend::text")]
    pub key: &'d str,
    /// What to compare with; null and absent are the same.
    #[serde(default = "lend::nothing", deserialize_with = "lend::later")]
    pub value: &'d Value,
    /// `exact` when absent, `in` for cohorts.
    #[serde(default, deserialize_with = "lend::text_or_null")]
    pub operator: Option<&'d str>,
    /// Where the property is read.
    #[serde(rename = "type")]
    pub kind: FilterKind,
    /// For group filters; falls back to the condition's aggregation.
    #[serde(default)]
    pub group_type_index: Option<GroupTypeIndex>,
    /// Honoured only inside cohorts.
    #[serde(default, deserialize_with = "null_as_default")]
    pub negation: bool,
}

/// Where a filter reads. A flag whose filter has none of these is not readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterKind {
    /// The person's properties.
    Person,
    /// Facts about the person's record, under prefixed keys (spec: engine §5.4).
    PersonMetadata,
    /// A group's properties.
    Group,
    /// Membership of a cohort.
    Cohort,
    /// The answer of another flag.
    Flag,
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_states_of_aggregation_are_told_apart() {
        let read = |text: &str| {
            serde_json::from_str::<Condition<'_>>(text)
                .unwrap()
                .aggregation
        };
        assert_eq!(read("{}"), ConditionAggregation::Inherit);
        assert_eq!(
            read(r#"{"aggregation_group_type_index":null}"#),
            ConditionAggregation::Person
        );
        assert_eq!(
            read(r#"{"aggregation_group_type_index":1}"#),
            ConditionAggregation::Group(GroupTypeIndex(1))
        );
    }

    #[test]
    fn an_unknown_operator_is_kept_and_a_missing_type_is_refused() {
        let stored = json!({"key": "a", "type": "person", "operator": "sounds_like"});
        let kept = PropertyFilter::read(&stored).unwrap();
        assert_eq!(kept.operator, Some("sounds_like"));
        assert!(PropertyFilter::read(&json!({"key": "a"})).is_err());
    }
}
