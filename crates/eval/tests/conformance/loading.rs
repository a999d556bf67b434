//! When a store has to be asked, and for what (spec: engine §5.3, §5.6).

use burgee_model::{GroupRef, GroupTypeIndex};
use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person, with};

fn situation(filters: Value) -> Situation {
    Situation::of(json!({
        "flags": [flag(1, "any", filters)],
        "cohorts": [{"id": 5, "is_static": true}],
        "group_types": ["organization", "project"],
    }))
}

fn plan_condition(percentage: Value) -> Value {
    json!({
        "properties": [person("plan", "exact", json!("pro"))], "rollout_percentage": percentage,
    })
}

fn group_filter(key: &str, index: i32) -> Value {
    json!({"key": key, "type": "group", "value": "gold", "group_type_index": index})
}

fn group(index: i32, key: &str) -> GroupRef {
    GroupRef {
        index: GroupTypeIndex(index),
        key: key.to_owned(),
    }
}

#[test]
fn no_store_is_asked_when_the_request_brings_every_property_that_is_read() {
    let filters = json!({"groups": [
        {"properties": [
            person("plan", "exact", json!("pro")),
            person("distinct_id", "is_not", json!("root")),
            {"key": "tier", "type": "group", "value": "gold", "group_type_index": 0},
            {"key": "$group_key", "type": "group", "value": "acme", "group_type_index": 0},
        ]},
        {"rollout_percentage": 50},
    ]});
    let brings_all = situation(filters.clone())
        .person(json!({"plan": null}))
        .group("organization", json!("acme"), json!({"tier": "gold"}));
    assert!(brings_all.needs().is_empty());
    let lacks_plan =
        situation(filters).group("organization", json!("acme"), json!({"tier": "gold"}));
    assert!(lacks_plan.needs().subject);
}

#[test]
fn flags_without_filters_need_nothing() {
    let filters = json!({"groups": [{"rollout_percentage": 30}], "holdout": {"id": 1, "exclusion_percentage": 5}});
    assert!(situation(filters).needs().is_empty());
}

#[test]
fn a_condition_at_0_percent_asks_for_nothing() {
    let cases = [
        (json!(0), false),
        (json!(-1), false),
        (json!(0.1), true),
        (json!(null), true),
    ];
    for (percentage, expected) in cases {
        let needs = situation(json!({"groups": [plan_condition(percentage.clone())]})).needs();
        assert_eq!(needs.subject, expected, "{percentage}");
        let cohorts = json!([{"properties": [cohort(5, "in")], "rollout_percentage": percentage}]);
        let needs = situation(json!({"groups": cohorts})).needs();
        assert_eq!(needs.subject, expected, "{percentage}, cohort");
    }
}

#[test]
fn a_cohort_always_asks_since_members_may_be_listed() {
    let needs = situation(json!({"groups": [{"properties": [cohort(5, "not_in")]}]})).needs();
    assert!(needs.subject);
    assert!(needs.groups.is_empty());
}

#[test]
fn an_early_access_choice_asks_unless_it_is_brought() {
    let filters = json!({"feature_enrollment": true, "groups": []});
    assert!(situation(filters.clone()).needs().subject);
    let brought = situation(filters).person(json!({"$feature_enrollment/any": false}));
    assert!(brought.needs().is_empty());
}

#[test]
fn a_derived_property_asks_since_the_store_may_have_its_own() {
    let filters =
        json!({"groups": [{"properties": [person("$initial_os", "is_set", json!(null))]}]});
    assert!(
        situation(filters)
            .person(json!({"$os": "iOS"}))
            .needs()
            .subject
    );
}

#[test]
fn each_group_is_asked_for_by_its_own_key() {
    let filters = json!({"groups": [
        {"properties": [group_filter("tier", 1), group_filter("tier", 0), group_filter("size", 0)]},
    ]});
    let situation = situation(filters)
        .group("project", json!(7), json!({}))
        .group("organization", json!("acme"), json!({"size": 3}));
    let needs = situation.needs();
    assert!(needs.subject);
    assert_eq!(needs.groups, [group(1, "7"), group(0, "acme")]);
}

#[test]
fn stored_properties_go_to_the_group_they_belong_to() {
    let filters = json!({"groups": [{"properties": [
        {"key": "tier", "type": "group", "value": "gold", "group_type_index": 0},
        {"key": "tier", "type": "group", "value": "iron", "group_type_index": 1},
    ]}]});
    let asked = || {
        situation(filters.clone())
            .group("organization", json!("same"), json!({}))
            .group("project", json!("same"), json!({}))
    };
    let right = asked()
        .stored_group(1, "same", json!({"tier": "iron"}))
        .stored_group(0, "same", json!({"tier": "gold"}));
    assert_eq!(right.ask("any"), "true condition_match@0");
    let wrong = asked()
        .stored_group(0, "same", json!({"tier": "iron"}))
        .stored_group(1, "same", json!({"tier": "gold"}));
    assert_eq!(wrong.ask("any"), "false no_condition_match@0");
    let other_key = asked()
        .stored_group(1, "other", json!({"tier": "iron"}))
        .stored_group(0, "same", json!({"tier": "gold"}));
    assert_eq!(other_key.ask("any"), "false no_condition_match@0");
}

#[test]
fn a_group_that_cannot_be_served_is_not_asked_for() {
    let filter = |index: i32| json!({"groups": [{"properties": [group_filter("tier", index)]}]});
    assert!(
        situation(filter(0)).needs().is_empty(),
        "no such group in the request"
    );
    let unusable = situation(filter(0)).group("organization", json!(""), json!({}));
    assert!(unusable.needs().is_empty());
    let unknown = situation(filter(9)).group("organization", json!("acme"), json!({}));
    assert!(unknown.needs().is_empty());
    let unindexed =
        json!({"groups": [{"properties": [{"key": "tier", "type": "group", "value": 1}]}]});
    let situation = situation(unindexed).group("organization", json!("acme"), json!({}));
    assert!(situation.needs().is_empty());
}

#[test]
fn only_the_flags_that_are_asked_for_count() {
    let reads = json!({"groups": [plan_condition(json!(100))]});
    let depends = json!({"groups": [{"properties": [evaluates_to(1, json!(true))]}]});
    let flags = json!([
        flag(1, "reads", reads.clone()),
        flag(2, "depends", depends),
        flag(3, "plain", json!({"groups": [{}]})),
        with(flag(4, "inactive", reads), json!({"active": false})),
    ]);
    let subject = |keys| Situation::flags(flags.clone()).keys(keys).needs().subject;
    assert!(subject(&["reads"]));
    assert!(subject(&["depends"]), "what it depends on counts");
    assert!(!subject(&["plain"]));
    assert!(!subject(&["plain", "inactive"]));
}

#[test]
fn one_fetch_serves_many_flags() {
    let flags: Vec<Value> = (1..=50)
        .map(|id| {
            flag(
                id,
                &format!("flag-{id}"),
                json!({"groups": [plan_condition(json!(100))]}),
            )
        })
        .collect();
    let situation = Situation::flags(json!(flags)).stored_person(json!({"plan": "pro"}), &[]);
    let answers = situation.answers();
    assert_eq!(answers.len(), 50);
    assert!(
        answers
            .values()
            .all(|answer| answer == "true condition_match@0")
    );
}
