//! The stored definition of a cohort, read into a tree (spec: engine §6.3, §6.4).

use burgee_model::{CohortDefinition, CohortId, FilterKind, PropertyFilter};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::snapshot::Membership;

use super::{cohort::cohort_id, condition::membership};

/// Groups inside groups; one level more cannot be read.
pub(super) const TREE_DEPTH_MAX: usize = 64;

/// A rule for members.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree<'d> {
    And(Vec<Self>),
    Or(Vec<Self>),
    Property(PropertyFilter<'d>),
    Cohort {
        id: CohortId,
        membership: Membership,
        negated: bool,
    },
    /// A leaf of a kind that is not evaluated here: behaviour, lifecycle and unknown ones.
    Unevaluated,
}

/// The definition is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Reads a dynamic cohort. `None`: it has no definition, so nobody is a member.
pub(super) fn read(cohort: &CohortDefinition) -> Result<Option<Tree<'_>>, Unreadable> {
    if !cohort.filters.is_null() {
        let top = cohort.filters.get("properties").ok_or(Unreadable)?;
        let is_group = matches!(top.get("type").and_then(Value::as_str), Some("AND" | "OR"));
        return if is_group {
            node(top, 1).map(Some)
        } else {
            Err(Unreadable)
        };
    }
    match cohort.groups.as_array().map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some(groups) => groups
            .iter()
            .map(legacy_group)
            .collect::<Result<_, _>>()
            .map(|all| Some(Tree::Or(all))),
    }
}

fn node(value: &Value, depth: usize) -> Result<Tree<'_>, Unreadable> {
    let Some(values) = value.get("values") else {
        return leaf(value);
    };
    if depth > TREE_DEPTH_MAX {
        return Err(Unreadable);
    }
    let values = values.as_array().ok_or(Unreadable)?;
    let children = values.iter().map(|child| node(child, depth + 1));
    let children = children.collect::<Result<Vec<_>, _>>()?;
    match value.get("type").and_then(Value::as_str) {
        Some("AND" | "property") => Ok(Tree::And(children)),
        Some("OR") => Ok(Tree::Or(children)),
        _ => Err(Unreadable),
    }
}

fn leaf(value: &Value) -> Result<Tree<'_>, Unreadable> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .ok_or(Unreadable)?;
    if !matches!(kind, "person" | "person_metadata" | "cohort") {
        return Ok(Tree::Unevaluated);
    }
    let filter = PropertyFilter::read(value).map_err(|_| Unreadable)?;
    if filter.kind != FilterKind::Cohort {
        return Ok(Tree::Property(filter));
    }
    Ok(Tree::Cohort {
        id: cohort_id(filter.value).ok_or(Unreadable)?,
        membership: membership(filter.operator),
        negated: filter.negation,
    })
}

/// One entry of the older `groups`, which are OR-ed.
fn legacy_group<'d>(entry: &'d Value) -> Result<Tree<'d>, Unreadable> {
    match entry.get("properties") {
        Some(Value::Array(items)) if !items.is_empty() => items
            .iter()
            .map(legacy_item)
            .collect::<Result<_, _>>()
            .map(Tree::And),
        Some(group @ Value::Object(fields))
            if fields.contains_key("type") && fields.contains_key("values") =>
        {
            node(group, 1)
        }
        Some(Value::Object(pairs))
            if !pairs.is_empty()
                && !pairs.contains_key("type")
                && !pairs.contains_key("values") =>
        {
            let filter = |(key, value): (&'d String, &'d Value)| {
                Tree::Property(PropertyFilter {
                    key,
                    value,
                    operator: None,
                    kind: FilterKind::Person,
                    group_type_index: None,
                    negation: false,
                })
            };
            Ok(Tree::And(pairs.iter().map(filter).collect()))
        }
        // Entries about events and actions, and those that say nothing that can be read.
        _ => Ok(Tree::Unevaluated),
    }
}

/// An item without a type, or of type `event`, is about the person.
fn legacy_item(item: &Value) -> Result<Tree<'_>, Unreadable> {
    let fields = item.as_object().ok_or(Unreadable)?;
    match fields.get("type") {
        None | Some(Value::Null) => {}
        Some(kind) if kind == "event" => {}
        Some(_) => return node(item, 1),
    }
    // A group has a type of its own.
    if fields.contains_key("values") {
        return Err(Unreadable);
    }
    let negation: Option<bool> = field(fields, "negation")?;
    Ok(Tree::Property(PropertyFilter {
        key: fields
            .get("key")
            .and_then(Value::as_str)
            .ok_or(Unreadable)?,
        value: fields.get("value").unwrap_or(&Value::Null),
        operator: field(fields, "operator")?,
        kind: FilterKind::Person,
        group_type_index: field(fields, "group_type_index")?,
        negation: negation.unwrap_or_default(),
    }))
}

fn field<'d, T>(fields: &'d Map<String, Value>, name: &str) -> Result<Option<T>, Unreadable>
where
    T: Deserialize<'d>,
{
    let stored = fields.get(name).unwrap_or(&Value::Null);
    Option::deserialize(stored).map_err(|_| Unreadable)
}
