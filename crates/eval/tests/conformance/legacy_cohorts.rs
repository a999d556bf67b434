//! The older form of a cohort's definition, `groups` (spec: engine §6.4).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, flag};

fn ask(groups: Value, properties: Value) -> String {
    let filters = json!({"groups": [{"properties": [cohort(5, "in")]}]});
    Situation::of(json!({
        "flags": [flag(1, "any", filters)],
        "cohorts": [{"id": 5, "groups": groups}],
    }))
    .person(properties)
    .ask("any")
}

const MEMBER: &str = "true condition_match@0";
const OTHER: &str = "false no_condition_match@0";
/// There is something that is not evaluated here.
const PARTLY: &str = "false no_condition_match@0 (cohort)";

#[test]
fn entries_are_alternatives_and_their_properties_are_all_required() {
    let groups = json!([
        {"properties": [
            {"key": "plan", "value": "pro", "type": "person"},
            {"key": "age", "value": 18, "operator": "gte", "type": "person"},
        ]},
        {"properties": [{"key": "vip", "value": "yes", "type": "person"}]},
    ]);
    assert_eq!(
        ask(groups.clone(), json!({"plan": "pro", "age": 20})),
        MEMBER
    );
    assert_eq!(ask(groups.clone(), json!({"plan": "pro", "age": 2})), OTHER);
    assert_eq!(ask(groups, json!({"vip": "yes"})), MEMBER);
}

#[test]
fn an_item_without_a_type_or_of_type_event_is_about_the_person() {
    for kind in [json!(null), json!("event"), json!("person")] {
        let groups = json!([{"properties": [{"key": "plan", "value": "pro", "type": kind}]}]);
        assert_eq!(ask(groups, json!({"plan": "pro"})), MEMBER, "{kind}");
    }
    let groups = json!([{"properties": [{"key": "plan", "value": "pro"}]}]);
    assert_eq!(ask(groups, json!({"plan": "pro"})), MEMBER);
}

#[test]
fn an_object_with_type_and_values_is_a_group() {
    let groups = json!([{"properties": {"type": "OR", "values": [
        {"key": "plan", "value": "pro", "type": "person"},
        {"key": "plan", "value": "team", "type": "person"},
    ]}}]);
    assert_eq!(ask(groups.clone(), json!({"plan": "team"})), MEMBER);
    assert_eq!(ask(groups, json!({"plan": "free"})), OTHER);
}

#[test]
fn an_object_with_neither_is_pairs_of_names_and_values() {
    let groups = json!([{"properties": {"plan": "pro", "country": ["DE", "AT"]}}]);
    assert_eq!(
        ask(groups.clone(), json!({"plan": "pro", "country": "at"})),
        MEMBER
    );
    assert_eq!(ask(groups, json!({"plan": "pro"})), OTHER);
    let counted = json!([{"properties": {"plan": "pro"}, "action_id": 3}]);
    assert_eq!(
        ask(counted, json!({"plan": "pro"})),
        MEMBER,
        "properties go before events"
    );
}

#[test]
fn what_cannot_be_converted_has_no_members() {
    let entries = [
        json!({"properties": {"type": "OR"}}),
        json!({"properties": {"values": [{"key": "plan", "value": "pro", "type": "person"}]}}),
        json!({"properties": "plan"}),
        json!({"properties": []}),
        json!({"properties": {}}),
        json!({"action_id": 7, "days": 30}),
        json!({"event_id": "$pageview", "days": 30}),
        json!({"name": "nothing"}),
        json!("nothing"),
    ];
    for entry in entries {
        let groups = json!([entry]);
        assert_eq!(
            ask(groups.clone(), json!({"plan": "pro"})),
            PARTLY,
            "{groups}"
        );
        let alternative = json!([entry, {"properties": {"plan": "pro"}}]);
        assert_eq!(ask(alternative, json!({"plan": "pro"})), MEMBER, "{groups}");
    }
}

#[test]
fn an_empty_or_odd_list_is_no_definition() {
    for groups in [
        json!([]),
        json!({}),
        json!(null),
        json!({"properties": {"plan": "pro"}}),
    ] {
        assert_eq!(
            ask(groups.clone(), json!({"plan": "pro"})),
            OTHER,
            "{groups}"
        );
    }
}

#[test]
fn an_item_that_cannot_be_read_fails_the_flag() {
    let groups = json!([{"properties": [{"value": "pro", "type": "person"}]}]);
    assert_eq!(
        ask(groups, json!({"plan": "pro"})),
        "failed cohort_filters_parsing_error"
    );
}

#[test]
fn filters_go_before_groups() {
    let filters = json!({"groups": [{"properties": [cohort(5, "in")]}]});
    let situation = Situation::of(json!({
        "flags": [flag(1, "any", filters)],
        "cohorts": [{
            "id": 5,
            "filters": {"properties": {"type": "OR", "values": []}},
            "groups": [{"properties": {"plan": "pro"}}],
        }],
    }));
    assert_eq!(situation.person(json!({"plan": "pro"})).ask("any"), OTHER);
}
