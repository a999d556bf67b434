//! Grows a document of definitions out of raw bytes: mostly sound in its outline, anything at all in
//! its details.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

/// Keys that mean something to the compiler, and one that does not.
const KEYS: &[&str] = &[
    "groups",
    "properties",
    "rollout_percentage",
    "variant",
    "aggregation_group_type_index",
    "key",
    "value",
    "values",
    "operator",
    "type",
    "negation",
    "group_type_index",
    "multivariate",
    "variants",
    "payloads",
    "true",
    "holdout",
    "id",
    "exclusion_percentage",
    "early_exit",
    "feature_enrollment",
    "version",
    "dependency_chain",
    "property_group",
    "event_type",
    "other",
];

const OPERATORS: &[&str] = &[
    "exact",
    "is_not",
    "icontains",
    "not_icontains",
    "icontains_multi",
    "not_icontains_multi",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
    "regex",
    "not_regex",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "not_between",
    "is_set",
    "is_not_set",
    "is_date_exact",
    "is_date_before",
    "is_date_after",
    "semver_eq",
    "semver_neq",
    "semver_gt",
    "semver_gte",
    "semver_lt",
    "semver_lte",
    "semver_tilde",
    "semver_caret",
    "semver_wildcard",
    "in",
    "not_in",
    "flag_evaluates_to",
    "sounds_like",
];

const TYPES: &[&str] = &[
    "person",
    "person_metadata",
    "group",
    "cohort",
    "flag",
    "AND",
    "OR",
    "event",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "plan",
    "pro",
    "true",
    "false",
    "1",
    "-7d",
    "2025-02-29",
    "2026-03-29T02:30:00",
    "1.2.3",
    "1.2.x",
    "^(a+)+$",
    "(?<=a)b\\1",
    "[",
    "company",
    "blue",
    "Ünïcode",
    "$feature_enrollment/a",
    "9007199254740993",
    "1e400",
    "Europe/Berlin",
    "holdout-1",
];

const NESTING_MAX: usize = 6;
const ENTRIES_MAX: usize = 4;
const FLAGS_MAX: usize = 6;

/// A document with flags, cohorts, and the properties of a subject.
pub(crate) fn grow(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut flags = Vec::new();
    for id in 1..=bytes.int_in_range(1..=FLAGS_MAX)? {
        flags.push(json!({
            "id": id, "key": text(bytes)?, "active": bytes.ratio(9, 10)?, "version": id,
            "ensure_experience_continuity": bytes.ratio(1, 8)?,
            "bucketing_identifier": if bytes.ratio(1, 8)? { "device_id" } else { "distinct_id" },
            "filters": filters(bytes)?,
        }));
    }
    let mut cohorts = Vec::new();
    for id in 1..=bytes.int_in_range(0..=ENTRIES_MAX)? {
        cohorts.push(json!({
            "id": id, "is_static": bytes.ratio(1, 8)?,
            "filters": {"properties": cohort_tree(bytes, NESTING_MAX)?},
            "groups": if bytes.ratio(1, 8)? { anything(bytes, NESTING_MAX)? } else { Value::Null },
        }));
    }
    Ok(json!({
        "flags": flags, "cohorts": cohorts, "given": properties(bytes)?,
        "stored": properties(bytes)?, "explicit": bytes.arbitrary::<bool>()?,
        "timezone": text(bytes)?,
    }))
}

fn filters(bytes: &mut Unstructured<'_>) -> Result<Value> {
    if bytes.ratio(1, 16)? {
        return anything(bytes, NESTING_MAX);
    }
    let groups = list(bytes, condition)?;
    let variants = list(bytes, |bytes| {
        Ok(json!({"key": text(bytes)?, "rollout_percentage": number(bytes)?}))
    })?;
    let mut filters = json!({"groups": groups, "multivariate": {"variants": variants}});
    for key in [
        "holdout",
        "early_exit",
        "feature_enrollment",
        "payloads",
        "version",
    ] {
        if bytes.ratio(1, 6)? {
            filters[key] = match key {
                "early_exit" | "feature_enrollment" => bytes.arbitrary::<bool>()?.into(),
                "holdout" => json!({"id": 1, "exclusion_percentage": number(bytes)?}),
                _ => anything(bytes, NESTING_MAX)?,
            };
        }
    }
    if bytes.ratio(1, 6)? {
        filters["aggregation_group_type_index"] = 0.into();
    }
    Ok(filters)
}

