//! What a file must not say although its shape is right: shares that do not add up, variants of one
//! name, flags or cohorts that need themselves. `--lenient` lets these pass with a warning, so that
//! what another system stored can be loaded as it is.

mod cycle;

use std::collections::{HashMap, HashSet};

use burgee_model::{CohortDefinition, Definitions, FlagDefinition};
use serde_json::Value;

use super::problem::Problems;
use super::resolve::{Placed, ResolvedEnvironment, ResolvedProject};

/// How far from 100 the sum of shares may be, in percent: what adding binary fractions can cost.
const SHARES_TOLERANCE: f64 = 1e-9;

/// Checks the shares and names of all variants in one environment.
pub(crate) fn check_variants(environment: &ResolvedEnvironment, findings: &Problems) {
    for flag in &environment.flags {
        let path = format!("{}.filters.multivariate.variants", flag.path);
        let variants = flag.value.filters.pointer("/multivariate/variants");
        let Some(variants) = variants.and_then(Value::as_array) else {
            continue;
        };
        // Another format than the first is not ours to judge (spec: engine §2.6).
        if is_another_format(&flag.value) || variants.is_empty() {
            continue;
        }
        let share = |variant: &Value| variant.get("rollout_percentage").and_then(Value::as_f64);
        let shares: Option<Vec<f64>> = variants.iter().map(share).collect();
        if let Some(shares) = shares {
            let sum: f64 = shares.iter().sum();
            if (sum - 100.0).abs() > SHARES_TOLERANCE {
                findings.add(&path, format!("the shares add up to {sum}, not to 100"));
            }
        }
        let mut seen = HashSet::new();
        for key in variants.iter().filter_map(|variant| variant.get("key")) {
            if !seen.insert(key.to_string()) {
                findings.add(&path, format!("two variants have the key {key}"));
            }
        }
    }
}

fn is_another_format(flag: &FlagDefinition) -> bool {
    let version = flag.filters.get("version").and_then(Value::as_f64);
    version.is_some_and(|version| (version - 1.0).abs() > f64::EPSILON)
}

/// Finds flags of one environment that depend on themselves, through others or not.
pub(crate) fn check_flag_cycles(
    environment: &ResolvedEnvironment,
    after: &Definitions,
    findings: &Problems,
) {
    let keys: HashMap<i32, &str> = after
        .flags
        .iter()
        .map(|flag| (flag.id.0, flag.key.as_str()))
        .collect();
    let edges = after
        .flags
        .iter()
        .map(|flag| (flag.id.0, dependencies(flag)));
    let places = places(&environment.flags, |flag| flag.id.0);
    for cycle in cycle::find(&edges.collect()) {
        let name = |id: &i32| {
            keys.get(id)
                .map_or_else(|| id.to_string(), |key| (*key).to_owned())
        };
        report(
            &cycle,
            &places,
            name,
            "flags depend on each other",
            findings,
        );
    }
}

/// Finds cohorts of one project that contain themselves, through others or not.
pub(crate) fn check_cohort_cycles(
    project: &ResolvedProject,
    after: &[CohortDefinition],
    findings: &Problems,
) {
    let edges = after
        .iter()
        .map(|cohort| (cohort.id.0, nested_cohorts(cohort)));
    let places = places(&project.cohorts, |cohort| cohort.id.0);
    for cycle in cycle::find(&edges.collect()) {
        let name = |id: &i32| id.to_string();
        report(
            &cycle,
            &places,
            name,
            "cohorts contain each other",
            findings,
        );
    }
}

fn places<T>(placed: &[Placed<T>], id: impl Fn(&T) -> i32) -> HashMap<i32, &str> {
    placed
        .iter()
        .map(|item| (id(&item.value), item.path.as_str()))
        .collect()
}

/// A cycle that the file has no part in was stored before and is not the file's fault.
fn report(
    cycle: &[i32],
    places: &HashMap<i32, &str>,
    name: impl Fn(&i32) -> String,
    what: &str,
    findings: &Problems,
) {
    let Some(path) = cycle.iter().find_map(|id| places.get(id)) else {
        return;
    };
    let mut names: Vec<String> = cycle.iter().map(&name).collect();
    names.extend(cycle.first().map(&name));
    findings.add(path, format!("{what}: {}", names.join(" → ")));
}

/// Ids that the flag's conditions name, as evaluation reads them (spec: engine §7.1).
fn dependencies(flag: &FlagDefinition) -> Vec<i32> {
    let mut ids = Vec::new();
    let conditions = flag.filters.get("groups").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten() {
        let properties = condition.get("properties").and_then(Value::as_array);
        for property in properties.into_iter().flatten() {
            if property.get("type").and_then(Value::as_str) == Some("flag") {
                let key = property.get("key").and_then(Value::as_str);
                ids.extend(key.and_then(|key| key.parse::<i32>().ok()));
            }
        }
    }
    ids
}

/// Ids of the cohorts that a rule names at any depth. A static cohort has no rule.
fn nested_cohorts(cohort: &CohortDefinition) -> Vec<i32> {
    let mut ids = Vec::new();
    if cohort.is_static {
        return ids;
    }
    let mut rest = vec![&cohort.filters, &cohort.groups];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => {
                if fields.get("type").and_then(Value::as_str) == Some("cohort") {
                    let id = fields.get("value").and_then(Value::as_i64);
                    ids.extend(id.and_then(|id| i32::try_from(id).ok()));
                }
                rest.extend(
                    fields
                        .values()
                        .filter(|value| value.is_object() || value.is_array()),
                );
            }
            _ => {}
        }
    }
    ids
}
