//! Groups and whose percentage a condition is (spec: engine §2.3, §8).

use serde_json::{Value, json};

use super::situation::{Situation, flag, person};

fn situation(filters: Value) -> Situation {
    Situation::of(json!({
        "flags": [flag(1, "org-dashboard", filters)],
        "group_types": ["organization", "project"],
    }))
}

fn ask(situation: &Situation) -> String {
    situation.ask("org-dashboard")
}

const ON: &str = "true condition_match@0";
const OUT: &str = "false out_of_rollout_bound@0";
const NO_GROUP: &str = "false no_group_type@0";

#[test]
fn a_key_is_usable_when_it_is_a_text_or_a_number() {
    let cases = [
        (json!("acme"), ON),
        (json!(0), ON),
        (json!(-1.5), ON),
        (json!(""), NO_GROUP),
        (json!(true), NO_GROUP),
        (json!(null), NO_GROUP),
        (json!(["acme"]), NO_GROUP),
        (json!({"id": "acme"}), NO_GROUP),
    ];
    for (key, expected) in cases {
        let filters = json!({"aggregation_group_type_index": 0, "groups": [{}]});
        let situation = situation(filters).group("organization", key.clone(), json!({}));
        assert_eq!(ask(&situation), expected, "{key}");
    }
}

#[test]
fn a_number_is_hashed_as_it_is_written() {
    // 42 is at 0.5997, 42.0 at 0.5579.
    for (key, expected) in [
        (json!(42), OUT),
        (json!(42.0), ON),
        (json!("42"), OUT),
        (json!("42.0"), ON),
    ] {
        let filters = json!({
            "aggregation_group_type_index": 0, "groups": [{"rollout_percentage": 58}],
        });
        let situation = situation(filters).group("organization", key.clone(), json!({}));
        assert_eq!(ask(&situation), expected, "{key}");
    }
}

#[test]
fn the_three_states_of_a_condition_s_aggregation() {
    // org-9 is at 0.5753; the person `42` at 0.5997.
    let cases = [
        // flag, condition, expected at 58 %
        (json!(0), None, ON),
        (json!(0), Some(json!(null)), OUT),
        (json!(0), Some(json!(0)), ON),
        (json!(null), None, OUT),
        (json!(null), Some(json!(null)), OUT),
        (json!(null), Some(json!(0)), ON),
        (json!(1), Some(json!(0)), ON),
        (json!(0), Some(json!(1)), NO_GROUP),
        (json!(null), Some(json!(1)), NO_GROUP),
    ];
    for (of_flag, of_condition, expected) in cases {
        let mut condition = json!({"rollout_percentage": 58});
        if let Some(aggregation) = &of_condition {
            condition["aggregation_group_type_index"] = aggregation.clone();
        }
        let filters = json!({"aggregation_group_type_index": of_flag, "groups": [condition]});
        let situation =
            situation(filters)
                .distinct_id("42")
                .group("organization", json!("org-9"), json!({}));
        assert_eq!(ask(&situation), expected, "{of_flag} {of_condition:?}");
    }
}

#[test]
fn a_condition_without_its_group_is_skipped_and_others_go_on() {
    let filters = json!({"groups": [{"aggregation_group_type_index": 0}, {}]});
    assert_eq!(ask(&situation(filters)), "true condition_match@1");
    let filters = json!({"groups": [{"aggregation_group_type_index": 0}, {"aggregation_group_type_index": 1}]});
    assert_eq!(ask(&situation(filters)), "false no_group_type@1");
}

#[test]
fn an_unknown_group_type_is_ignored_on_either_side() {
    let filters = || json!({"aggregation_group_type_index": 0, "groups": [{}]});
    let unnamed = situation(filters()).group("galaxy", json!("milky way"), json!({}));
    assert_eq!(ask(&unnamed), NO_GROUP);
    let unknown = json!({"aggregation_group_type_index": 9, "groups": [{}]});
    let situation = situation(unknown).group("organization", json!("acme"), json!({}));
    assert_eq!(ask(&situation), NO_GROUP);
}

#[test]
fn one_condition_may_ask_the_person_and_groups() {
    let tier = |index: Value| {
        json!({
            "key": "tier", "type": "group", "operator": "exact", "value": "gold",
            "group_type_index": index,
        })
    };
    let filters = json!({
        "aggregation_group_type_index": 0,
        "groups": [{"properties": [person("plan", "exact", json!("pro")), tier(json!(null)), tier(json!(1))]}],
    });
    let ask = |plan: &str, organization: &str, project: &str| {
        situation(filters.clone())
            .person(json!({"plan": plan, "tier": "gold"}))
            .group("organization", json!("acme"), json!({"tier": organization}))
            .group("project", json!("rocket"), json!({"tier": project}))
            .ask("org-dashboard")
    };
    assert_eq!(ask("pro", "gold", "gold"), ON);
    assert_eq!(ask("free", "gold", "gold"), "false no_condition_match@0");
    assert_eq!(ask("pro", "iron", "gold"), "false no_condition_match@0");
    assert_eq!(ask("pro", "gold", "iron"), "false no_condition_match@0");
}

#[test]
fn a_group_filter_on_a_person_s_percentage_reads_the_group_it_names() {
    let filters = json!({"groups": [{"properties": [{
        "key": "tier", "type": "group", "value": "gold", "group_type_index": 0,
    }]}]});
    let situation =
        situation(filters).group("organization", json!("acme"), json!({"tier": "gold"}));
    assert_eq!(ask(&situation), ON);
}

#[test]
fn the_group_s_key_is_a_property_that_the_caller_cannot_replace() {
    let filters = |value: Value| {
        json!({"aggregation_group_type_index": 0, "groups": [{"properties": [
            {"key": "$group_key", "type": "group", "value": value},
        ]}]})
    };
    let ask = |value: Value, key: Value| {
        situation(filters(value))
            .group("organization", key, json!({"$group_key": "forged"}))
            .ask("org-dashboard")
    };
    assert_eq!(ask(json!("acme"), json!("acme")), ON);
    assert_eq!(
        ask(json!("forged"), json!("acme")),
        "false no_condition_match@0"
    );
    assert_eq!(ask(json!("5"), json!(5)), ON, "with the type that it has");
    assert_eq!(ask(json!("5"), json!(5.0)), "false no_condition_match@0");
}

#[test]
fn a_group_without_a_stored_row_has_no_properties() {
    let filters = json!({"aggregation_group_type_index": 0, "groups": [{"properties": [
        {"key": "tier", "type": "group", "operator": "is_not", "value": "gold"},
    ]}]});
    let situation = situation(filters)
        .group("organization", json!("acme"), json!({}))
        .no_stored_person();
    assert_eq!(ask(&situation), ON);
}
