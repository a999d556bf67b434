//! Each rule of the document, and each trap that an SDK falls into.

mod laws;

use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, FlagDefinition, GroupType, GroupTypeIndex,
    ProjectId, ProjectToken, PropertyMatching, Revision,
};
use serde_json::{Value, json};

use super::definitions_json;

/// An environment with these flags and cohorts. A flag without an id takes its position from 1.
fn definitions(flags: &[Value], cohorts: &[Value]) -> Definitions {
    let flag = |(flag, position): (&Value, usize)| -> FlagDefinition {
        let mut whole = json!({"id": position, "active": true, "filters": {}});
        for (key, value) in flag.as_object().unwrap() {
            whole[key] = value.clone();
        }
        serde_json::from_value(whole).unwrap()
    };
    let cohort =
        |cohort: &Value| -> CohortDefinition { serde_json::from_value(cohort.clone()).unwrap() };
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(3),
        token: ProjectToken::parse("phc_test").unwrap(),
        revision: Revision(1),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
        hold_polls_seconds: 0,
        flags: flags.iter().zip(1..).map(flag).collect(),
        cohorts: cohorts.iter().map(cohort).collect(),
        group_types: Vec::new(),
    }
}

fn document(flags: &[Value], cohorts: &[Value]) -> Value {
    serde_json::from_slice(&definitions_json(&definitions(flags, cohorts))).unwrap()
}

/// The first condition's properties of a flag that stores these.
fn properties(stored: &Value, cohorts: &[Value]) -> Value {
    let flag = json!({"key": "f", "filters": {"groups": [{"properties": stored}]}});
    document(&[flag], cohorts)["flags"][0]["filters"]["groups"][0]["properties"].clone()
}

/// The rule that is sent for a cohort with this stored rule.
fn rule(stored: &Value) -> Value {
    let cohorts = [
        json!({"id": 501, "filters": {"properties": stored}}),
        json!({"id": 7, "is_static": true}),
    ];
    let asks = json!([{"key": "id", "type": "cohort", "operator": "in", "value": 501}]);
    let flag = json!({"key": "f", "filters": {"groups": [{"properties": asks}]}});
    document(&[flag], &cohorts)["cohorts"]["501"].clone()
}

fn shim() -> Value {
    json!([{"key": "distinct_id", "type": "person", "operator": "burgee_remote", "value": 1}])
}

fn person(key: &str) -> Value {
    json!({"key": key, "type": "person", "operator": "exact", "value": ["a"]})
}

#[test]
fn nothing_defined_is_an_empty_document() {
    assert_eq!(
        document(&[], &[]),
        json!({"flags": [], "group_type_mapping": {}, "cohorts": {}, "property_matching_version": 1})
    );
}

#[test]
fn a_flag_has_every_member_that_sdks_read_and_no_null() {
    let flag = json!({
        "id": 12, "key": "checkout", "version": null, "evaluation_runtime": null,
        "evaluation_contexts": ["web"], "bucketing_identifier": "device_id", "has_experiment": false,
        "filters": {"groups": null, "multivariate": null, "payloads": null, "early_exit": null,
            "holdout": null, "feature_enrollment": null, "aggregation_group_type_index": null,
            "super_groups": null},
    });
    assert_eq!(
        document(&[flag], &[])["flags"],
        json!([{
            "id": 12, "team_id": 3, "name": "", "key": "checkout",
            "filters": {"groups": [], "payloads": {}},
            "deleted": false, "active": true, "ensure_experience_continuity": false,
            "has_encrypted_payloads": false, "version": 0, "evaluation_runtime": "all",
            "bucketing_identifier": "device_id", "evaluation_tags": ["web"],
            "evaluation_contexts": ["web"], "has_experiment": false,
        }])
    );
}

