//! What an answer rests on: everybody's, by targeting, by percentage, or for want of a match.

use burgee_eval::Basis::{self, Everybody, Fallback, Percentage, Targeting};
use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person};

fn check(filters: Value, expected: Basis) {
    let situation = Situation::of(json!({
        "flags": [
            flag(1, "asked", filters.clone()),
            flag(2, "other", json!({"groups": [{}]})),
        ],
        "cohorts": [{"id": 5, "filters": {"properties": {"type": "AND", "values": [
            {"type": "person", "key": "plan", "value": "pro", "operator": "exact"},
        ]}}}],
        "group_types": ["organization"],
    }));
    let situation = situation
        .person(json!({"plan": "pro", "$feature_enrollment/asked": true}))
        .group("organization", json!("acme"), json!({}));
    assert_eq!(situation.basis("asked"), Some(expected), "{filters}");
}

fn pro() -> Value {
    json!({"properties": [person("plan", "exact", json!("pro"))]})
}

fn free() -> Value {
    json!({"properties": [person("plan", "exact", json!("free"))]})
}

fn variants(shares: &[(&str, u32)]) -> Value {
    let variants: Vec<Value> = shares
        .iter()
        .map(|(key, share)| json!({"key": key, "rollout_percentage": share}))
        .collect();
    json!({"variants": variants})
}

#[test]
fn an_answer_is_everybodys_if_nothing_about_the_subject_could_change_it() {
    check(json!({"groups": [{}]}), Everybody);
    check(json!({"groups": [{"rollout_percentage": 100}]}), Everybody);
    check(json!({"groups": [{}, pro()]}), Everybody);
    let sure = variants(&[("a", 100)]);
    check(json!({"groups": [{}], "multivariate": sure}), Everybody);
    let halves = variants(&[("a", 50), ("b", 50)]);
    let pinned = json!({"groups": [{"variant": "b"}], "multivariate": halves});
    check(pinned, Everybody);
}

#[test]
fn an_answer_is_by_targeting_if_the_subject_could_have_missed_it() {
    check(json!({"groups": [pro()]}), Targeting);
    check(json!({"groups": [free(), {}]}), Targeting);
    check(
        json!({"groups": [{"properties": [cohort(5, "in")]}]}),
        Targeting,
    );
    let dependent = json!({"properties": [evaluates_to(2, json!(true))]});
    check(json!({"groups": [dependent]}), Targeting);
    check(
        json!({"groups": [{}], "aggregation_group_type_index": 0}),
        Targeting,
    );
    check(json!({"groups": [], "feature_enrollment": true}), Targeting);
    let unheld = json!({"id": 3, "exclusion_percentage": 0});
    check(json!({"groups": [{}], "holdout": unheld}), Targeting);
}

#[test]
fn an_answer_is_by_percentage_if_a_hash_had_its_say() {
    check(
        json!({"groups": [{"rollout_percentage": 99.99}]}),
        Percentage,
    );
    check(json!({"groups": [{"rollout_percentage": 0}]}), Percentage);
    let mut condition = pro();
    condition["rollout_percentage"] = json!(99.99);
    check(json!({"groups": [condition]}), Percentage);
    let halves = variants(&[("a", 50), ("b", 50)]);
    check(
        json!({"groups": [pro()], "multivariate": halves}),
        Percentage,
    );
    let held = json!({"id": 3, "exclusion_percentage": 100});
    check(json!({"groups": [{}], "holdout": held}), Percentage);
}

#[test]
fn an_answer_is_a_fallback_if_no_condition_was_for_the_subject() {
    check(json!({"groups": [free()]}), Fallback);
    check(json!({"groups": []}), Fallback);
    let group = json!({"aggregation_group_type_index": 1});
    check(json!({"groups": [group]}), Fallback);
    let missing = json!({"properties": [evaluates_to(99, json!(true))]});
    check(json!({"groups": [missing]}), Fallback);
}
