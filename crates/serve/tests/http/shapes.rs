//! Which shape an answer has, by path, header, version and config (spec: service §2.3, §2.9; §19
//! items 1 and 2), and what is said to methods other than POST.

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

fn contents() -> Value {
    json!({"flags": [
        {"id": 41, "key": "new-checkout", "version": 7, "has_experiment": true, "filters": {
            "groups": [{}],
            "multivariate": {"variants": [{"key": "blue", "rollout_percentage": 100}]},
            "payloads": {"blue": "{\"color\":\"blue\"}"},
        }},
        {"id": 42, "key": "beta-nav", "version": 1, "has_experiment": false, "filters": {
            "groups": [
                {"properties": [{"key": "plan", "type": "person", "value": "a"}]},
                {"properties": [{"key": "plan", "type": "person", "value": "b"}]},
            ],
            "payloads": {"true": "1"},
        }},
        {"id": 43, "key": "simple", "version": 3, "has_experiment": false, "filters": {
            "groups": [{}],
            "payloads": {"true": null},
        }},
        {"id": 44, "key": "retired", "active": false, "filters": {"groups": [{}]}},
    ]})
}

fn record(value: &Value, id: i32, parts: Value) -> Value {
    let (enabled, variant) = match value {
        Value::String(_) => (json!(true), value),
        Value::Bool(_) => (value.clone(), &Value::Null),
        other => panic!("{other} is no value of a flag"),
    };
    let mut record = json!({"enabled": enabled, "variant": variant, "metadata": {
        "id": id, "description": null, "payload": null, "has_experiment": id == 41,
    }});
    for (key, part) in parts.as_object().unwrap() {
        match key.as_str() {
            "version" | "payload" => record["metadata"][key] = part.clone(),
            _ => record[key] = part.clone(),
        }
    }
    record
}

/// The records of v2; with `value` those of v4.
fn records(with_value: bool) -> Value {
    let matched = json!({
        "code": "condition_match", "condition_index": 0, "description": "Matched condition set 1",
    });
    let missed = json!({
        "code": "no_condition_match", "condition_index": 1,
        "description": "No matching condition set",
    });
    let mut records = json!({
        "new-checkout": record(&json!("blue"), 41, json!({
            "key": "new-checkout", "version": 7, "payload": "{\"color\":\"blue\"}",
            "reason": matched,
        })),
        "beta-nav": record(&json!(false), 42, json!({
            "key": "beta-nav", "version": 1, "reason": missed,
        })),
        "simple": record(&json!(true), 43, json!({
            "key": "simple", "version": 3, "reason": matched,
        })),
    });
    if with_value {
        records["new-checkout"]["value"] = json!("blue");
        records["beta-nav"]["value"] = json!(false);
        records["simple"]["value"] = json!(true);
    }
    records
}

/// What an answer holds beside what every answer holds.
fn shaped(shape: &str) -> Value {
    match shape {
        "v2" => json!({"flags": records(false), "errorsWhileComputingFlags": false}),
        "v4" => json!({"flags": records(true), "errorsWhileComputingFlags": false}),
        "legacy" => json!({
            "featureFlags": {"new-checkout": "blue", "beta-nav": false, "simple": true},
            "featureFlagPayloads": {"new-checkout": "{\"color\":\"blue\"}", "simple": null},
            "errorsWhileComputingFlags": false,
        }),
        "decide-2" => json!({"featureFlags": {"new-checkout": "blue", "simple": true}}),
        "decide-1" => json!({"featureFlags": ["new-checkout", "simple"]}),
        other => panic!("{other} is no shape"),
    }
}

/// Takes what every answer holds out of it, and whether config was attached.
fn strip(answer: &mut Value) -> bool {
    let answer = answer.as_object_mut().unwrap();
    let request_id = answer.remove("requestId").unwrap();
    assert_eq!(request_id.as_str().unwrap().len(), 36, "a uuid");
    assert!(answer.remove("evaluatedAt").unwrap().is_u64(), "whole ms");
    assert_eq!(answer.get("quotaLimited"), None, "sdk-protocol trap 4");
    let has_config = answer.contains_key("supportedCompression");
    let own = [
        "flags",
        "featureFlags",
        "featureFlagPayloads",
        "errorsWhileComputingFlags",
    ];
    answer.retain(|key, _| own.contains(&key.as_str()) || !has_config);
    has_config
}

/// A list of keys has no order.
fn sorted(mut answer: Value) -> Value {
    let keys = answer.get_mut("featureFlags");
    if let Some(keys) = keys.and_then(Value::as_array_mut) {
        keys.sort_by_key(ToString::to_string);
    }
    answer
}