#[test]
fn everything_that_decides_an_answer_is_passed_on() {
    let filters = json!({
        "groups": [{"properties": [person("plan")], "rollout_percentage": 50.0, "variant": "a"}],
        "multivariate": {"variants": [{"key": "a", "name": null, "rollout_percentage": 33.5},
            {"key": "b", "rollout_percentage": 66.5}]},
        "aggregation_group_type_index": 1,
        "payloads": {"a": "1"},
        "holdout": {"id": 9, "exclusion_percentage": 10.0},
        "feature_enrollment": true, "early_exit": true,
    });
    let sent = &document(&[json!({"key": "f", "filters": filters})], &[])["flags"][0]["filters"];
    assert_eq!(
        sent,
        &json!({
            "groups": [{"properties": [person("plan")], "rollout_percentage": 50, "variant": "a"}],
            "multivariate": {"variants": [{"key": "a", "rollout_percentage": 33.5},
                {"key": "b", "rollout_percentage": 66.5}]},
            "aggregation_group_type_index": 1,
            "payloads": {"a": "1"},
            "holdout": {"id": 9, "exclusion_percentage": 10},
            "feature_enrollment": true, "early_exit": true,
        })
    );
}

#[test]
fn flags_come_by_key_with_the_inactive_ones_and_without_those_that_are_gone() {
    let flags = [
        json!({"key": "b"}),
        json!({"key": "a", "active": false}),
        json!({"key": "deleted", "deleted": true}),
        json!({"key": "secret", "is_remote_configuration": true, "has_encrypted_payloads": true}),
        json!({"key": "C", "is_remote_configuration": true}),
    ];
    let sent = document(&flags, &[]);
    let keys: Vec<_> = sent["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| {
            (
                flag["key"].as_str().unwrap(),
                flag["active"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(keys, [("C", true), ("a", false), ("b", true)]);
}

#[test]
fn group_types_are_named_and_the_matching_version_is_said() {
    let mut definitions = definitions(&[], &[]);
    definitions.property_matching = PropertyMatching::Explicit;
    for (index, name) in [
        (0, "organization"),
        (2, "team"),
        (255, "last"),
        (256, "too far"),
    ] {
        definitions.group_types.push(GroupType {
            index: GroupTypeIndex(index),
            name: name.to_owned(),
        });
    }
    let sent: Value = serde_json::from_slice(&definitions_json(&definitions)).unwrap();
    assert_eq!(sent["property_matching_version"], 2);
    assert_eq!(
        sent["group_type_mapping"],
        json!({"0": "organization", "2": "team", "255": "last"})
    );
}

#[test]
fn what_sdks_would_misread_goes_out_as_a_question_to_the_server() {
    let cohort = |operator, value: Value| {
        json!({"groups": [{"properties": [
            {"key": "id", "type": "cohort", "operator": operator, "value": value}]}]})
    };
    let list = json!({"key": "a", "type": "person", "value": [["x"]]});
    for filters in [
        json!({"version": 2, "rules": []}),
        json!({"version": "1", "groups": []}),
        json!({"groups": "all"}),
        json!([]),
        json!({"groups": [{"properties": [{"key": "no-type"}]}]}),
        json!({"multivariate": {"variants": [{"key": "a"}]}}),
        json!({"multivariate": {"variants": [{"key": "a", "rollout_percentage": null}]}}),
        json!({"aggregation_group_type_index": 256}),
        json!({"groups": [{"aggregation_group_type_index": -1}]}),
        json!({"groups": [{"properties": [list]}]}),
        cohort("exact", json!(501)),
        cohort("in", json!("501")),
        cohort("not_in", json!(-501)),
    ] {
        let flag = json!({"key": "f", "filters": filters});
        let sent = &document(&[flag], &[])["flags"][0];
        let expected = json!({"payloads": {},
            "groups": [{"properties": shim(), "rollout_percentage": 100, "variant": null}]});
        assert_eq!(sent["filters"], expected, "{filters}");
    }
}

#[test]
fn a_flag_that_remembers_its_answer_is_left_to_the_server() {
    let filters = json!({"groups": [{"rollout_percentage": 50}], "payloads": {"true": "1"}});
    let flag = json!({"key": "f", "ensure_experience_continuity": true, "filters": filters});
    let sent = &document(&[flag], &[])["flags"][0];
    assert_eq!(sent["ensure_experience_continuity"], true);
    assert_eq!(sent["filters"]["groups"][0]["properties"], shim());
    assert_eq!(sent["filters"]["payloads"], json!({}));
}

#[test]
fn format_1_is_read_however_it_is_said() {
    for version in [json!(null), json!(1), json!(1.0)] {
        let flag = json!({"key": "f", "filters": {"version": version, "groups": [{}]}});
        let sent = &document(&[flag], &[])["flags"][0]["filters"]["groups"];
        let all = json!([{"properties": [], "rollout_percentage": null, "variant": null}]);
        assert_eq!(sent, &all, "{version}");
    }
}

#[test]
fn the_three_states_of_a_conditions_aggregation_survive() {
    let states =
        json!([{}, {"aggregation_group_type_index": null}, {"aggregation_group_type_index": 2}]);
    let sent = |flag_level: Value| {
        let filters = json!({"groups": states, "aggregation_group_type_index": flag_level});
        let sent = document(&[json!({"key": "f", "filters": filters})], &[]);
        let groups = sent["flags"][0]["filters"]["groups"]
            .as_array()
            .unwrap()
            .clone();
        let state = |group: &Value| group.get("aggregation_group_type_index").cloned();
        groups.iter().map(state).collect::<Vec<_>>()
    };
    assert_eq!(sent(json!(0)), [None, Some(Value::Null), Some(json!(2))]);
    // To a person's flag, null and absent are the same.
    assert_eq!(sent(Value::Null), [None, None, Some(json!(2))]);
}

#[test]
fn leaves_have_a_value_an_operator_and_no_null() {
    let stored = json!([
        {"key": "a", "type": "person", "operator": null, "negation": null, "group_type_index": null,
            "dependency_chain": null, "label": null},
        {"key": "b", "type": "group", "operator": "is_not", "value": [null, 1, "x", true],
            "group_type_index": 0},
        {"key": "c", "type": "person_metadata", "operator": "is_set", "value": "is_set"},
        {"key": "d", "type": "person", "value": {"a": null}, "negation": true},
    ]);
    assert_eq!(
        properties(&stored, &[]),
        json!([
            {"key": "a", "type": "person", "operator": "exact", "value": null},
            {"key": "b", "type": "group", "operator": "is_not", "value": ["null", 1, "x", true],
                "group_type_index": 0},
            {"key": "c", "type": "person_metadata", "operator": "is_set", "value": "is_set"},
            {"key": "d", "type": "person", "operator": "exact", "value": {"a": null}},
        ])
    );
}

#[test]
fn payloads_are_json_text() {
    let payloads = json!({"a": "{\"x\":1}", "b": {"x": 1}, "c": 7, "d": null, "e": ""});
    let flag = |payloads: &Value| json!({"key": "f", "filters": {"payloads": payloads}});
    let sent = |payloads: &Value| {
        document(&[flag(payloads)], &[])["flags"][0]["filters"]["payloads"].clone()
    };
    assert_eq!(
        sent(&payloads),
        json!({"a": "{\"x\":1}", "b": "{\"x\":1}", "c": "7", "e": ""})
    );
    assert_eq!(sent(&json!(["1"])), json!({}));
}

#[test]
fn dependencies_are_named_by_key_with_all_that_comes_before() {
    let needs = |key: &str, ids: &[&str]| {
        let property = |id: &&str| json!({"key": id, "type": "flag", "operator": "flag_evaluates_to", "value": true});
        let properties: Vec<_> = ids.iter().map(property).collect();
        json!({"key": key, "filters": {"groups": [{"properties": properties}]}})
    };
    let flags = [
        needs("root", &[]),
        needs("middle", &["1"]),
        needs("top", &["2", "1"]),
        needs("itself", &["4"]),
        needs("round", &["6"]),
        needs("about", &["5"]),
        needs("above-a-circle", &["5"]),
        needs("nowhere", &["99"]),
        needs("above-nowhere", &["8"]),
        needs("no-id", &["root"]),
        json!({"key": "other-format", "filters": {"version": 2}}),
        needs("above-other-format", &["11"]),
    ];
    let sent = document(&flags, &[]);
    let leaves = |key: &str| {
        let flags = sent["flags"].as_array().unwrap();
        let flag = flags.iter().find(|flag| flag["key"] == key).unwrap();
        let leaves = flag["filters"]["groups"][0]["properties"]
            .as_array()
            .unwrap()
            .clone();
        let named = |leaf: &Value| json!([leaf["key"], leaf["dependency_chain"]]);
        leaves.iter().map(named).collect::<Value>()
    };
    for (key, expected) in [
        ("middle", json!([["root", ["root"]]])),
        (
            "top",
            json!([["middle", ["root", "middle"]], ["root", ["root"]]]),
        ),
        ("itself", json!([["itself", []]])),
        ("round", json!([["about", []]])),
        ("about", json!([["round", []]])),
        ("above-a-circle", json!([["round", []]])),
        ("nowhere", json!([["99", []]])),
        ("above-nowhere", json!([["nowhere", []]])),
        ("no-id", json!([["root", []]])),
        (
            "above-other-format",
            json!([["other-format", ["other-format"]]]),
        ),
    ] {
        assert_eq!(leaves(key), expected, "{key}");
    }
}

#[test]
fn a_chain_has_at_most_a_hundred_flags() {
    let flag = |id: usize| {
        let needed = (id > 1).then(|| {
            json!({"key": (id - 1).to_string(), "type": "flag", "operator": "flag_evaluates_to",
                "value": true})
        });
        let properties: Vec<_> = needed.into_iter().collect();
        json!({"key": format!("f{id:03}"), "filters": {"groups": [{"properties": properties}]}})
    };
    let flags: Vec<_> = (1..=102).map(flag).collect();
    let sent = document(&flags, &[]);
    let chain = |at: usize| {
        let leaf = &sent["flags"][at]["filters"]["groups"][0]["properties"][0];
        leaf["dependency_chain"].as_array().unwrap().len()
    };
    assert_eq!((chain(1), chain(100), chain(101)), (1, 100, 0));
}

#[test]
fn not_in_a_cohort_is_in_one_made_up_of_everybody_else() {
    let stored = json!([
        {"key": "id", "type": "cohort", "operator": "not_in", "value": 501, "cohort_name": null},
        {"key": "id", "type": "cohort", "value": 502},
    ]);
    let cohort = |id| json!({"id": id, "filters": {"properties": {"type": "OR", "values": [person("plan")]}}});
    let flag = json!({"key": "f", "filters": {"groups": [{"properties": stored}]}});
    let sent = document(&[flag], &[cohort(501), cohort(502), cohort(503)]);
    assert_eq!(
        sent["flags"][0]["filters"]["groups"][0]["properties"],
        json!([
            {"key": "id", "type": "cohort", "operator": "in", "value": -501},
            {"key": "id", "type": "cohort", "operator": "in", "value": 502},
        ])
    );
    let plan = json!({"type": "OR", "values": [person("plan")]});
    assert_eq!(
        sent["cohorts"],
        json!({
            "-501": {"type": "AND", "values": [
                {"key": "id", "type": "cohort", "operator": "in", "value": 501, "negation": true}]},
            "501": plan,
            "502": plan,
        })
    );
}

#[test]
fn a_made_up_cohort_never_takes_the_place_of_a_stored_one() {
    let stored = json!([{"key": "id", "type": "cohort", "operator": "not_in", "value": 501}]);
    let taken = json!({"id": -501, "filters": null});
    assert_eq!(properties(&stored, &[taken]), shim());
}

#[test]
fn each_level_of_a_cohort_has_entries_of_one_kind() {
    let (leaf, other) = (person("a"), person("b"));
    for (stored, expected) in [
        (
            json!({"type": "OR", "values": [leaf, other]}),
            json!({"type": "OR", "values": [leaf, other]}),
        ),
        (
            json!({"type": "OR", "values": [leaf, {"type": "property", "values": [other]}]}),
            json!({"type": "OR", "values": [{"type": "AND", "values": [leaf]},
                {"type": "AND", "values": [other]}]}),
        ),
        (
            json!({"type": "AND", "values": [{"type": "OR", "values": [leaf]},
                {"key": "id", "type": "cohort", "value": 7, "operator": "not_in", "negation": null},
                {"key": "id", "type": "cohort", "value": 7, "operator": "not_in", "negation": true}]}),
            json!({"type": "AND", "values": [{"type": "OR", "values": [leaf]},
                {"type": "AND", "values": [
                    {"key": "id", "type": "cohort", "operator": "in", "value": 7, "negation": true}]},
                {"type": "AND", "values": [
                    {"key": "id", "type": "cohort", "operator": "in", "value": 7}]}]}),
        ),
        (
            json!({"type": "AND", "values": [{"key": "a", "type": "person", "negation": true}]}),
            json!({"type": "AND", "values": [
                {"key": "a", "type": "person", "operator": "exact", "value": null, "negation": true}]}),
        ),
    ] {
        assert_eq!(rule(&stored), expected, "{stored}");
    }
}

#[test]
fn a_cohort_that_sdks_would_decide_otherwise_is_not_sent() {
    let mut deep = json!({"type": "AND", "values": [person("a")]});
    for _ in 0..64 {
        deep = json!({"type": "AND", "values": [deep]});
    }
    let one = |leaf: Value| json!({"type": "OR", "values": [leaf]});
    for stored in [
        json!({"type": "OR", "values": []}),
        json!({"type": "property", "values": [person("a")]}),
        json!({"type": "OR"}),
        json!({}),
        one(json!({"type": "XOR", "values": [person("a")]})),
        one(json!({"key": "$pageview", "type": "behavioral", "value": "performed_event"})),
        one(json!({"key": "a"})),
        one(json!({"key": "id", "type": "cohort", "value": "7"})),
        one(json!({"key": "id", "type": "cohort", "value": 7, "operator": "exact"})),
        one(json!({"key": "id", "type": "cohort", "value": 501})),
        deep,
    ] {
        assert_eq!(rule(&stored), Value::Null, "{stored}");
    }
}

#[test]
fn only_cohorts_with_a_rule_that_a_flag_reaches_are_sent() {
    let refers = |id: i32, to: i32| {
        json!({"id": id, "filters": {"properties": {"type": "OR", "values": [
            {"key": "id", "type": "cohort", "value": to}]}}})
    };
    let cohorts = [
        refers(1, 2),
        refers(2, 3),
        json!({"id": 3, "is_static": true, "filters": {"properties": {"type": "OR", "values": [person("a")]}}}),
        refers(4, 5),
        refers(5, 4),
        refers(6, 4),
        json!({"id": 7, "groups": [{"properties": [{"key": "a", "value": "b"}]}]}),
        json!({"id": 8, "deleted": true, "filters": {"properties": {"type": "OR", "values": [person("a")]}}}),
        refers(9, 3),
    ];
    let asks = [1, 6, 7, 8, 3, 99].map(|id| json!({"key": "id", "type": "cohort", "value": id}));
    let flag = json!({"key": "f", "filters": {"groups": [{"properties": asks}]}});
    let sent = document(&[flag], &cohorts);
    let ids: Vec<_> = sent["cohorts"].as_object().unwrap().keys().collect();
    assert_eq!(ids, ["1", "2"]);
}

#[test]
fn cohorts_of_cohorts_end_before_an_sdk_does() {
    let cohort = |id: i32| {
        let leaf = if id == 1 {
            person("a")
        } else {
            json!({"key": "id", "type": "cohort", "value": id - 1})
        };
        json!({"id": id, "filters": {"properties": {"type": "OR", "values": [leaf]}}})
    };
    let cohorts: Vec<_> = (1..=66).map(cohort).collect();
    let asks = json!([{"key": "id", "type": "cohort", "value": 66}]);
    let flag = json!({"key": "f", "filters": {"groups": [{"properties": asks}]}});
    let sent = document(&[flag], &cohorts)["cohorts"]
        .as_object()
        .unwrap()
        .clone();
    assert_eq!(sent.len(), 64);
    assert!(sent.contains_key("64") && !sent.contains_key("65"));
}
