//! The published corpus of PostHog through the whole server, where the corpus is beside the
//! repository: 0 differences in value, payload, reason code and index. It is read from there and
//! never copied here.

use std::{collections::BTreeMap, fs, path::Path};

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

/// An id that no flag of the corpus has: the target of a dependency that was deleted.
const NOBODY: i64 = 999_999;

/// The cases, or `None` said aloud.
fn cases() -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let file = folder.join("v1_evaluation.json");
    let Ok(text) = fs::read_to_string(&file) else {
        println!("SKIPPED: there is no {}", file.display());
        return None;
    };
    let mut corpus: Value = serde_json::from_str(&text).unwrap();
    Some(serde_json::from_value(corpus["cases"].take()).unwrap())
}

/// The corpus names dependencies by key, as the feed for SDKs does; a store has their ids.
fn stored(mut flags: Value) -> Value {
    let ids: BTreeMap<String, Value> = flags
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| (flag["key"].as_str().unwrap().to_owned(), flag["id"].clone()))
        .collect();
    for flag in flags.as_array_mut().unwrap() {
        for condition in flag["filters"]["groups"].as_array_mut().unwrap() {
            for filter in condition["properties"].as_array_mut().into_iter().flatten() {
                if filter["type"] == "flag" {
                    let id = ids.get(filter["key"].as_str().unwrap());
                    let id = id.map_or_else(|| NOBODY.to_string(), ToString::to_string);
                    filter["key"] = json!(id);
                }
            }
        }
    }
    flags
}

fn contents(token: &str, definitions: &Value) -> Value {
    let mapping = definitions["group_type_mapping"].as_object();
    let group_types: Vec<&Value> = mapping
        .into_iter()
        .flat_map(|types| types.values())
        .collect();
    json!({
        "token": token, "group_types": group_types,
        "flags": stored(definitions["flags"].clone()),
    })
}

fn token(case: usize) -> String {
    format!("{TOKEN}_{case}")
}

fn check_case(case: &Value, answer: &Value) -> usize {
    let id = case["id"].as_str().unwrap();
    let expected = case["expected"]["flags"].as_object().unwrap();
    let records = answer["flags"].as_object().unwrap();
    let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(records),
        keys(expected),
        "{id}: which flags are answered"
    );
    assert_eq!(answer["errorsWhileComputingFlags"], false, "{id}");
    for (key, expected) in expected {
        let record = &records[key];
        assert_eq!(record["enabled"], expected["enabled"], "{id}: {key}");
        assert_eq!(record["variant"], expected["variant"], "{id}: {key}");
        assert_eq!(record["value"], expected["value"], "{id}: {key}");
        assert_eq!(
            record["metadata"]["payload"], expected["payload"],
            "{id}: {key}"
        );
        for part in ["code", "condition_index"] {
            assert_eq!(
                record["reason"][part], expected["reason"][part],
                "{id}: {key}"
            );
        }
    }
    expected.len()
}

#[tokio::test]
async fn the_published_corpus_is_answered_without_a_difference() {
    let Some(cases) = cases() else { return };
    let mut builder = TestServer::builder(json!({}));
    for (at, case) in cases.iter().enumerate() {
        builder = builder.contents(contents(&token(at), &case["definitions"]));
    }
    let server = builder.start().await;
    let mut answers = 0;
    for (at, case) in cases.iter().enumerate() {
        let mut body = case["context"].clone();
        body["token"] = json!(token(at));
        let reply = server.post("/flags/?v=4").json(&body).send().await;
        assert_eq!(reply.status, 200, "{}", case["id"]);
        answers += check_case(case, &reply.json());
    }
    println!("{} cases, {answers} answers, 0 differences", cases.len());
    assert!(answers > 0);
}
