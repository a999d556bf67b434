//! The configuration of one flag, as SDKs read it.
//!
//! A flag that they would misread goes out as a shim instead: one condition with an operator that
//! none of them knows, so that they ask the server for this flag (spec: importers §1.1). That is any
//! flag in a format of its own (SDKs ignore `filters.version` and would answer false), one that
//! cannot be read, one that filters by cohort in a way that only the server gets right, and one with
//! experience continuity: every SDK leaves that to the server, but for Rust, which does not see it.

use std::{borrow::Cow, collections::BTreeMap};

use burgee_model::{
    Condition, ConditionAggregation, FilterKind, Filters, FlagDefinition, GroupTypeIndex,
    PropertyFilter,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{
    chains::{Chains, target},
    cohort_tree::cohort_id,
    cohorts::Cohorts,
    leaf::{Leaf, Unsayable, group_type},
    percentage::Percentage,
};

/// What SDKs read of a flag's `filters`. Lists and objects are there even when they are empty: a
/// null in their place loses the Rust SDK all definitions.
#[derive(Serialize)]
pub(super) struct FlagFilters<'d> {
    groups: Vec<FlagCondition<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multivariate: Option<Variants<'d>>,
    payloads: BTreeMap<&'d str, Cow<'d, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregation_group_type_index: Option<GroupTypeIndex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<Holdout>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    feature_enrollment: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    early_exit: bool,
}

#[derive(Serialize)]
struct FlagCondition<'d> {
    properties: Vec<Leaf<'d>>,
    rollout_percentage: Option<Percentage>,
    variant: Option<&'d str>,
    /// Absent: as the flag; null: the person.
    #[serde(
        skip_serializing_if = "is_inherited",
        serialize_with = "serialize_aggregation"
    )]
    aggregation_group_type_index: ConditionAggregation,
}

#[derive(Serialize)]
struct Variants<'d> {
    variants: Vec<Variant<'d>>,
}

/// The percentage is a number, always: anything else ends a Go process
/// (spec: sdk-protocol trap 12).
#[derive(Serialize)]
struct Variant<'d> {
    key: &'d str,
    rollout_percentage: Percentage,
}

#[derive(Serialize)]
struct Holdout {
    id: i64,
    exclusion_percentage: Percentage,
}

/// Reads the stored document. `None`: it has another format, or cannot be read.
pub(super) fn read(flag: &FlagDefinition) -> Option<Filters<'_>> {
    let is_format_1 = match flag.filters.get("version") {
        None | Some(Value::Null) => true,
        Some(version) => version.as_f64() == Some(1.0),
    };
    (is_format_1 && flag.filters.is_object())
        .then(|| Filters::read(&flag.filters).ok())
        .flatten()
}

impl<'d> FlagFilters<'d> {
    /// What `filters` says; the cohorts it needs are noted in `cohorts`.
    pub(super) fn of(
        filters: &Filters<'d>,
        chains: &Chains<'d>,
        cohorts: &mut Cohorts<'_>,
    ) -> Result<Self, Unsayable> {
        let flag_aggregation = group_type(filters.aggregation_group_type_index)?;
        let mut groups = Vec::with_capacity(filters.groups.len());
        for stored in &filters.groups {
            groups.push(condition(stored, flag_aggregation, chains, cohorts)?);
        }
        Ok(Self {
            groups,
            multivariate: filters.multivariate.as_ref().map(|stored| Variants {
                variants: stored.variants.iter().map(variant).collect(),
            }),
            payloads: payloads(filters.payloads),
            aggregation_group_type_index: flag_aggregation,
            holdout: filters.holdout.as_ref().map(|holdout| Holdout {
                id: holdout.id,
                exclusion_percentage: Percentage(holdout.exclusion_percentage),
            }),
            feature_enrollment: filters.feature_enrollment,
            early_exit: filters.early_exit,
        })
    }

    /// Makes every SDK ask the server.
    pub(super) fn shim() -> Self {
        let condition = FlagCondition {
            properties: vec![Leaf::unknown_to_all()],
            rollout_percentage: Some(Percentage(100.0)),
            variant: None,
            aggregation_group_type_index: ConditionAggregation::Inherit,
        };
        Self {
            groups: vec![condition],
            multivariate: None,
            payloads: BTreeMap::new(),
            aggregation_group_type_index: None,
            holdout: None,
            feature_enrollment: false,
            early_exit: false,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_inherited(aggregation: &ConditionAggregation) -> bool {
    *aggregation == ConditionAggregation::Inherit
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn serialize_aggregation<S: Serializer>(
    aggregation: &ConditionAggregation,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match aggregation {
        ConditionAggregation::Inherit | ConditionAggregation::Person => serializer.serialize_none(),
        ConditionAggregation::Group(index) => index.serialize(serializer),
    }
}

fn condition<'d>(
    stored: &Condition<'d>,
    flag_aggregation: Option<GroupTypeIndex>,
    chains: &Chains<'d>,
    cohorts: &mut Cohorts<'_>,
) -> Result<FlagCondition<'d>, Unsayable> {
    let aggregation = match stored.aggregation {
        // Says the same as nothing where the flag is the person's anyway.
        ConditionAggregation::Person if flag_aggregation.is_none() => ConditionAggregation::Inherit,
        ConditionAggregation::Group(index) => {
            group_type(Some(index))?;
            stored.aggregation
        }
        ConditionAggregation::Person | ConditionAggregation::Inherit => stored.aggregation,
    };
    let mut properties = Vec::with_capacity(stored.properties.len());
    for filter in &stored.properties {
        properties.push(leaf(filter, chains, cohorts)?);
    }
    Ok(FlagCondition {
        properties,
        rollout_percentage: stored.rollout_percentage.map(Percentage),
        variant: stored.variant,
        aggregation_group_type_index: aggregation,
    })
}

/// `negation` is not passed on: outside cohorts the server does not read it, and some SDKs did.
fn leaf<'d>(
    filter: &PropertyFilter<'d>,
    chains: &Chains<'d>,
    cohorts: &mut Cohorts<'_>,
) -> Result<Leaf<'d>, Unsayable> {
    match filter.kind {
        FilterKind::Person | FilterKind::PersonMetadata | FilterKind::Group => {
            Leaf::property(filter)
        }
        FilterKind::Flag => {
            let id = target(filter);
            let key = id.and_then(|id| chains.key(id)).unwrap_or(filter.key);
            let chain = id.map(|id| chains.to(id)).unwrap_or_default();
            Leaf::dependency(filter, key, chain)
        }
        FilterKind::Cohort => {
            let id = cohort_id(filter.value).ok_or(Unsayable)?;
            let named = match filter.operator {
                None | Some("in") => cohorts.members(id),
                Some("not_in") => cohorts.others(id).ok_or(Unsayable)?,
                // Never holds on the server; SDKs take some of these for `in`.
                Some(_) => return Err(Unsayable),
            };
            Ok(Leaf::cohort(named))
        }
    }
}

fn variant<'d>(stored: &burgee_model::Variant<'d>) -> Variant<'d> {
    Variant {
        key: stored.key,
        rollout_percentage: Percentage(stored.rollout_percentage),
    }
}

/// As JSON text; Java writes an object in a notation of its own.
fn payloads(stored: &Value) -> BTreeMap<&str, Cow<'_, str>> {
    let entries = stored.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, payload)| Some((key.as_str(), payload_text(payload)?)))
        .collect()
}

fn payload_text(stored: &Value) -> Option<Cow<'_, str>> {
    match stored {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}
