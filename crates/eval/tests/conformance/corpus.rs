//! The published corpus of PostHog, where it is beside the repository: value, payload, reason and
//! condition of each flag, 0 differences. Reference data is read from there and never copied here.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use super::situation::Situation;

/// The file, or `None` said aloud.
fn read(name: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(text) = fs::read_to_string(folder.join(name)) else {
        println!("SKIPPED: {name} is not in {}", folder.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Filters on flags name their target by key in the corpus and by id in a store; a target that is
/// not among the definitions stands for a deleted flag.
fn by_id(mut flags: Value) -> Value {
    const NOBODY: i64 = 999_999;
    let ids: BTreeMap<String, i64> = flags
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| {
            (
                flag["key"].as_str().unwrap().to_owned(),
                flag["id"].as_i64().unwrap(),
            )
        })
        .collect();
    for flag in flags.as_array_mut().unwrap() {
        for group in flag["filters"]["groups"].as_array_mut().unwrap() {
            for filter in group["properties"].as_array_mut().into_iter().flatten() {
                if filter["type"] == "flag" {
                    let id = ids.get(filter["key"].as_str().unwrap()).unwrap_or(&NOBODY);
                    filter["key"] = json!(id.to_string());
                }
            }
        }
    }
    flags
}

fn situation(case: &Value) -> Situation {
    let definitions = &case["definitions"];
    let mut group_types = Vec::new();
    for (index, name) in definitions["group_type_mapping"]
        .as_object()
        .into_iter()
        .flatten()
    {
        assert_eq!(index.parse::<usize>().unwrap(), group_types.len());
        group_types.push(name.clone());
    }
    let context = &case["context"];
    let mut situation = Situation::of(json!({
        "flags": by_id(definitions["flags"].clone()),
        "group_types": group_types,
    }))
    .distinct_id(context["distinct_id"].as_str().unwrap())
    .person(context["person_properties"].clone());
    for (group_type, key) in context["groups"].as_object().into_iter().flatten() {
        let properties = context["group_properties"][group_type].clone();
        let group_type = Box::leak(group_type.clone().into_boxed_str());
        situation = situation.group(group_type, key.clone(), properties);
    }
    situation
}

fn expected_line(answer: &Value) -> String {
    let value = match &answer["value"] {
        Value::String(variant) => variant.clone(),
        value => value.to_string(),
    };
    let reason = &answer["reason"];
    let index = match &reason["condition_index"] {
        Value::Null => "-".to_owned(),
        index => index.to_string(),
    };
    format!("{value} {}@{index}", reason["code"].as_str().unwrap())
}

#[test]
fn every_answer_of_the_published_corpus_is_ours() {
    let Some(corpus) = read("v1_evaluation.json") else {
        return;
    };
    let cases = corpus["cases"].as_array().unwrap();
    let mut answers = 0;
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let situation = situation(case);
        let mut ours = situation.answers();
        for (key, expected) in case["expected"]["flags"].as_object().unwrap() {
            let answer = ours.remove(key).unwrap_or_default();
            // Whether groups were skipped shows in the description alone.
            let answer = answer.split(" (").next().unwrap();
            assert_eq!(answer, expected_line(expected), "{id}: {key}");
            let payload = match &expected["payload"] {
                Value::Null => None,
                payload => Some(payload.to_string()),
            };
            assert_eq!(situation.payload(key), payload, "{id}: {key}");
            answers += 1;
        }
        assert!(ours.is_empty(), "{id}: {ours:?} should not be answered");
    }
    println!("{} cases, {answers} answers, 0 differences", cases.len());
    assert!(answers > 0);
}
