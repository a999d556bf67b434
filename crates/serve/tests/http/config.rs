//! What configures browser SDKs: the config block in an answer, the config endpoints, surveys and
//! early access (spec: service §2.11, §7.3, §19 item 16; sdk-protocol trap 7).

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

/// Everything that Burgee does not have is said to be off; `surveys` is left out, since the slim
/// bundle fetches what is said to be off.
fn expected() -> Value {
    json!({
        "token": TOKEN,
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": true,
        "sessionRecording": false,
        "heatmaps": false,
        "capturePerformance": false,
        "autocaptureExceptions": false,
        "captureDeadClicks": false,
        "isAuthenticated": false,
        "toolbarParams": {},
        "siteApps": [],
        "config": {"enable_collect_everything": true},
    })
}

#[track_caller]
fn check_config(config: &Value, what: &str) {
    for (key, value) in expected().as_object().unwrap() {
        assert_eq!(config.get(key), Some(value), "{what}: {key}");
    }
    assert_eq!(config.get("surveys"), None, "{what}");
    assert_eq!(config.get("quotaLimited"), None, "{what}");
    assert_eq!(config.get("siteAppsJS"), None, "{what}");
}

#[tokio::test]
async fn the_config_block_is_flattened_into_the_answer() {
    let server = TestServer::start(json!({"flags": [
        {"key": "a", "filters": {"groups": [{}]}},
    ]}))
    .await;
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    for target in [
        "/flags",
        "/flags?v=2&config=true",
        "/decide?v=1",
        "/decide?v=3",
    ] {
        let answer = server.post(target).json(&body).send().await.json();
        check_config(&answer, target);
        assert!(answer.get("requestId").is_some(), "{target}");
    }
    let disabled = json!({"token": TOKEN, "disable_flags": true});
    let answer = server.post("/flags").json(&disabled).send().await.json();
    check_config(&answer, "without flags");
}

#[tokio::test]
async fn the_config_endpoints_know_their_tokens() {
    let server = TestServer::start(json!({})).await;
    for slash in ["", "/"] {
        let target = format!("/array/{TOKEN}/config{slash}?ip=0&_=1");
        let reply = server.get(&target).send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        check_config(&reply.json(), &target);

        let script = server.get(&format!("/array/{TOKEN}/config.js{slash}"));
        let script = script.send().await;
        assert_eq!((script.status, script.text()), (200, ""));
        assert_eq!(
            script.header("content-type"),
            Some("application/javascript")
        );
    }
    for target in [
        "/array/phc_nobody/config",
        "/array/phc_nobody/config.js",
        "/array/%00/config",
    ] {
        let reply = server.get(target).send().await;
        assert_eq!((reply.status, reply.text()), (404, ""), "{target}");
    }
}

#[tokio::test]
async fn there_are_no_surveys_and_no_early_access_features() {
    let server = TestServer::start(json!({})).await;
    for slash in ["", "/"] {
        let surveys = server.get(&format!("/api/surveys{slash}?token={TOKEN}&_=1"));
        assert_eq!(surveys.send().await.json(), json!({"surveys": []}));
        let features = server.get(&format!("/api/early_access_features{slash}?token={TOKEN}"));
        let features = features.send().await.json();
        assert_eq!(features, json!({"earlyAccessFeatures": []}));
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_no_reason_to_call_a_token_unknown() {
    let server = TestServer::start(json!({})).await;
    server.store.close();
    let reply = server.get(&format!("/array/{TOKEN}/config")).send().await;
    assert_eq!(reply.status, 503);
}
