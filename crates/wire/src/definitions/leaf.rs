//! One property filter of a condition, or one leaf of a cohort.
//!
//! A null in a leaf loses the Java SDK all definitions, a missing `value` the Rust SDK
//! (spec: sdk-protocol trap 13, "Definitions"): so `value` is always there, and nothing else is
//! unless it has something to say.

use std::borrow::Cow;

use burgee_model::{CohortId, FilterKind, GroupTypeIndex, PropertyFilter};
use serde::Serialize;
use serde_json::Value;

use super::GROUP_TYPE_INDEX_MAX;

/// There is no way to say it that all SDKs understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsayable;

/// A filter as SDKs read it.
#[derive(Debug, Serialize)]
pub(super) struct Leaf<'d> {
    key: &'d str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'d str>,
    value: Cow<'d, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_type_index: Option<GroupTypeIndex>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    negation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependency_chain: Option<Vec<&'d str>>,
}

impl<'d> Leaf<'d> {
    /// About a property. An absent operator is written out: Go cannot decide without one.
    pub(super) fn property(filter: &PropertyFilter<'d>) -> Result<Self, Unsayable> {
        let operator = filter.operator.unwrap_or("exact");
        Ok(Self {
            key: filter.key,
            kind: match filter.kind {
                FilterKind::PersonMetadata => "person_metadata",
                FilterKind::Group => "group",
                FilterKind::Person | FilterKind::Cohort | FilterKind::Flag => "person",
            },
            operator: Some(operator),
            value: value(filter.value)?,
            group_type_index: group_type(filter.group_type_index)?,
            negation: false,
            dependency_chain: None,
        })
    }

    /// About being in a cohort. Always `in`: Go and Java read `not_in` as that, and answer the
    /// opposite (spec: sdk-protocol trap 15).
    pub(super) fn cohort(id: CohortId) -> Self {
        Self {
            key: "id",
            kind: "cohort",
            operator: Some("in"),
            value: Cow::Owned(id.0.into()),
            group_type_index: None,
            negation: false,
            dependency_chain: None,
        }
    }

    /// About the answer of another flag, named by key. An empty chain says that it cannot be
    /// evaluated (spec: engine §7.5).
    pub(super) fn dependency(
        filter: &PropertyFilter<'d>,
        key: &'d str,
        chain: Vec<&'d str>,
    ) -> Result<Self, Unsayable> {
        Ok(Self {
            key,
            kind: "flag",
            operator: filter.operator,
            value: value(filter.value)?,
            group_type_index: None,
            negation: false,
            dependency_chain: Some(chain),
        })
    }

    /// An operator that no SDK knows, so that each of them asks the server
    /// (spec: importers §1.1).
    pub(super) fn unknown_to_all() -> Self {
        Self {
            key: "distinct_id",
            kind: "person",
            operator: Some("burgee_remote"),
            value: Cow::Owned(1.into()),
            group_type_index: None,
            negation: false,
            dependency_chain: None,
        }
    }

    /// The opposite. SDKs honour this inside cohorts only.
    pub(super) fn negated(mut self, negation: bool) -> Self {
        self.negation = negation;
        self
    }
}

/// Whether every SDK can hold the index, if there is one.
pub(super) fn group_type(
    index: Option<GroupTypeIndex>,
) -> Result<Option<GroupTypeIndex>, Unsayable> {
    match index {
        Some(GroupTypeIndex(index)) if !(0..=GROUP_TYPE_INDEX_MAX).contains(&index) => {
            Err(Unsayable)
        }
        sayable => Ok(sayable),
    }
}

/// A null among values is written as the text that the server compares it as. Lists of lists make
/// the Go SDK panic.
fn value(stored: &Value) -> Result<Cow<'_, Value>, Unsayable> {
    let Value::Array(values) = stored else {
        return Ok(Cow::Borrowed(stored));
    };
    if values
        .iter()
        .any(|value| value.is_array() || value.is_object())
    {
        return Err(Unsayable);
    }
    if !values.iter().any(Value::is_null) {
        return Ok(Cow::Borrowed(stored));
    }
    let element = |value: &Value| match value {
        Value::Null => "null".into(),
        plain => plain.clone(),
    };
    Ok(Cow::Owned(values.iter().map(element).collect()))
}
