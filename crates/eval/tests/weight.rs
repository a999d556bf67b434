//! What a compiled project weighs: many of them are kept in memory at once.

#![cfg(test)]

use allocation_counter::measure;
use burgee_eval::{Snapshot, compile};
use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, FlagDefinition, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use serde_json::{Value, json};

const FLAGS: usize = 50;
/// With 10,000 projects of 50 flags, 275 MB.
const BYTES_PER_FLAG_MAX: usize = 550;

/// Flags as projects have them: two or three conditions with four filters in all, a third with
/// variants, one filter in twelve a pattern, few property names and many values.
fn typical() -> Definitions {
    let cohorts = (1..=3).map(|id| -> CohortDefinition {
        let leaf = |at| filter(usize::try_from(id).unwrap() * 7 + at);
        let tree = json!({"type": "AND", "values": [leaf(0), leaf(1), leaf(2)]});
        serde_json::from_value(json!({"id": id, "filters": {"properties": tree}})).unwrap()
    });
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token: ProjectToken::parse("phc_weight").unwrap(),
        revision: Revision(1),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
        hold_polls_seconds: 0,
        flags: (0..FLAGS).map(flag).collect(),
        cohorts: cohorts.collect(),
        group_types: Vec::new(),
    }
}

fn flag(at: usize) -> FlagDefinition {
    let conditions = 2 + at % 2;
    let percentages = [100, 100, 50, 10];
    let groups: Vec<Value> = (0..conditions)
        .map(|condition| {
            let filters = if condition == 0 { 2 } else { 1 + at % 2 };
            let filters = (0..filters).map(|it| filter(at * 5 + condition * 2 + it));
            json!({
                "properties": filters.collect::<Vec<_>>(),
                "rollout_percentage": percentages[(at + condition) % percentages.len()],
            })
        })
        .collect();
    let multivariate = (at % 20 < 7).then(|| {
        json!({"variants": [
            {"key": "control", "rollout_percentage": 50},
            {"key": "new-layout", "rollout_percentage": 50},
        ]})
    });
    let payloads = at
        .is_multiple_of(5)
        .then(|| json!({"true": "{\"color\":\"blue\",\"limit\":10}"}));
    let flag = json!({
        "id": at, "key": format!("checkout-experiment-{at:03}"), "active": true,
        "filters": {"groups": groups, "multivariate": multivariate, "payloads": payloads},
    });
    serde_json::from_value(flag).unwrap()
}

fn filter(at: usize) -> Value {
    let key = [
        "email",
        "plan",
        "country",
        "role",
        "$browser",
        "$os",
        "company",
        "language",
        "city",
        "app_version",
        "signed_up_at",
        "seats",
    ][at % 12];
    let (operator, value) = match at % 12 {
        0 => ("regex", json!(format!("^[a-z]+{at}@example\\.com$"))),
        4 => ("icontains", json!(format!("value-{at}"))),
        9 => ("semver_gte", json!(format!("4.{at}"))),
        10 => ("is_date_after", json!("2025-01-01")),
        11 => ("gt", json!(at)),
        5 => return json!({"key": "id", "type": "cohort", "operator": "in", "value": 1 + at % 3}),
        _ => (
            "exact",
            json!([format!("value-{at}"), format!("other-{at}")]),
        ),
    };
    json!({"key": key, "type": "person", "operator": operator, "value": value})
}

#[test]
fn a_typical_flag_stays_within_its_budget_and_the_estimate_is_near_the_truth() {
    let definitions = typical();
    let mut compiled: Option<Snapshot> = None;
    let held = measure(|| compiled = Some(compile(&definitions).0)).bytes_current;
    let held = usize::try_from(held).unwrap();
    let estimate = compiled.unwrap().weight_bytes();
    println!(
        "{} bytes a flag on the heap, {} estimated",
        held / FLAGS,
        estimate / FLAGS
    );
    assert!(held / FLAGS <= BYTES_PER_FLAG_MAX);
    assert!(estimate.abs_diff(held) * 5 < held, "within a fifth");
}
