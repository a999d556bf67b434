//! Which reason is told when nothing matches, and early exit (spec: engine §3.4, §3.6).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, flag, person};

/// A condition that targets nobody here, one whose percentage misses, one for groups.
fn target_miss() -> Value {
    json!({"properties": [person("plan", "exact", json!("pro"))]})
}

fn rollout_miss() -> Value {
    json!({"rollout_percentage": 0})
}

fn group() -> Value {
    json!({"aggregation_group_type_index": 0})
}

fn behavioural_cohort_miss() -> Value {
    json!({"properties": [cohort(5, "in")]})
}

fn ask(conditions: Value, early_exit: bool) -> String {
    Situation::of(json!({
        "flags": [flag(1, "any", json!({"groups": conditions, "early_exit": early_exit}))],
        "cohorts": [{"id": 5, "filters": {"properties": {"type": "AND", "values": [
            {"type": "behavioral", "key": "$pageview", "value": "performed_event"},
        ]}}}],
        "group_types": ["organization"],
    }))
    .ask("any")
}

#[test]
fn the_highest_score_is_told_and_among_equals_the_last() {
    let cases = [
        (
            json!([target_miss(), target_miss()]),
            "false no_condition_match@1",
        ),
        (
            json!([rollout_miss(), target_miss()]),
            "false out_of_rollout_bound@0",
        ),
        (
            json!([target_miss(), rollout_miss()]),
            "false out_of_rollout_bound@1",
        ),
        (
            json!([rollout_miss(), rollout_miss()]),
            "false out_of_rollout_bound@1",
        ),
        (
            json!([target_miss(), group()]),
            "false no_condition_match@0 (groups)",
        ),
        (
            json!([group(), target_miss()]),
            "false no_condition_match@1 (groups)",
        ),
        (
            json!([group(), rollout_miss()]),
            "false out_of_rollout_bound@1",
        ),
        (json!([group(), group()]), "false no_group_type@1"),
        (
            json!([behavioural_cohort_miss()]),
            "false no_condition_match@0 (cohort)",
        ),
        (
            json!([behavioural_cohort_miss(), target_miss()]),
            "false no_condition_match@1 (cohort)",
        ),
        (
            json!([group(), behavioural_cohort_miss(), group()]),
            "false no_condition_match@1 (cohort)",
        ),
        (
            json!([behavioural_cohort_miss(), rollout_miss()]),
            "false out_of_rollout_bound@1",
        ),
    ];
    for (conditions, expected) in cases {
        assert_eq!(ask(conditions.clone(), false), expected, "{conditions}");
    }
}

#[test]
fn a_flag_without_conditions_tells_of_no_group_type() {
    assert_eq!(ask(json!([]), false), "false no_group_type@-");
    assert_eq!(ask(json!(null), false), "false no_group_type@-");
    let situation = Situation::flags(json!([flag(1, "any", json!({}))]));
    assert_eq!(situation.ask("any"), "false no_group_type@-");
}

#[test]
fn early_exit_ends_at_the_first_missed_percentage_and_at_nothing_else() {
    let cases = [
        (json!([rollout_miss(), {}]), "false out_of_rollout_bound@0"),
        (json!([target_miss(), {}]), "true condition_match@1"),
        (json!([group(), {}]), "true condition_match@1"),
        (
            json!([target_miss(), rollout_miss(), {}]),
            "false out_of_rollout_bound@1",
        ),
        (
            json!([
                {"properties": [person("plan", "exact", json!("pro"))], "rollout_percentage": 0},
                {},
            ]),
            "true condition_match@1",
        ),
    ];
    for (conditions, expected) in cases {
        assert_eq!(ask(conditions.clone(), true), expected, "{conditions}");
    }
}

#[test]
fn the_first_condition_that_matches_decides_in_stored_order() {
    let pinned = |variant: &str| json!({"variant": variant});
    let situation = Situation::flags(json!([flag(
        1,
        "any",
        json!({
            "groups": [{}, pinned("b")],
            "multivariate": {"variants": [
                {"key": "a", "rollout_percentage": 100}, {"key": "b", "rollout_percentage": 0},
            ]},
        })
    )]));
    assert_eq!(
        situation.ask("any"),
        "a condition_match@0",
        "pinned variants are not sorted first"
    );
}

#[test]
fn negation_on_a_flag_s_own_filter_is_ignored() {
    let mut filter = person("plan", "exact", json!("pro"));
    filter["negation"] = json!(true);
    let situation = Situation::flags(json!([flag(
        1,
        "any",
        json!({
            "groups": [{"properties": [filter]}],
        })
    )]));
    assert_eq!(
        situation.person(json!({"plan": "pro"})).ask("any"),
        "true condition_match@0"
    );
}
