//! What holds of the document of any definitions, however odd.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{definitions, definitions_json};

/// Anything that may stand where a flag's author put it.
fn any_value() -> impl Strategy<Value = Value> {
    let plain = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-300_i64..300).prop_map(Value::from),
        (-1e3..1e3).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    plain.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(vec![
        "person",
        "person_metadata",
        "group",
        "cohort",
        "flag",
        "behavioral",
    ]);
    let operator = prop::sample::select(vec![
        json!("exact"),
        json!("in"),
        json!("not_in"),
        json!("flag_evaluates_to"),
        Value::Null,
    ]);
    let value = prop_oneof![(1_i32..6).prop_map(Value::from), any_value()];
    let negation = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from)];
    (kind, operator, value, negation, 1_u32..6).prop_map(
        |(kind, operator, value, negation, key)| {
            json!({"key": key.to_string(), "type": kind, "operator": operator, "value": value,
            "negation": negation, "dependency_chain": null})
        },
    )
}

fn flag() -> impl Strategy<Value = Value> {
    let rollout = prop_oneof![Just(Value::Null), (0.0..100.0).prop_map(Value::from)];
    let condition = (prop::collection::vec(leaf(), 0..3), rollout, any_value())
        .prop_map(|(properties, rollout, odd)| {
            json!({"properties": properties, "rollout_percentage": rollout, "sort_key": odd})
        });
    let filters = prop_oneof![
        4 => (prop::collection::vec(condition, 0..3), any_value(), any_value()).prop_map(
            |(groups, payloads, variants)| json!({"groups": groups, "payloads": payloads,
                "multivariate": {"variants": [{"key": "a", "rollout_percentage": variants}]}})),
        1 => any_value(),
    ];
    ("[a-c]{1,3}", filters).prop_map(|(key, filters)| json!({"key": key, "filters": filters}))
}

fn cohort_node() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let kind = prop::sample::select(vec!["AND", "OR", "property"]);
        (kind, prop::collection::vec(inner, 0..3))
            .prop_map(|(kind, values)| json!({"type": kind, "values": values}))
    })
}

/// Fails at the first leaf of a rule that would lose an SDK its definitions.
fn assert_uniform(group: &Value) {
    let values = group["values"].as_array().unwrap();
    assert!(!values.is_empty(), "{group}");
    assert!(matches!(group["type"].as_str(), Some("AND" | "OR")));
    let groups = values
        .iter()
        .filter(|value| value.get("values").is_some())
        .count();
    assert!(groups == 0 || groups == values.len(), "{group}");
    for value in values {
        if groups == 0 {
            assert_leaf(value);
        } else {
            assert_uniform(value);
        }
    }
}

fn assert_leaf(leaf: &Value) {
    let members = leaf.as_object().unwrap();
    assert!(members.contains_key("value"), "{leaf}");
    for (name, member) in members {
        assert!(name == "value" || !member.is_null(), "{leaf}");
    }
    let list = leaf["value"].as_array().into_iter().flatten();
    assert!(
        list.clone()
            .all(|value| !value.is_null() && !value.is_array()),
        "{leaf}"
    );
    if leaf["type"] == "cohort" {
        assert_eq!(leaf["operator"], "in");
        assert!(leaf["value"].is_i64());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_document_always_keeps_what_sdks_rely_on(
        mut flags in prop::collection::vec(flag(), 0..6),
        trees in prop::collection::vec(cohort_node(), 0..5),
    ) {
        for (flag, id) in flags.iter_mut().zip(1..) {
            flag["id"] = json!(id);
        }
        let cohorts: Vec<Value> = trees
            .iter()
            .zip(1..)
            .map(|(tree, id)| json!({"id": id, "filters": {"properties": tree}}))
            .collect();
        let mut definitions = definitions(&flags, &cohorts);
        let bytes = definitions_json(&definitions);
        definitions.cohorts.reverse();
        prop_assert_eq!(&bytes, &definitions_json(&definitions));

        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let sent = document["flags"].as_array().unwrap();
        prop_assert_eq!(sent.len(), flags.len());
        prop_assert!(sent.is_sorted_by_key(|flag| flag["key"].as_str()));
        for flag in sent {
            prop_assert!(flag.as_object().unwrap().values().all(|member| !member.is_null()));
            let filters = &flag["filters"];
            prop_assert!(filters.as_object().unwrap().values().all(|member| !member.is_null()));
            for payload in filters["payloads"].as_object().unwrap().values() {
                prop_assert!(payload.is_string());
            }
            for variant in filters["multivariate"]["variants"].as_array().into_iter().flatten() {
                prop_assert!(variant["rollout_percentage"].is_number());
            }
            for condition in filters["groups"].as_array().unwrap() {
                for leaf in condition["properties"].as_array().unwrap() {
                    assert_leaf(leaf);
                    prop_assert!(leaf.get("negation").is_none());
                    prop_assert_eq!(leaf.get("dependency_chain").is_some(), leaf["type"] == "flag");
                }
            }
        }
        for rule in document["cohorts"].as_object().unwrap().values() {
            assert_uniform(rule);
        }
    }
}
