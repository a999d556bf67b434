//! `OpenFeature`'s remote evaluation protocol, as its providers see it (spec: sdk-protocol "OFREP
//! providers", traps 8, 9, 10, 18, 19).

mod answers;
mod contexts;
mod etags;
mod limits;
mod refusals;

use burgee_testkit::{Request, TOKEN, TestServer};
use serde_json::{Value, json};

const BULK: &str = "/ofrep/v1/evaluate/flags";

fn person(key: &str, value: &str) -> Value {
    json!({"key": key, "type": "person", "operator": "exact", "value": value})
}

/// A flag of each kind; `stored` and `dependent` need the store.
fn contents() -> Value {
    json!({
        "group_types": ["organization"],
        "flags": [
            {"id": 1, "key": "static", "version": 4, "filters": {
                "groups": [{}], "payloads": {"true": {"cta": "Buy"}}}},
            {"id": 2, "key": "targeted", "filters": {"groups": [
                {"properties": [person("plan", "pro")]}]}},
            {"id": 3, "key": "colour", "filters": {"groups": [{}], "multivariate": {"variants": [
                {"key": "blue", "rollout_percentage": 50}, {"key": "red", "rollout_percentage": 50}]},
                "payloads": {"blue": "\"b\"", "red": "\"r\""}}},
            {"id": 4, "key": "nobody", "filters": {"groups": [{"rollout_percentage": 0}]}},
            {"id": 5, "key": "asleep", "active": false, "filters": {"groups": [{}]}},
            {"id": 6, "key": "acme", "filters": {"aggregation_group_type_index": 0, "groups": [
                {"properties": [{"key": "tier", "type": "group", "operator": "exact",
                    "value": "gold", "group_type_index": 0}]}]}},
            {"id": 7, "key": "stored", "filters": {"groups": [
                {"properties": [person("role", "admin")]}]}},
            {"id": 8, "key": "dependent", "filters": {"groups": [{"properties": [{"key": "7",
                "type": "flag", "operator": "flag_evaluates_to", "value": true}]}]}},
            {"id": 9, "key": "on-servers", "evaluation_runtime": "server",
                "filters": {"groups": [{}]}},
            {"id": 10, "key": "on-clients", "evaluation_runtime": "client",
                "filters": {"groups": [{}]}},
            {"id": 11, "key": "asleep-on-clients", "evaluation_runtime": "client", "active": false,
                "filters": {"groups": [{}]}},
        ],
        "persons": [{"distinct_ids": ["vera"], "properties": {"role": "admin"}}],
        "groups": [{"type": 0, "key": "acme", "properties": {"tier": "gold"}}],
    })
}

fn single(key: &str) -> String {
    format!("{BULK}/{key}")
}

/// With the project token and this context.
fn ask(server: &TestServer, target: &str, context: Value) -> Request {
    server
        .post(target)
        .header("authorization", format!("Bearer {TOKEN}"))
        .json(&json!({"context": context}))
}

/// The record of one flag, asked for alone; must be 200.
async fn one(server: &TestServer, key: &str, context: Value) -> Value {
    let reply = ask(server, &single(key), context).send().await;
    assert_eq!(reply.status, 200, "{key}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.json()
}

/// The bulk answer, by key; must be 200.
async fn all(server: &TestServer, context: Value) -> Vec<(String, Value)> {
    let reply = ask(server, BULK, context).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    records(&reply.json())
}

fn records(answer: &Value) -> Vec<(String, Value)> {
    let records = answer["flags"].as_array().unwrap().iter();
    records
        .map(|record| (record["key"].as_str().unwrap().to_owned(), record.clone()))
        .collect()
}

fn find<'r>(records: &'r [(String, Value)], key: &str) -> Option<&'r Value> {
    let found = records.iter().find(|(own, _)| own == key);
    found.map(|(_, record)| record)
}