#[tokio::test]
async fn every_version_of_both_endpoints_gets_its_shape() {
    let server = TestServer::start(contents()).await;
    let rows = [
        ("/flags", "v2", true),
        ("/flags?v=1", "legacy", false),
        ("/flags?v=0", "legacy", false),
        ("/flags?v=-1", "legacy", false),
        ("/flags?v=new", "legacy", false),
        ("/flags?v=", "v2", true),
        ("/flags?config=false", "legacy", false),
        ("/flags?config=true", "legacy", true),
        ("/flags?config", "legacy", true),
        ("/flags?v=2", "v2", false),
        ("/flags?version=2", "v2", false),
        ("/flags?v=2&config=true", "v2", true),
        ("/flags?v=2&config=no", "v2", false),
        ("/flags?v=3", "v2", false),
        ("/flags?v=4", "v4", false),
        ("/flags?v=4&config=1", "v4", true),
        ("/flags?v=99", "v4", false),
        ("/decide", "decide-1", true),
        ("/decide?v=1", "decide-1", true),
        ("/decide?v=0", "decide-1", true),
        ("/decide?v=-1", "decide-1", true),
        ("/decide?v=x", "decide-1", true),
        ("/decide?v=1&config=false", "decide-1", false),
        ("/decide?v=2", "decide-2", true),
        ("/decide?v=2&config=false", "decide-2", false),
        ("/decide?v=3", "legacy", true),
        ("/decide?v=3&config=off", "legacy", false),
        ("/decide?v=4", "v2", true),
        ("/decide?v=4&config=false", "v2", false),
        ("/decide?v=5&config=false", "v2", false),
    ];
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    for (target, shape, config) in rows {
        let reply = server.post(target).json(&body).send().await;
        assert_eq!(reply.status, 200, "{target}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let mut answer = reply.json();
        assert_eq!(strip(&mut answer), config, "{target}: config");
        assert_eq!(sorted(answer), shaped(shape), "{target}");
    }
}

#[tokio::test]
async fn the_header_of_the_ingress_says_the_same_as_the_path() {
    let server = TestServer::start(contents()).await;
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    for (target, header, shape) in [
        ("/flags", "decide", "decide-1"),
        ("/flags?v=2", "decide", "decide-2"),
        ("/flags?v=3", "decide", "legacy"),
        ("/decide?v=3", "decide", "legacy"),
        ("/flags?v=2", "flags", "v2"),
        ("/flags?v=2", "Decide", "v2"),
    ] {
        let request = server.post(target).header("x-original-endpoint", header);
        let mut answer = request.json(&body).send().await.json();
        strip(&mut answer);
        assert_eq!(sorted(answer), shaped(shape), "{target} {header}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let server = TestServer::start(contents()).await;
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    for (target, shape) in [
        ("/flags/", "v2"),
        ("/flags/?v=2", "v2"),
        ("/flags/?v=4", "v4"),
        ("/decide/", "decide-1"),
        ("/decide/?v=3", "legacy"),
    ] {
        let reply = server.post(target).json(&body).send().await;
        assert_eq!(reply.status, 200, "{target}");
        let mut answer = reply.json();
        strip(&mut answer);
        assert_eq!(sorted(answer), shaped(shape), "{target}");
    }
    for target in ["/flag", "/flags//", "/api/flags", "/FLAGS"] {
        let reply = server.post(target).json(&body).send().await;
        assert_eq!((reply.status, reply.text()), (404, ""), "{target}");
    }
}

#[tokio::test]
async fn get_is_answered_without_flags_and_without_a_token() {
    let server = TestServer::start(contents()).await;
    let minimal = json!({
        "supportedCompression": ["gzip", "gzip-js"],
        "config": {"enable_collect_everything": true},
        "toolbarParams": {}, "isAuthenticated": false, "sessionRecording": false,
    });
    let legacy = json!({
        "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false,
    });
    let detailed = json!({"flags": {}, "errorsWhileComputingFlags": false});
    for (target, empty) in [
        ("/flags", &legacy),
        ("/flags/", &legacy),
        ("/flags?v=1", &legacy),
        ("/flags?v=2", &detailed),
        ("/flags?v=4", &detailed),
        ("/decide", &legacy),
        ("/decide?v=2", &detailed),
    ] {
        let reply = server.get(target).send().await;
        assert_eq!(reply.status, 200, "{target}");
        let mut answer = reply.json();
        let own = answer.as_object_mut().unwrap();
        assert!(own.remove("requestId").is_some() && own.remove("evaluatedAt").is_some());
        let mut expected = minimal.clone();
        for (key, value) in empty.as_object().unwrap() {
            expected[key] = value.clone();
        }
        assert_eq!(answer, expected, "{target}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let server = TestServer::start(contents()).await;
    for path in ["/flags", "/flags/?v=2", "/decide", "/decide/"] {
        let head = server.request("HEAD", path).send().await;
        assert_eq!((head.status, head.text()), (200, ""), "HEAD {path}");
        assert_eq!(head.header("content-type"), Some("application/json"));

        let options = server.request("OPTIONS", path).send().await;
        assert_eq!((options.status, options.text()), (204, ""));
        let allowed = Some("GET, POST, OPTIONS, HEAD");
        assert_eq!(options.header("allow"), allowed, "OPTIONS {path}");

        for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
            let refused = server.request(method, path).send().await;
            assert_eq!((refused.status, refused.text()), (405, ""), "{method}");
            assert_eq!(refused.header("allow"), allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_answer_is_dated_by_the_clock_and_carries_the_id_of_the_request() {
    let server = TestServer::start(contents()).await;
    server.clock.set(burgee_model::Timestamp::from_unix_micros(
        1_767_225_600_123_999,
    ));
    let id = "7b0fd3d8-7a3c-4f0e-9d2a-3f6f0f6f0a01";
    let asked = json!({"distinct_id": "u"});
    let echoed = server.ask(&asked).header("x-request-id", id);
    let answer = echoed.send().await.json();
    assert_eq!(answer["requestId"], id);
    assert_eq!(answer["evaluatedAt"], 1_767_225_600_123_u64);

    let fresh = server.ask(&asked).header("x-request-id", "17");
    let fresh = fresh.send().await.json()["requestId"].clone();
    assert!(fresh != "17" && fresh.as_str().unwrap().len() == 36);
    let another = server.flags(asked).await["requestId"].clone();
    assert_ne!(fresh, another);
}

#[tokio::test]
async fn a_token_without_flags_gets_an_empty_map() {
    let server = TestServer::start(json!({})).await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert_eq!(answer["flags"], json!({}));
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    assert_eq!(server.faults.subjects.calls(), 0);
}
