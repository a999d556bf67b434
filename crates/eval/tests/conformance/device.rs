//! Flags that are bucketed by device (spec: engine §1.4, §1.6).

use serde_json::{Value, json};

use super::situation::{Situation, flag, person, with};

fn situation(filters: Value) -> Situation {
    let flag = flag(1, "my-flag", filters);
    Situation::of(json!({
        "flags": [with(flag, json!({"bucketing_identifier": "device_id"}))],
        "group_types": ["organization"],
    }))
}

fn halves() -> Value {
    json!({"variants": [
        {"key": "control", "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]})
}

#[test]
fn the_device_is_hashed_and_not_the_person() {
    // 0.8329 by device, 0.9397 by person.
    let filters = json!({"groups": [{"rollout_percentage": 90}]});
    let by_device = situation(filters.clone())
        .distinct_id("user@example.com")
        .device_id("device_xyz789");
    assert_eq!(by_device.ask("my-flag"), "true condition_match@0");
    let by_person = Situation::flags(json!([flag(1, "my-flag", filters)]))
        .distinct_id("user@example.com")
        .device_id("device_xyz789");
    assert_eq!(by_person.ask("my-flag"), "false out_of_rollout_bound@0");
}

#[test]
fn an_unknown_bucketing_identifier_is_the_distinct_id() {
    for name in [json!(null), json!(""), json!("Device_Id"), json!("email")] {
        let filters = json!({"groups": [{"rollout_percentage": 90}]});
        let flag = with(
            flag(1, "my-flag", filters),
            json!({"bucketing_identifier": name}),
        );
        let situation = Situation::flags(json!([flag]))
            .distinct_id("user@example.com")
            .device_id("device_xyz789");
        assert_eq!(
            situation.ask("my-flag"),
            "false out_of_rollout_bound@0",
            "{name}"
        );
    }
}

#[test]
fn without_a_device_a_condition_is_withheld_where_the_hash_could_matter() {
    let one = json!({"variants": [{"key": "only", "rollout_percentage": 100}]});
    let none = json!({"variants": [{"key": "a", "rollout_percentage": 0}]});
    let second = json!({"variants": [
        {"key": "a", "rollout_percentage": 0}, {"key": "b", "rollout_percentage": 100},
    ]});
    let cases = [
        (
            json!({"groups": [{"rollout_percentage": 99}]}),
            "false out_of_rollout_bound@0",
        ),
        (
            json!({"groups": [{"rollout_percentage": 0}]}),
            "false out_of_rollout_bound@0",
        ),
        (
            json!({"groups": [{"rollout_percentage": 100}]}),
            "true condition_match@0",
        ),
        (json!({"groups": [{}]}), "true condition_match@0"),
        (
            json!({"groups": [{}], "multivariate": halves()}),
            "false out_of_rollout_bound@0",
        ),
        (
            json!({"groups": [{"variant": "test"}], "multivariate": halves()}),
            "test condition_match@0",
        ),
        (
            json!({"groups": [{"variant": "wide"}], "multivariate": halves()}),
            "false out_of_rollout_bound@0",
        ),
        (
            json!({"groups": [{}], "multivariate": one}),
            "only condition_match@0",
        ),
        (
            json!({"groups": [{}], "multivariate": none}),
            "true condition_match@0",
        ),
        (
            json!({"groups": [{}], "multivariate": second}),
            "b condition_match@0",
        ),
        (
            json!({"groups": [{"rollout_percentage": 50, "variant": "test"}], "multivariate": halves()}),
            "false out_of_rollout_bound@0",
        ),
    ];
    for (filters, expected) in cases {
        assert_eq!(
            situation(filters.clone()).ask("my-flag"),
            expected,
            "{filters}"
        );
    }
}

#[test]
fn a_withheld_condition_does_not_exit_early() {
    let filters = json!({"groups": [{"rollout_percentage": 50}, {}], "early_exit": true});
    assert_eq!(situation(filters).ask("my-flag"), "true condition_match@1");
}

#[test]
fn a_withheld_condition_is_noted_before_its_filters_are_looked_at() {
    let filters = json!({"groups": [
        {"rollout_percentage": 50, "properties": [person("plan", "exact", json!("pro"))]},
    ]});
    assert_eq!(
        situation(filters).ask("my-flag"),
        "false out_of_rollout_bound@0"
    );
}

#[test]
fn group_conditions_of_a_device_flag_need_no_device() {
    let filters = json!({"groups": [
        {"aggregation_group_type_index": 0, "rollout_percentage": 100},
    ]});
    let situation = situation(filters).group("organization", json!("acme"), json!({}));
    assert_eq!(situation.ask("my-flag"), "true condition_match@0");
}

#[test]
fn without_a_device_the_holdout_goes_by_the_distinct_id() {
    let filters = json!({
        "groups": [{"rollout_percentage": 50}],
        "holdout": {"id": 7, "exclusion_percentage": 10},
    });
    let held_out = situation(filters.clone()).distinct_id("user-31");
    assert_eq!(
        held_out.ask("my-flag"),
        "holdout-7 holdout_condition_value@-"
    );
    let by_device = situation(filters)
        .distinct_id("user-31")
        .device_id("user-77");
    assert_ne!(
        by_device.ask("my-flag"),
        "holdout-7 holdout_condition_value@-"
    );
}