fn condition(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut condition = json!({"properties": list(bytes, filter)?});
    if bytes.ratio(1, 2)? {
        condition["rollout_percentage"] = number(bytes)?;
    }
    if bytes.ratio(1, 4)? {
        condition["variant"] = text(bytes)?.into();
    }
    if bytes.ratio(1, 8)? {
        condition["aggregation_group_type_index"] = anything(bytes, 0)?;
    }
    Ok(condition)
}

fn filter(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let kind = *bytes.choose(TYPES)?;
    // Cohorts and flags are named by number, and small numbers exist.
    let small = bytes.int_in_range(0..=7)?;
    let (key, value) = match kind {
        "cohort" => ("id".to_owned(), json!(small)),
        "flag" => (small.to_string(), anything(bytes, 0)?),
        _ => (text(bytes)?, anything(bytes, 1)?),
    };
    let mut filter = json!({"key": key, "value": value, "type": kind});
    if bytes.ratio(7, 8)? {
        filter["operator"] = (*bytes.choose(OPERATORS)?).into();
    }
    if bytes.ratio(1, 4)? {
        filter["negation"] = bytes.arbitrary::<bool>()?.into();
    }
    if bytes.ratio(1, 8)? {
        filter["group_type_index"] = bytes.int_in_range(-1..=5)?.into();
    }
    Ok(filter)
}

fn cohort_tree(bytes: &mut Unstructured<'_>, nesting: usize) -> Result<Value> {
    if nesting == 0 || bytes.ratio(1, 2)? {
        return filter(bytes);
    }
    let operator = if bytes.arbitrary()? { "AND" } else { "OR" };
    let values = list(bytes, |bytes| cohort_tree(bytes, nesting - 1))?;
    Ok(json!({"type": operator, "values": values}))
}

fn properties(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut properties = Map::new();
    for _ in 0..bytes.int_in_range(0..=ENTRIES_MAX)? {
        properties.insert(text(bytes)?, anything(bytes, 2)?);
    }
    Ok(properties.into())
}

/// Any JSON value, with a liking for keys that mean something.
fn anything(bytes: &mut Unstructured<'_>, nesting: usize) -> Result<Value> {
    let kinds = if nesting == 0 { 3 } else { 5 };
    Ok(match bytes.int_in_range(0..=kinds)? {
        0 => Value::Null,
        1 => bytes.arbitrary::<bool>()?.into(),
        2 => number(bytes)?,
        3 => text(bytes)?.into(),
        4 => list(bytes, |bytes| anything(bytes, nesting - 1))?,
        _ => {
            let mut fields = Map::new();
            for _ in 0..bytes.int_in_range(0..=ENTRIES_MAX)? {
                let key = *bytes.choose(KEYS)?;
                fields.insert(key.to_owned(), anything(bytes, nesting - 1)?);
            }
            fields.into()
        }
    })
}

fn list(
    bytes: &mut Unstructured<'_>,
    entry: impl Fn(&mut Unstructured<'_>) -> Result<Value>,
) -> Result<Value> {
    let mut entries = Vec::new();
    for _ in 0..bytes.int_in_range(0..=ENTRIES_MAX)? {
        entries.push(entry(bytes)?);
    }
    Ok(entries.into())
}

fn number(bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=3)? {
        0 => bytes.int_in_range(0..=100)?.into(),
        1 => bytes.arbitrary::<i64>()?.into(),
        2 => bytes.arbitrary::<f64>()?.into(),
        _ => (f64::from(bytes.int_in_range(0..=1_000)?) / 10.0).into(),
    })
}

fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    if bytes.ratio(1, 6)? {
        return bytes.arbitrary();
    }
    Ok((*bytes.choose(TEXTS)?).to_owned())
}
