//! Which flags an answer holds (spec: service §2.7).

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

fn contents() -> Value {
    let flag = |key: &str, fields: Value| {
        let mut flag = json!({"key": key, "filters": {"groups": [{}]}});
        for (field, value) in fields.as_object().unwrap() {
            flag[field] = value.clone();
        }
        flag
    };
    json!({"flags": [
        flag("any", json!({})),
        flag("all", json!({"evaluation_runtime": "all"})),
        flag("client", json!({"evaluation_runtime": "client"})),
        flag("server", json!({"evaluation_runtime": "server"})),
        flag("survey-targeting-a", json!({"evaluation_runtime": "client"})),
        flag("docs", json!({"evaluation_contexts": ["docs", "app"]})),
        flag("off", json!({"active": false})),
        flag("deleted", json!({"deleted": true})),
    ]})
}

async fn keys(request: burgee_testkit::Request) -> Vec<String> {
    let answer = request.send().await.json();
    answer["flags"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

const ALWAYS: [&str; 3] = ["all", "any", "docs"];

fn and(more: &[&str]) -> Vec<String> {
    let mut keys: Vec<String> = ALWAYS
        .iter()
        .chain(more)
        .map(|key| (*key).to_owned())
        .collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn a_runtime_that_the_body_names_wins() {
    let server = TestServer::start(contents()).await;
    let everything = ["client", "server", "survey-targeting-a"];
    let client = ["client", "survey-targeting-a"];
    for (runtime, more) in [
        ("client", &client[..]),
        ("CLIENT", &client),
        ("server", &["server"]),
        ("all", &everything),
        ("fridge", &everything),
    ] {
        let fields = json!({"distinct_id": "u", "evaluation_runtime": runtime});
        let request = server
            .ask(&fields)
            .header("user-agent", "posthog-node/5.0.0");
        assert_eq!(keys(request).await, and(more), "{runtime}");
    }
}

#[tokio::test]
async fn else_the_headers_tell_the_runtime() {
    let server = TestServer::start(contents()).await;
    let client = ["client", "survey-targeting-a"];
    for (header, value, more) in [
        ("user-agent", "posthog-python/7.91.1", &["server"][..]),
        ("user-agent", "posthog-ios/3.0.0", &client),
        ("user-agent", "Mozilla/5.0 (X11; Linux)", &client),
        ("user-agent", "curl/8.5.0", &["server"]),
        ("user-agent", "Go-http-client/1.1", &[]),
        ("origin", "https://app.example", &client),
        ("sec-fetch-mode", "cors", &client),
        ("accept", "*/*", &[]),
    ] {
        let request = server
            .ask(&json!({"distinct_id": "u"}))
            .header(header, value);
        assert_eq!(keys(request).await, and(more), "{header}: {value}");
    }
}

#[tokio::test]
async fn contexts_filter_only_where_both_sides_name_some() {
    let server = TestServer::start(contents()).await;
    for (field, contexts, expected) in [
        (
            "evaluation_contexts",
            json!(["docs"]),
            &["all", "any", "docs"][..],
        ),
        (
            "evaluation_environments",
            json!(["app", "x"]),
            &["all", "any", "docs"],
        ),
        ("evaluation_contexts", json!(["Docs"]), &["all", "any"]),
        ("evaluation_contexts", json!([]), &["all", "any", "docs"]),
    ] {
        let request = server.ask(&json!({"distinct_id": "u", field: contexts}));
        assert_eq!(keys(request).await, expected, "{field} {contexts}");
    }
}

#[tokio::test]
async fn only_flags_that_are_asked_for_are_answered() {
    let server = TestServer::start(contents()).await;
    for (field, asked, expected) in [
        (
            "flag_keys_to_evaluate",
            json!(["any", "docs"]),
            &["any", "docs"][..],
        ),
        ("flag_keys", json!(["any", "any"]), &["any"]),
        ("flag_keys", json!(["unknown", "all"]), &["all"]),
        ("flag_keys", json!(["off", "deleted", "client"]), &[]),
        ("flag_keys", json!([]), &[]),
        ("flag_keys", json!(null), &["all", "any", "docs"]),
    ] {
        let request = server.ask(&json!({"distinct_id": "u", field: asked}));
        assert_eq!(keys(request).await, expected, "{asked}");
    }
}

#[tokio::test]
async fn a_flag_that_is_asked_for_brings_its_dependency_to_bear_but_not_along() {
    let server = TestServer::start(json!({"flags": [
        {"id": 1, "key": "base", "filters": {"groups": [{}]}},
        {"id": 2, "key": "top", "filters": {"groups": [{"properties": [{
            "key": "1", "type": "flag", "operator": "flag_evaluates_to", "value": true,
        }]}]}},
    ]}))
    .await;
    let fields = json!({"distinct_id": "u", "flag_keys_to_evaluate": ["top"]});
    let answer = server.flags(fields).await;
    assert_eq!(answer["flags"]["top"]["enabled"], true);
}

#[tokio::test]
async fn surveys_can_ask_for_their_own_flags() {
    let server = TestServer::start(contents()).await;
    let body = json!({"token": TOKEN, "distinct_id": "u", "evaluation_runtime": "client"});
    let target = "/flags?v=2&only_evaluate_survey_feature_flags=true";
    let request = server.post(target).json(&body);
    assert_eq!(keys(request).await, ["survey-targeting-a"]);
}
